import { listChunks } from './chunks.ts';
import { isFinal, type Job, type JobProgress, type JobStatus, progressOf } from './job.ts';
import type { JobStore } from './ports.ts';

export interface ListedJob {
  readonly job: Job;
  readonly progress: JobProgress;
}

export interface JobList {
  readonly jobs: readonly ListedJob[];
  /** Where the next page begins; absent where there is no more. */
  readonly end?: string | undefined;
}

/** Jobs that are looked at for one page where most of them have another status; the page may then be short, with a `next`. */
const LARGEST_SEARCH = 1_000;
const SEARCH_PAGE = 100;
const CHUNK_LISTS_AT_ONCE = 8;

/** Jobs, newest first, with how far they are. */
export async function listJobs(
  jobs: Pick<JobStore, 'pageJobs' | 'listChunks'>,
  wanted: {
    phoneNumberId?: string | undefined;
    status?: JobStatus | undefined;
    after?: string | undefined;
    limit: number;
  },
): Promise<JobList> {
  const { phoneNumberId, status, limit } = wanted;
  const found: Job[] = [];
  let after = wanted.after;
  for (let searched = 0; ; ) {
    const page = await jobs.pageJobs({ phoneNumberId, after, limit: status === undefined ? limit : SEARCH_PAGE });
    const wantedJobs = page.jobs.filter((job) => status === undefined || job.status === status);
    const taken = wantedJobs.slice(0, limit - found.length);
    found.push(...taken);
    searched += SEARCH_PAGE;
    const isFull = found.length === limit;
    const isCut = isFull && (taken.length < wantedJobs.length || page.end !== undefined);
    after = isCut ? taken.at(-1)?.id : page.end;
    if (after === undefined || isFull || searched >= LARGEST_SEARCH) break;
  }
  return { jobs: await withProgress(jobs, found), end: after };
}

/** Jobs that ended carry their counts; of the others the chunks are read. */
async function withProgress(jobs: Pick<JobStore, 'listChunks'>, found: readonly Job[]): Promise<ListedJob[]> {
  const listed: ListedJob[] = [];
  for (let from = 0; from < found.length; from += CHUNK_LISTS_AT_ONCE) {
    const some = found.slice(from, from + CHUNK_LISTS_AT_ONCE);
    listed.push(
      ...(await Promise.all(
        some.map(async (job) => {
          const known = isFinal(job.status) ? job.progress : undefined;
          return { job, progress: known ?? progressOf(job, await listChunks(jobs, job)) };
        }),
      )),
    );
  }
  return listed;
}
