import type { Entry } from '../blocklist/entries.ts';
import type { Chunk, ChunkOutcomes, Job, JobError, LoadedChunk } from './job.ts';

/** What an `Idempotency-Key` stands for: the request it came with, and the job that request became. */
export interface IdempotencyRecord {
  readonly bodyHash: string;
  readonly jobId: string;
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
  getJob(jobId: string): Promise<Job | undefined>;
  listChunks(jobId: string): Promise<Chunk[]>;
  /** Throws `MissingDataError` where the chunk was never written. */
  loadChunk(jobId: string, index: number): Promise<LoadedChunk>;
  loadChunks(jobId: string, indexes: readonly number[]): Promise<LoadedChunk[]>;
  /** Writes the chunk, and its outcomes where given, together. False, and nothing written, where another pass was first. */
  saveChunk(jobId: string, chunk: Chunk, outcomes?: ChunkOutcomes): Promise<boolean>;
  markRunning(jobId: string, startedAt: string): Promise<void>;
  /** Keeps the first error. */
  stopJob(jobId: string, error: JobError): Promise<void>;
  /** Only where the job is not final yet. */
  finishJob(jobId: string, status: Job['status'], finishedAt: string): Promise<void>;
}

export interface Workflow {
  /** Starts the execution named by the job's id; a second start of the same job does nothing. */
  start(jobId: string, chunkCount: number): Promise<void>;
}
