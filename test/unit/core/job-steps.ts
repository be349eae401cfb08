import { expect } from 'vitest';
import { cancelJob } from '../../../lambdas/core/jobs/cancel-job.ts';
import { getJob } from '../../../lambdas/core/jobs/get-job.ts';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { processChunk } from '../../../lambdas/core/jobs/process-chunk.ts';
import { retryJob } from '../../../lambdas/core/jobs/retry-job.ts';
import { type RevertJobRequest, revertJob } from '../../../lambdas/core/jobs/revert-job.ts';
import { ACTOR, type World } from '../../support/world.ts';
import { progress } from './job-as-answered.ts';

export const cancel = (world: World, { id }: Pick<Job, 'id'>, actor = ACTOR) => cancelJob(world.deps, { id, actor });

export const revert = (world: World, { id }: Pick<Job, 'id'>, more: Partial<RevertJobRequest> = {}) =>
  revertJob(world.deps, { id, actor: ACTOR, ...more });

export const retry = (world: World, { id }: Pick<Job, 'id'>, actor = ACTOR) => retryJob(world.deps, { id, actor });

/** One attempt at a chunk, as a step of the job's present run. */
export async function attempt(world: World, { id }: Pick<Job, 'id'>, chunk: number) {
  const { run } = await getJob(world.jobs, id);
  return processChunk(world.deps, { jobId: id, run, chunk });
}

/** Checks that the counts of the job add up after each write of its chunks from now on. */
export function watchCounts(world: World, job: Pick<Job, 'id'>): { writes: number } {
  const seen = { writes: 0 };
  for (const step of ['saveChunk', 'reopenJob', 'cancelJob', 'finishJob'] as const) {
    const real: (...args: never[]) => Promise<unknown> = world.jobs[step];
    Object.assign(world.jobs, {
      [step]: async (...args: never[]) => {
        const result = await real.apply(world.jobs, args);
        const { total, succeeded, failed, remaining } = await progress(world, job);
        expect(Math.min(succeeded, failed, remaining)).toBeGreaterThanOrEqual(0);
        expect(succeeded + failed + remaining).toBe(total);
        seen.writes += 1;
        return result;
      },
    });
  }
  return seen;
}
