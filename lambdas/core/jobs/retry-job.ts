import type { Clock } from '../ports.ts';
import { listChunks } from './chunks.ts';
import { type CreateJobDeps, startJob } from './create-job.ts';
import { getJob } from './get-job.ts';
import { isFinal, type Job } from './job.ts';
import type { JobStore } from './ports.ts';

export interface RetryJobDeps extends Pick<CreateJobDeps, 'workflow' | 'log'> {
  readonly jobs: JobStore;
  readonly clock: Clock;
}

/**
 * Runs again, in the same job, what failed, and only that; malformed entries stay failed. A job that is under way, or of
 * which nothing can be sent again, stays as it is.
 */
export async function retryJob(deps: RetryJobDeps, id: string): Promise<Job> {
  const { jobs } = deps;
  const found = await getJob(jobs, id);
  if (isFinal(found.status)) {
    const chunks = await listChunks(jobs, found);
    if (!chunks.some(({ failed, malformed }) => failed > malformed)) return found;
    await jobs.reopenJob(found, new Date(deps.clock.now()).toISOString());
  }
  const job = await getJob(jobs, id);
  if (job.status === 'queued') await startJob(deps, job);
  return job;
}
