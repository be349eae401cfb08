import * as z from 'zod';
import { CHUNK_RESULT } from '../../lambdas/contract/attempt-results.ts';
import { buildHandler } from './build-handlers.ts';
import type { Container } from './container.ts';
import type { Environment } from './environment.ts';
import { blockEvent } from './events.ts';

/** The default of the stack: `maxConcurrency` of the workflow's Map. */
export const CONCURRENCY = 4;

const accepted = z.object({ statusCode: z.literal(202) });
const execution = z.object({ jobId: z.string(), run: z.number(), chunks: z.array(z.number()) });
const attemptResult = z.object({ result: z.enum(CHUNK_RESULT), requeueAfterSeconds: z.number().optional() });

type BulkFleet = Awaited<ReturnType<typeof startFleet>>;

/** The containers and bundles that a job runs in. */
export async function startFleet(environment: Environment) {
  const [blockUsers, processChunk, finishJob] = await Promise.all([
    buildHandler('block-users'),
    buildHandler('process-chunk'),
    buildHandler('finish-job'),
  ]);
  return {
    api: environment.container(),
    workers: Array.from({ length: CONCURRENCY }, () => environment.container()),
    files: { blockUsers: blockUsers.file, processChunk: processChunk.file, finishJob: finishJob.file },
  };
}

/**
 * A job from its request to its end. The state machine is played here: its Map with `CONCURRENCY` chunks at once, each in a
 * container, attempts until the chunk is done, and then the end of the job. What Step Functions itself takes is not in it.
 */
export async function runJob(
  environment: Environment,
  { api, workers, files }: BulkFleet,
  { phoneNumberId, ids }: { readonly phoneNumberId: string; readonly ids: readonly string[] },
) {
  const startedMs = performance.now();
  const before = environment.invocations.length;
  accepted.parse((await api.invoke(files.blockUsers, blockEvent(phoneNumberId, ids))).result);
  const { jobId, run, chunks } = execution.parse(environment.stub.executions.shift());
  const size = Math.ceil(ids.length / chunks.length);
  /** Users whose chunk had ended so many milliseconds after the request was sent. */
  const points: { atMs: number; done: number }[] = [];
  const open = [...chunks];
  let done = 0;
  const work = async (container: Container) => {
    for (let chunk = open.shift(); chunk !== undefined; chunk = open.shift()) {
      for (;;) {
        const attempt = await container.invoke(files.processChunk, { jobId, run, chunk });
        const { result, requeueAfterSeconds = 0 } = attemptResult.parse(attempt.result);
        if (result === CHUNK_RESULT.done) break;
        await new Promise((resolve) => setTimeout(resolve, requeueAfterSeconds * 1_000));
      }
      done += Math.min(size, ids.length - chunk * size);
      points.push({ atMs: performance.now() - startedMs, done });
    }
  };
  await Promise.all(workers.map(work));
  await api.invoke(files.finishJob, { jobId, run });
  const own = environment.invocations.slice(before);
  return {
    ms: performance.now() - startedMs,
    points,
    /** Of all containers. */
    cpuMs: own.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakMb: Math.max(...own.map(({ peakMb }) => peakMb)),
  };
}
