import { InvalidRequestError } from '../errors.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Job, JobStatus } from './job.ts';
import { type JobProgressDeps, type ListedJob, withProgress } from './job-progress.ts';

export interface JobList {
  readonly jobs: readonly ListedJob[];
  /** Where the next page begins; absent if there is none. */
  readonly end?: string | undefined;
}

/** How many jobs are read for one page if most of them have another status. The page may then be short and have a `next`. */
const LARGEST_SEARCH = 1_000;
const SEARCH_PAGE = 100;
/**
 * The most cancellations and retries on one page. Each takes up to 1 KB, so those of 1,000 jobs would not fit into an answer
 * of 6 MB.
 */
const MOST_ACTIVITY = 2_000;

/** Jobs, newest first, with their progress. A batch without any job is refused by its id. */
export async function listJobs(
  { jobs, clock }: JobProgressDeps & { readonly jobs: Pick<JobStore, 'pageJobs'> },
  wanted: {
    phoneNumberId?: string | undefined;
    batchId?: string | undefined;
    status?: JobStatus | undefined;
    after?: string | undefined;
    limit: number;
    /** The numbers whose jobs may be listed; absent if all may. */
    within?: ReadonlySet<string> | undefined;
  },
): Promise<JobList> {
  const { phoneNumberId, batchId, status, limit, within } = wanted;
  // A batch has few jobs, so they are filtered by number here.
  const of = batchId === undefined ? { phoneNumberId } : { batchId };
  const isSearch =
    status !== undefined || (batchId !== undefined && phoneNumberId !== undefined) || within !== undefined;
  const found: Job[] = [];
  let after = wanted.after;
  let capacity = MOST_ACTIVITY;
  for (let searched = 0; ; ) {
    const page = await jobs.pageJobs({ ...of, after, limit: isSearch ? SEARCH_PAGE : limit });
    const wantedJobs = page.jobs.filter(
      (job) =>
        (status === undefined || job.status === status) &&
        (phoneNumberId === undefined || job.phoneNumberId === phoneNumberId) &&
        (within === undefined || within.has(job.phoneNumberId)),
    );
    const taken: Job[] = [];
    for (const job of wantedJobs.slice(0, limit - found.length)) {
      capacity -= job.activity?.length ?? 0;
      // One job always fits onto a page, so each page advances.
      if (capacity < 0 && found.length > 0) break;
      taken.push(job);
      found.push(job);
    }
    searched += SEARCH_PAGE;
    const isFull = found.length === limit || taken.length < wantedJobs.length;
    const isCut = isFull && (taken.length < wantedJobs.length || page.end !== undefined);
    after = isCut ? found.at(-1)?.id : page.end;
    if (after === undefined || isFull || searched >= LARGEST_SEARCH) break;
  }
  if (batchId !== undefined && found.length === 0) await refuseUnknownBatch(jobs, batchId);
  return { jobs: await withProgress({ jobs, clock }, found), end: after };
}

async function refuseUnknownBatch(jobs: Pick<JobStore, 'pageJobs'>, batchId: string): Promise<void> {
  const { jobs: some } = await jobs.pageJobs({ batchId, limit: SEARCH_PAGE });
  if (some.length > 0) return;
  throw new InvalidRequestError(`batch_id: there is no batch ${batchId}, or it was too old to be kept`, 404);
}
