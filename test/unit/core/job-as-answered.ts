import { listChunks } from '../../../lambdas/core/jobs/chunks.ts';
import { getJob } from '../../../lambdas/core/jobs/get-job.ts';
import { type Job, type JobProgress, progressOf } from '../../../lambdas/core/jobs/job.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import type { World } from '../../support/world.ts';

/** The counts of a job, as its caller sees them. */
export async function progress(
  world: World,
  { id }: Pick<Job, 'id'>,
): Promise<JobProgress['users'] & Pick<JobProgress, 'chunks'>> {
  const job = await getJob(world.jobs, id);
  const { users, chunks } = progressOf(job, await listChunks(world.jobs, job));
  return { ...users, chunks };
}

/** The outcome of each user of a job, in short, as its caller sees it. */
export async function outcomes(world: World, { id }: Pick<Job, 'id'>): Promise<string[]> {
  const { users } = await listJobUsers(world.jobs, await getJob(world.jobs, id), { limit: 1000 });
  return users.map(({ input, outcome, code }) => (code === undefined ? `${input} ${outcome}` : `${input} ${code}`));
}

export async function statusOf(world: World, { id }: Pick<Job, 'id'>): Promise<Job['status']> {
  return (await getJob(world.jobs, id)).status;
}
