import { MissingDataError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { type ChunkPassDeps, giveUp } from './chunk-pass.ts';
import { finalStatus, isChunkFinal, isFinal, progressOf } from './job.ts';

/** The worker died, or the state machine ended, before Graph's word on these users was recorded. */
const CRASHED = {
  code: GRAPH_CODE.internal,
  message: 'The worker ended before an answer was recorded; the user may or may not have been changed',
};

/** Gives a chunk up that the workflow could not process, however often it tried. */
export async function failChunk(deps: ChunkPassDeps, input: { jobId: string; chunk: number }): Promise<void> {
  const job = await deps.jobs.getJob(input.jobId);
  if (!job) throw new MissingDataError(`Job ${input.jobId} is missing`);
  for (;;) {
    const loaded = await deps.jobs.loadChunk(job.id, input.chunk);
    if (isChunkFinal(loaded.chunk)) return;
    const { result } = await giveUp(deps, job, loaded, CRASHED, { status: 'uncertain' });
    if (result === 'done') return;
  }
}

/** Derives the job's end from its chunks; chunks that never came to an end are given up first, so that every user has an outcome. */
export async function finishJob(deps: ChunkPassDeps, input: { jobId: string }): Promise<void> {
  const job = await deps.jobs.getJob(input.jobId);
  if (!job) throw new MissingDataError(`Job ${input.jobId} is missing`);
  if (isFinal(job.status)) return;
  for (const chunk of await deps.jobs.listChunks(job.id)) {
    if (!isChunkFinal(chunk)) await failChunk(deps, { jobId: job.id, chunk: chunk.index });
  }
  const progress = progressOf(job, await deps.jobs.listChunks(job.id));
  await deps.jobs.finishJob(job.id, finalStatus(progress), new Date(deps.clock.now()).toISOString());
}
