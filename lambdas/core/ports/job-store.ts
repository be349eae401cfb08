import type { Operation } from '../changes/operation.ts';
import type { ServiceEvent } from '../events/event.ts';
import type { Chunk, ChunkOutcomes, FinalStatus, Job, JobError, JobProgress, LoadedChunk } from '../jobs/job.ts';
import type { Asked } from '../users/asked.ts';
import type { Entry } from '../users/entries.ts';

/** The record of an `Idempotency-Key`: the request it came with, and the job that was created. */
export interface IdempotencyRecord {
  readonly bodyHash: string;
  readonly jobId: string;
}

/** The record of an `Idempotency-Key` of a request for several numbers. */
export interface BatchRecord {
  readonly bodyHash: string;
  readonly batchId: string;
  /** For a request for all numbers: those that were in use. A repeat has the same, whatever was added since. */
  readonly phoneNumberIds?: readonly string[] | undefined;
  /** Entries in one chunk of each job, in the order of the numbers. A repeat must divide the list in the same way. */
  readonly chunkSizes: readonly number[];
}

/** A job to be stored, and its entries in chunks. */
export interface NewJob {
  readonly job: Job;
  readonly chunks: readonly (readonly Entry[])[];
}

/** What is stored together with a chunk. */
export interface WithChunk {
  readonly outcomes?: ChunkOutcomes | undefined;
  /** The operation that the chunk now names, as `startOperation` stores it. */
  readonly operation?: Operation | undefined;
}

export interface JobEnd {
  readonly status: FinalStatus;
  /** ISO 8601 */
  readonly finishedAt: string;
  readonly progress: JobProgress;
}

/** Who asked for a retry, and how many users it sends again. */
export interface RetryAsked extends Asked {
  readonly retriedUsers: number;
}

/** Jobs, newest first. */
export interface JobsPage {
  readonly jobs: readonly Job[];
  /** Id of the job after which the next page begins; absent if there is none. */
  readonly end?: string | undefined;
}

/** Which jobs (of a number, of a batch, or all), and where their page begins. */
export interface JobsQuery {
  readonly phoneNumberId?: string | undefined;
  readonly batchId?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The part of the store that accepting a job needs. Every write can be repeated. */
export interface NewJobStore {
  findIdempotent(phoneNumberId: string, key: string): Promise<IdempotencyRecord | undefined>;
  /**
   * Writes the chunks, then the job together with its idempotency record. If another request with the same key was first,
   * gives its record. Then this job does not exist, and its chunks expire.
   */
  createJob(
    job: Job,
    chunks: readonly (readonly Entry[])[],
    idempotency: { key: string; bodyHash: string } | undefined,
  ): Promise<IdempotencyRecord | undefined>;
  getJob(jobId: string): Promise<Job | undefined>;
  /** Jobs of the numbers that are queued or running, in no order. A job that was created a moment ago may be missing. */
  listOpenJobs(phoneNumberIds: readonly string[]): Promise<Job[]>;
  listChunks(jobId: string): Promise<Chunk[]>;
}

/** Jobs, their chunks and outcomes. Every write can be repeated. */
export interface JobStore extends NewJobStore {
  findBatch(key: string, now: string): Promise<BatchRecord | undefined>;
  /** Stores the record for 24 hours unless there is one already. Gives the stored one. */
  keepBatch(key: string, record: BatchRecord, now: string): Promise<BatchRecord>;
  /**
   * Writes whatever is missing of the jobs of one batch, and changes nothing that exists: shared users once, then all chunks,
   * then the jobs. A job that exists has all of its chunks.
   */
  createJobs(batch: readonly NewJob[]): Promise<void>;
  /**
   * Writes the chunks, then the job, and names it in the job that it reverts: both or neither, and for each job once. Only if
   * that job is final and in the run that was read; otherwise this is false, and the chunks expire.
   */
  createRevert(revert: NewJob, of: Pick<Job, 'id' | 'run'>, asked: Asked): Promise<boolean>;
  /** Those of the jobs that exist, in no order, in their present state. */
  getJobs(jobIds: readonly string[]): Promise<Job[]>;
  /** Jobs of one number, of one batch, or all; from the newest on, or after the job `after`. */
  pageJobs(page: JobsQuery): Promise<JobsPage>;
  /** Throws `MissingDataError` if the chunk was never written. */
  loadChunk(jobId: string, index: number): Promise<LoadedChunk>;
  loadChunks(jobId: string, indexes: readonly number[]): Promise<LoadedChunk[]>;
  /** Writes the chunk, and `also` with it. False, and nothing written, if another attempt was first. */
  saveChunk(jobId: string, chunk: Chunk, also?: WithChunk): Promise<boolean>;
  /** Only if the job is queued. */
  markRunning(jobId: string, startedAt: string): Promise<void>;
  /** Only in that run, and if the job is not final. Keeps the first error. */
  stopJob(job: Pick<Job, 'id' | 'run'>, error: JobError): Promise<void>;
  /** Only in that run, and if the job is not final: the end and the event of it, both or neither. */
  finishJob(job: Pick<Job, 'id' | 'run'>, end: JobEnd, event: ServiceEvent): Promise<void>;
  /** Cancels the job, and appends that to `activity`. Only if the job is not final, and once in a run. */
  cancelJob(jobId: string, asked: Asked): Promise<void>;
  /**
   * Begins the next run, queued, without error, cancellation and end, and appends that to `activity`. Everything that is
   * stored of the job is then kept as long as a new job's. Only if the job is final, in that run, and not reverted.
   */
  reopenJob(
    job: Pick<Job, 'id' | 'run' | 'execution' | 'chunkCount' | 'sharedUsersKey'>,
    asked: RetryAsked,
  ): Promise<void>;
  /** Counts one more execution. Only if the job is not final and in that execution. */
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
  /** The state of the job's present execution. */
  stateOf(job: Pick<Job, 'id' | 'execution'>): Promise<'running' | 'ended' | 'missing'>;
}
