import * as z from 'zod';
import { CHUNK_RESULT } from '../../lambdas/contract/attempt-results.ts';
import { buildHandler } from './build-handlers.ts';
import type { Container, Invocation } from './container.ts';
import type { Environment } from './environment.ts';
import { blockEvent } from './events.ts';

/** The default of the stack: `maxConcurrency` of the workflow's Map. */
export const CONCURRENCY = 4;

const accepted = z.object({ statusCode: z.literal(202) });
const execution = z.object({ jobId: z.string(), run: z.number(), chunks: z.array(z.number()) });
const attemptResult = z.object({ result: z.enum(CHUNK_RESULT), requeueAfterSeconds: z.number().optional() });

export interface JobRun {
  readonly ms: number;
  /** Users whose chunk had ended so many milliseconds after the request was sent. */
  readonly points: readonly { readonly atMs: number; readonly done: number }[];
  /** Of all containers. */
  readonly cpuMs: number;
  readonly peakMb: number;
  /** Calls of `process-chunk`. */
  readonly attempts: number;
}

/** The containers and bundles that a job runs in, as they are after some use. */
export interface BulkFleet {
  readonly api: Container;
  readonly workers: readonly Container[];
  readonly files: { readonly blockUsers: string; readonly processChunk: string; readonly finishJob: string };
}

export async function startFleet(environment: Environment): Promise<BulkFleet> {
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
): Promise<JobRun> {
  const startedMs = performance.now();
  const invocations: Invocation[] = [];
  const invoke = async (container: Container, file: string, event: unknown) => {
    const invocation = await container.invoke(file, event);
    invocations.push(invocation);
    return invocation.result;
  };
  accepted.parse(await invoke(api, files.blockUsers, blockEvent(phoneNumberId, ids)));
  const { jobId, run, chunks } = execution.parse(environment.stub.executions.shift());
  const size = Math.ceil(ids.length / chunks.length);
  const points: { atMs: number; done: number }[] = [];
  const open = [...chunks];
  let done = 0;
  let attempts = 0;
  const work = async (container: Container) => {
    for (let chunk = open.shift(); chunk !== undefined; chunk = open.shift()) {
      for (;;) {
        attempts += 1;
        const { result, requeueAfterSeconds = 0 } = attemptResult.parse(
          await invoke(container, files.processChunk, { jobId, run, chunk }),
        );
        if (result === CHUNK_RESULT.done) break;
        await new Promise((resolve) => setTimeout(resolve, requeueAfterSeconds * 1_000));
      }
      done += Math.min(size, ids.length - chunk * size);
      points.push({ atMs: performance.now() - startedMs, done });
    }
  };
  await Promise.all(workers.map(work));
  await invoke(api, files.finishJob, { jobId, run });
  return {
    ms: performance.now() - startedMs,
    points,
    cpuMs: invocations.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakMb: Math.max(...invocations.map(({ peakMb }) => peakMb)),
    attempts,
  };
}
