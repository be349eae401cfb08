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
 * Runs the failed users again, in the same job. Malformed entries stay failed. If the job is in progress, or no user can be
 * sent again, it stays as it is. The new run is recorded under the caller who requests it. The number of retries of a job is
 * limited, since each is stored with the job. A job that was reverted is not run again.
 */
export async function retryJob(deps: RetryJobDeps, { id, actor, onBehalfOf }: JobRequest): Promise<Job> {
  const { jobs } = deps;
  const found = await getJob(jobs, id);
  refuseReverted(found);
  if (isFinal(found.status)) {
    const chunks = await listChunks(jobs, found);
    const retriedUsers = chunks.reduce((sum, { failed, malformed }) => sum + failed - malformed, 0);
    if (retriedUsers === 0) return found;
    if (found.run > LIMITS.retriesPerJob) {
      throw new InvalidRequestError(
        `id: this job was retried ${LIMITS.retriesPerJob} times, which is the limit; send the users that failed as a new job`,
        409,
      );
    }
    await jobs.reopenJob(found, { at: isoNow(deps.clock), actor, onBehalfOf, retriedUsers });
  }
  const job = await getJob(jobs, id);
  // A revert may have been first.
  refuseReverted(job);
  if (job.status === 'queued') await startJob(deps, job);
  return job;
}

function refuseReverted({ revertedBy }: Job): void {
  if (revertedBy === undefined) return;
  throw new InvalidRequestError(
    `id: this job was reverted by job ${revertedBy}, so it cannot be retried; send the users that failed as a new job`,
    409,
  );
}
