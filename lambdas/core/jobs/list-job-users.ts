import type { JobStore } from '../ports/job-store.ts';
import { listChunks, loadChunks } from './chunks.ts';
import { isChunkFinal, type Job } from './job.ts';
import { type JobUser, jobUsers } from './outcomes.ts';

/** The user after which a page begins. */
export interface JobPosition {
  readonly chunk: number;
  readonly place: number;
}

export interface JobUsersPage {
  readonly users: readonly (JobUser & JobPosition)[];
  readonly more: boolean;
}

/** How many chunks are read at once. A page of all users needs one or two; a page of a few refusals may need all. */
const CHUNKS_AT_ONCE = 8;

/** Users of a job that have an outcome, in the order in which they were sent. */
export async function listJobUsers(
  jobs: Pick<JobStore, 'listChunks' | 'loadChunks'>,
  job: Job,
  page: { limit: number; outcome?: JobUser['outcome'] | undefined; after?: JobPosition | undefined },
): Promise<JobUsersPage> {
  const { limit, outcome, after } = page;
  const found: (JobUser & JobPosition)[] = [];
  const open = (await listChunks(jobs, job)).filter((chunk) => {
    if (after && chunk.index < after.chunk) return false;
    return outcome === undefined || chunk[outcome] > 0 || !isChunkFinal(chunk);
  });
  while (open.length > 0 && found.length <= limit) {
    const wanted = open.splice(
      0,
      found.length === 0 && outcome !== 'failed' && outcome !== 'deferred' ? 1 : CHUNKS_AT_ONCE,
    );
    const loaded = await loadChunks(
      jobs,
      job,
      wanted.map(({ index }) => index),
    );
    for (const one of loaded) {
      const chunk = one.chunk.index;
      for (const user of jobUsers(one)) {
        if (outcome !== undefined && user.outcome !== outcome) continue;
        if (after && chunk === after.chunk && user.place <= after.place) continue;
        found.push({ ...user, chunk });
      }
    }
  }
  return { users: found.slice(0, limit), more: found.length > limit };
}
