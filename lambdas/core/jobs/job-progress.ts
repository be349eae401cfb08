import { inBatches } from '../in-batches.ts';
import type { NewJobStore } from '../ports/job-store.ts';
import type { Clock } from '../ports/services.ts';
import { listChunks } from './chunks.ts';
import { isFinal, type Job, type JobProgress, progressOf } from './job.ts';
import { secondsLeft } from './seconds-left.ts';

export interface ListedJob {
  readonly job: Job;
  readonly progress: JobProgress;
  /** How long the job still takes at its pace so far, in seconds; absent unless it is running. */
  readonly secondsLeft?: number | undefined;
}

export interface JobProgressDeps {
  readonly jobs: Pick<NewJobStore, 'listChunks'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** How many jobs are read at once. */
const CHUNK_LISTS_AT_ONCE = 8;

/** An ended job has its counts; for the others, the chunks are read. */
export async function withProgress(deps: JobProgressDeps, found: readonly Job[]): Promise<ListedJob[]> {
  const listed: ListedJob[] = [];
  for (const some of inBatches(found, CHUNK_LISTS_AT_ONCE)) {
    listed.push(...(await Promise.all(some.map((job) => jobWithProgress(deps, job)))));
  }
  return listed;
}

export async function jobWithProgress({ jobs, clock }: JobProgressDeps, job: Job): Promise<ListedJob> {
  if (isFinal(job.status) && job.progress) return { job, progress: job.progress };
  const chunks = await listChunks(jobs, job);
  const progress = progressOf(job, chunks);
  return { job, progress, secondsLeft: secondsLeft(job, { progress, chunks }, clock.now()) };
}
