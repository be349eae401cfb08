import { InvalidRequestError } from '../errors.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Job } from './job.ts';
import { type JobProgressDeps, jobWithProgress, type ListedJob } from './job-progress.ts';

/** The job, or a 404 that names it. */
export async function getJob(jobs: Pick<JobStore, 'getJob'>, id: string): Promise<Job> {
  const job = await jobs.getJob(id);
  if (!job) throw new InvalidRequestError(`id: there is no job ${id}, or it was too old to be kept`, 404);
  return job;
}

/** The same with its progress at this moment. */
export async function getJobWithProgress(
  deps: JobProgressDeps & { readonly jobs: Pick<JobStore, 'getJob'> },
  id: string,
): Promise<ListedJob> {
  return jobWithProgress(deps, await getJob(deps.jobs, id));
}
