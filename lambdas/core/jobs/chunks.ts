import type { JobStore } from '../ports/job-store.ts';
import type { Entry } from '../users/entries.ts';
import type { Chunk, ChunkOutcomes, Job, LoadedChunk, PlacedOutcome } from './job.ts';

/**
 * Chunks as the job's present run sees them. A retry writes one thing: the run of the job. If a chunk of an earlier run has
 * failures, it counts as open again for them. This is derived when the chunk is read, so no crash can leave a retry half
 * done.
 */
export async function listChunks(jobs: Pick<JobStore, 'listChunks'>, job: Job): Promise<Chunk[]> {
  const chunks = (await jobs.listChunks(job.id)).map((chunk) => inRun(chunk, job.run));
  // A store may give them in the order of their keys, in which the ten thousandth comes before the second thousandth.
  return chunks.sort((one, other) => one.index - other.index);
}

/** Throws `MissingDataError` if the chunk was never written. */
export async function loadChunk(jobs: Pick<JobStore, 'loadChunk'>, job: Job, index: number): Promise<LoadedChunk> {
  return loadedInRun(await jobs.loadChunk(job.id, index), job.run);
}

export async function loadChunks(
  jobs: Pick<JobStore, 'loadChunks'>,
  job: Job,
  indexes: readonly number[],
): Promise<LoadedChunk[]> {
  return (await jobs.loadChunks(job.id, indexes)).map((loaded) => loadedInRun(loaded, job.run));
}

function inRun(chunk: Chunk, run: number): Chunk {
  if (!isOpenAgain(chunk, run)) return chunk;
  const { index, total, succeeded, deferred, malformed, revision } = chunk;
  return {
    index,
    total,
    succeeded,
    deferred,
    malformed,
    revision,
    failed: malformed,
    run,
    status: 'pending',
    attempts: 0,
  };
}

export function loadedInRun({ chunk, entries, outcomes }: LoadedChunk, run: number): LoadedChunk {
  if (!isOpenAgain(chunk, run)) return { chunk, entries, outcomes };
  const reopened: ChunkOutcomes = {
    placed: outcomes.placed.filter((outcome) => !isFailed(outcome)),
    pending: outcomes.placed.flatMap((outcome) => (isFailed(outcome) ? [outcome.index] : [])).sort((a, b) => a - b),
  };
  return { chunk: inRun(chunk, run), entries, outcomes: reopened };
}

function isFailed({ code, deferred }: PlacedOutcome): boolean {
  return code !== undefined && !deferred;
}

function isOpenAgain(chunk: Chunk, run: number): boolean {
  return chunk.run < run && chunk.failed > chunk.malformed;
}

/** A chunk that no worker has processed. Malformed entries have failed from the start. */
export function newChunk(index: number, entries: readonly Entry[], run: number): Chunk {
  const malformed = entries.filter(({ identity }) => !identity).length;
  const counts = { total: entries.length, succeeded: 0, failed: malformed, deferred: 0, malformed };
  return { index, status: 'pending', ...counts, run, attempts: 0, revision: 1 };
}
