import * as z from 'zod';
import { CHUNK_RESULT } from '../../lambdas/contract/attempt-results.ts';
import { buildHandler } from './build-handlers.ts';
import type { Container } from './container.ts';
import type { Environment } from './environment.ts';
import { blockEvent } from './events.ts';

/** The default of the stack: `maxConcurrency` of the workflow's Map. */
export const CONCURRENCY = 4;

const accepted = z.object({ statusCode: z.literal(202) });
const execution = z.object({
  jobId: z.string(),
  run: z.number(),
  chunks: z.array(z.number()),
  lanes: z.literal(CONCURRENCY),
});
const attemptResult = z.object({ result: z.enum(CHUNK_RESULT), requeueAfterSeconds: z.number().optional() });

/** The line of an attempt that ended a chunk. */
const chunkDone = z.object({
  task: z.literal('process-chunk'),
  chunk: z.number(),
  result: z.object({ result: z.literal(CHUNK_RESULT.done) }),
});

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
 * A job from its request to its end. The state machine is played here: its Map with each lane in a container, passes until the
 * lane is done, and then the end of the job. What Step Functions itself takes is not in it.
 */
export async function runJob(
  environment: Environment,
  { api, workers, files }: BulkFleet,
  { phoneNumberId, ids }: { readonly phoneNumberId: string; readonly ids: readonly string[] },
) {
  const startedMs = performance.now();
  const startedAtMs = Date.now();
  const before = environment.invocations.length;
  accepted.parse((await api.invoke(files.blockUsers, blockEvent(phoneNumberId, ids))).result);
  const job = execution.parse(environment.stub.executions.shift());
  const work = async (container: Container, chunk: number) => {
    for (;;) {
      const pass = attemptResult.parse((await container.invoke(files.processChunk, { job, chunk })).result);
      if (pass.result === CHUNK_RESULT.done) return;
      await new Promise((resolve) => setTimeout(resolve, (pass.requeueAfterSeconds ?? 0) * 1_000));
    }
  };
  await Promise.all(workers.map((container, lane) => work(container, job.chunks[lane] ?? 0)));
  await api.invoke(files.finishJob, { jobId: job.jobId, run: job.run });
  const own = environment.invocations.slice(before);
  const ms = performance.now() - startedMs;
  const doneAtMs = own
    .flatMap(({ lines }) => lines.filter(({ text }) => chunkDone.safeParse(parsed(text)).success))
    .map(({ atMs }) => atMs - startedAtMs)
    .sort((one, other) => one - other);
  const size = ids.length / doneAtMs.length;
  return {
    ms,
    /** Users whose chunk had ended so many milliseconds after the request was sent. */
    points: doneAtMs.map((atMs, index) => ({ atMs, done: Math.round(size * (index + 1)) })),
    /** Of all containers. */
    cpuMs: own.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakMb: Math.max(...own.map(({ peakMb }) => peakMb)),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
