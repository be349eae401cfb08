import type { Action } from '../changes/outcome.ts';
import type { Entry } from '../users/entries.ts';
import type { Requester, Terms } from '../users/mirror.ts';
import type { JobActivity } from './activity.ts';

export type JobStatus = 'queued' | 'running' | 'succeeded' | 'partially_failed' | 'failed' | 'cancelled';
export type FinalStatus = Exclude<JobStatus, 'queued' | 'running'>;

/** Why a job ended before all of its users were sent, or why the state machine died. */
export interface JobError {
  readonly code: number;
  readonly message: string;
}

/** A request that was accepted and is then carried out in chunks. Times are ISO 8601. */
export interface Job extends Requester, Terms {
  /** `<phone number id>-<ULID>`. */
  readonly id: string;
  /** Shared by the jobs of one request for several numbers; the ULID of their ids. */
  readonly batchId?: string | undefined;
  /** Key of the users that the jobs of one batch share, in equal chunks; absent if the job has users of its own. */
  readonly sharedUsersKey?: string | undefined;
  readonly phoneNumberId: string;
  readonly version?: string | undefined;
  readonly action: Action;
  readonly status: JobStatus;
  /** Distinct users and malformed entries. */
  readonly total: number;
  readonly chunkCount: number;
  readonly createdAt: string;
  readonly startedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
  /** 1, and one more with each retry. A chunk of an earlier run is open again for the users that failed in it. */
  readonly run: number;
  /** Number of the execution that processes the job: 1, and one more with each retry and each time that an execution died. */
  readonly execution: number;
  /** If the present run is not the first: when it was requested (its deadline counts from here), and how many users it sends. */
  readonly retriedAt?: string | undefined;
  readonly retriedUsers?: number | undefined;
  /** When the present run was cancelled. `activity` has the caller. */
  readonly cancelledAt?: string | undefined;
  /** The job that this one reverts, and the job that reverts this one: at most one ever does. */
  readonly reverts?: string | undefined;
  readonly revertedBy?: string | undefined;
  /** Every cancellation, retry and revert, oldest first, only ever appended to. `activityOf` adds the creation. */
  readonly activity?: readonly JobActivity[] | undefined;
  /** The counts at its end, so that a list of ended jobs does not have to read their chunks. */
  readonly progress?: JobProgress | undefined;
  /** Set if no further call can help (token, permission, list full). All remaining users fail with this error. */
  readonly error?: JobError | undefined;
}

/** `failed`: the chunk ended for a reason other than Graph's answers for its users. `cancelled`: it was cancelled. */
export type ChunkStatus = 'pending' | 'running' | 'done' | 'failed' | 'cancelled';

/**
 * The state of one chunk. It is small, since it is written several times, and all of them are read to tell a job's progress.
 */
export interface Chunk {
  readonly index: number;
  readonly status: ChunkStatus;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  /** Malformed entries. They failed from the start and are not retried. */
  readonly malformed: number;
  /** The run of the job that last processed it. */
  readonly run: number;
  /** Refusals of whole requests since a request last succeeded. */
  readonly attempts: number;
  /** Users to send in one request; halved when 130429 repeats. Absent: all. */
  readonly batchSize?: number | undefined;
  /** The operation in progress, so that a repeat after a crash resumes it. */
  readonly current?: { readonly operationId: string; readonly startedAt: string } | undefined;
  readonly lastCode?: number | undefined;
  /** Optimistic lock: every write adds one. */
  readonly revision: number;
}

/** The outcome of a user, by its place in the chunk. */
export interface PlacedOutcome {
  readonly index: number;
  readonly code?: number | undefined;
  /** Whether the code says why the block is deferred, and not why it failed. */
  readonly deferred?: boolean | undefined;
  readonly message?: string | undefined;
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
}

/**
 * What is known about a chunk's users beyond "all succeeded": refusals, ids that differ, and users that are still to be sent.
 */
export interface ChunkOutcomes {
  readonly placed: readonly PlacedOutcome[];
  /** Places that are still to be sent. Absent before the first attempt: then all well-formed entries are. */
  readonly pending?: readonly number[] | undefined;
}

/** A chunk with everything that an attempt at it needs. */
export interface LoadedChunk {
  readonly chunk: Chunk;
  readonly entries: readonly Entry[];
  readonly outcomes: ChunkOutcomes;
}

export interface JobChunk {
  readonly job: Job;
  readonly loaded: LoadedChunk;
}

export function isFinal(status: JobStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

export function isChunkFinal(chunk: Chunk): boolean {
  return chunk.status === 'done' || chunk.status === 'failed' || chunk.status === 'cancelled';
}

export interface JobProgress {
  readonly users: { total: number; succeeded: number; failed: number; deferred: number; remaining: number };
  readonly chunks: { total: number; done: number; failed: number };
}

/** Counts are derived from the chunks in the job's present run, so no counter can drift. */
export function progressOf(job: Job, chunks: readonly Chunk[]): JobProgress {
  const succeeded = sum(chunks, (chunk) => chunk.succeeded);
  const failed = sum(chunks, (chunk) => chunk.failed);
  const deferred = sum(chunks, (chunk) => chunk.deferred);
  return {
    users: { total: job.total, succeeded, failed, deferred, remaining: job.total - succeeded - failed - deferred },
    chunks: {
      total: job.chunkCount,
      done: chunks.filter((chunk) => chunk.status === 'done').length,
      failed: chunks.filter((chunk) => chunk.status === 'failed' || chunk.status === 'cancelled').length,
    },
  };
}

/** The final status of a job in which every user has an outcome. A cancellation that came too late stopped nothing. */
export function finalStatus({ users }: JobProgress, chunks: readonly Chunk[]): FinalStatus {
  if (chunks.some((chunk) => chunk.status === 'cancelled')) return 'cancelled';
  if (users.failed === 0) return 'succeeded';
  return users.succeeded + users.deferred === 0 ? 'failed' : 'partially_failed';
}

function sum(chunks: readonly Chunk[], count: (chunk: Chunk) => number): number {
  return chunks.reduce((total, chunk) => total + count(chunk), 0);
}
