import { LIMITS } from '../../contract/limits.ts';
import { InvalidRequestError } from '../errors.ts';
import { isoNow } from '../iso-time.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Clock } from '../ports/services.ts';
import type { JobRequest } from './activity.ts';
import { listChunks } from './chunks.ts';
import { type CreateJobDeps, startJob } from './create-job.ts';
import { getJob } from './get-job.ts';
import { isFinal, type Job } from './job.ts';

export interface RetryJobDeps extends Pick<CreateJobDeps, 'workflow' | 'log'> {
  readonly jobs: JobStore;
  readonly clock: Clock;
}

/**
 * Runs again, in the same job, what failed, and only that; malformed entries stay failed. A job that is in progress, or of
 * which nothing can be sent again, stays as it is. The new run is its requester's doing. One job is retried so many times
 * and no more, since all that was asked of it is kept with it.
 */
export async function retryJob(deps: RetryJobDeps, { id, actor, onBehalfOf }: JobRequest): Promise<Job> {
  const { jobs } = deps;
  const found = await getJob(jobs, id);
  if (isFinal(found.status)) {
    const chunks = await listChunks(jobs, found);
    if (!chunks.some(({ failed, malformed }) => failed > malformed)) return found;
    if (found.run > LIMITS.retriesPerJob) {
      throw new InvalidRequestError(
        `id: this job was retried ${LIMITS.retriesPerJob} times, as often as one job can be; send the users that failed as a new job`,
        409,
      );
    }
    await jobs.reopenJob(found, { at: isoNow(deps.clock), actor, onBehalfOf });
  }
  const job = await getJob(jobs, id);
  if (job.status === 'queued') await startJob(deps, job);
  return job;
}
