import type { Chunk, ChunkOutcomes, Job, LoadedChunk } from './job.ts';
import type { JobStore } from './ports.ts';

/**
 * Chunks as they stand in the job's present run. A retry writes one thing, the run of the job; that a chunk of an earlier
 * run is open again for what failed in it is read out of that, so that no crash can leave a retry half done.
 */
export async function listChunks(jobs: Pick<JobStore, 'listChunks'>, job: Job): Promise<Chunk[]> {
  return (await jobs.listChunks(job.id)).map((chunk) => inRun(chunk, job.run));
}

/** Throws `MissingDataError` where the chunk was never written. */
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
  const { index, total, succeeded, malformed, revision } = chunk;
  return { index, total, succeeded, malformed, revision, failed: malformed, run, status: 'pending', attempts: 0 };
}

export function loadedInRun({ chunk, entries, outcomes }: LoadedChunk, run: number): LoadedChunk {
  if (!isOpenAgain(chunk, run)) return { chunk, entries, outcomes };
  const again: ChunkOutcomes = {
    placed: outcomes.placed.filter(({ code }) => code === undefined),
    pending: outcomes.placed.flatMap(({ code, index }) => (code === undefined ? [] : [index])).sort((a, b) => a - b),
  };
  return { chunk: inRun(chunk, run), entries, outcomes: again };
}

function isOpenAgain(chunk: Chunk, run: number): boolean {
  return chunk.run < run && chunk.failed > chunk.malformed;
}
