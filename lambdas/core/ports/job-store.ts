import type { Chunk, ChunkOutcomes, Job, JobError, JobProgress, LoadedChunk } from '../jobs/job.ts';
import type { Asked } from '../users/asked.ts';
import type { Entry } from '../users/entries.ts';

/** What an `Idempotency-Key` stands for: the request it came with, and the job that request became. */
export interface IdempotencyRecord {
  readonly bodyHash: string;
  readonly jobId: string;
}

/** What an `Idempotency-Key` of a request for several numbers stands for. */
export interface BatchRecord {
  readonly bodyHash: string;
  readonly batchId: string;
  /** Entries in one chunk of each job, in the order of the numbers: a repeat must cut the list at the same places. */
  readonly chunkSizes: readonly number[];
}

/** A job that is to be stored, and its entries in chunks. */
export interface NewJob {
  readonly job: Job;
  readonly chunks: readonly (readonly Entry[])[];
}

/** Jobs, newest first. */
export interface JobsPage {
  readonly jobs: readonly Job[];
  /** Id of the job after which the next page begins; absent where there is no more. */
  readonly end?: string | undefined;
}

/** Which jobs, and where their page begins: those of a number, or of a batch, or all. */
export interface JobsQuery {
  readonly phoneNumberId?: string | undefined;
  readonly batchId?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Jobs, their chunks and outcomes. Every write can be repeated. */
export interface JobStore {
  findIdempotent(phoneNumberId: string, key: string): Promise<IdempotencyRecord | undefined>;
  /**
   * Writes the chunks, then the job together with its idempotency record. Gives the record that was there before, where
   * another request with the same key was first; then there is no such job, and what was written of it expires.
   */
  createJob(
    job: Job,
    chunks: readonly (readonly Entry[])[],
    idempotency: { key: string; bodyHash: string } | undefined,
  ): Promise<IdempotencyRecord | undefined>;
  findBatch(key: string, now: string): Promise<BatchRecord | undefined>;
  /** Keeps the record for 24 hours, unless one stands there; gives the one that stands there then. */
  keepBatch(key: string, record: BatchRecord, now: string): Promise<BatchRecord>;
  /**
   * Writes what is not there yet of the jobs of one batch, and changes nothing that is: users that jobs share once, then all
   * chunks, then the jobs. A job that is there has all of its chunks.
   */
  createJobs(batch: readonly NewJob[]): Promise<void>;
  getJob(jobId: string): Promise<Job | undefined>;
  /** Those of the jobs that exist, in no order, as they stand now. */
  getJobs(jobIds: readonly string[]): Promise<Job[]>;
  /** Jobs of one number, of one batch, or all, from the newest on, or from after the job `after`. */
  pageJobs(page: JobsQuery): Promise<JobsPage>;
  /** Jobs of the numbers that are queued or running, in no order; one that was created a moment ago may be missing. */
  listOpenJobs(phoneNumberIds: readonly string[]): Promise<Job[]>;
  listChunks(jobId: string): Promise<Chunk[]>;
  /** Throws `MissingDataError` where the chunk was never written. */
  loadChunk(jobId: string, index: number): Promise<LoadedChunk>;
  loadChunks(jobId: string, indexes: readonly number[]): Promise<LoadedChunk[]>;
  /**
   * Writes the chunk, and its outcomes where given, together. False, and nothing written, where another attempt was first.
   */
  saveChunk(jobId: string, chunk: Chunk, outcomes?: ChunkOutcomes): Promise<boolean>;
  /** Only where the job is queued. */
  markRunning(jobId: string, startedAt: string): Promise<void>;
  /** Only in that run, and where it is not final yet; keeps the first error. */
  stopJob(job: Pick<Job, 'id' | 'run'>, error: JobError): Promise<void>;
  /** Only in that run, and where it is not final yet. */
  finishJob(
    job: Pick<Job, 'id' | 'run'>,
    end: { status: Job['status']; finishedAt: string; progress: JobProgress },
  ): Promise<void>;
  /** Calls off what is not sent yet, and appends that step. Only where the job is not final, and once in a run. */
  cancelJob(jobId: string, asked: Asked): Promise<void>;
  /**
   * Begins the next run, queued, without error, cancellation and end, and appends that step; what is stored of the job is
   * kept as long as a new one's. Only where the job is final and in that run.
   */
  reopenJob(job: Pick<Job, 'id' | 'run' | 'execution' | 'chunkCount' | 'sharedUsersKey'>, asked: Asked): Promise<void>;
  /** Goes on to the next execution. Only where the job is not final and in that execution. */
  nextExecution(job: Pick<Job, 'id' | 'execution'>): Promise<void>;
  /** Jobs that are not final and have stalled, as far as the index knows; some may have ended a moment ago. */
  listStalledJobs(now: string): Promise<string[]>;
  /** The sweep checks the job again later. */
  postponeJob(jobId: string, now: string): Promise<void>;
}

/** The bulk workflow: an execution for each number that a job counts. */
export interface Workflow {
  /** Starts the job's present execution; a second start of the same does nothing. */
  start(job: Pick<Job, 'id' | 'run' | 'execution' | 'chunkCount'>): Promise<void>;
  /** What became of the job's present execution. */
  stateOf(job: Pick<Job, 'id' | 'execution'>): Promise<'running' | 'ended' | 'missing'>;
}
