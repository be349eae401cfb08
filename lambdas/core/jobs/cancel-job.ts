import { inBatches } from '../in-batches.ts';
import { isoNow } from '../iso-time.ts';
import { settleAll } from '../settle-all.ts';
import type { JobRequest } from './activity.ts';
import { cancelChunk } from './cancel-chunk.ts';
import type { ChunkDeps } from './chunk-attempt.ts';
import { listChunks, loadChunks } from './chunks.ts';
import { endJob } from './finish-job.ts';
import { getJob } from './get-job.ts';
import { isChunkFinal, isFinal, type Job, type LoadedChunk } from './job.ts';

/** How many chunks are cancelled at once. */
const CHUNKS_AT_ONCE = 8;

/**
 * Cancels whatever was not sent yet, at once, even chunks that wait for Graph, perhaps for an hour. Requests in progress
 * finish, and their users keep their outcomes. A job that has ended stays as it is.
 */
export async function cancelJob(deps: ChunkDeps, request: JobRequest): Promise<Job> {
  const found = await getJob(deps.jobs, request.id);
  if (isFinal(found.status)) return found;
  const { actor, onBehalfOf } = request;
  await deps.jobs.cancelJob(found.id, { at: isoNow(deps.clock), actor, onBehalfOf });
  // Read again: the store decided which was first, this or the job's own end.
  const job = await getJob(deps.jobs, request.id);
  if (isFinal(job.status)) return job;

  const open = (await listChunks(deps.jobs, job)).filter((chunk) => !isChunkFinal(chunk) && !chunk.current);
  for (const some of inBatches(open, CHUNKS_AT_ONCE)) {
    const indexes = some.map(({ index }) => index);
    const loaded = await loadChunks(deps.jobs, job, indexes);
    // Another attempt has the chunk now. The attempt after it sees the cancellation.
    await settleAll(loaded.filter(isUntouched).map((chunk) => cancelChunk(deps, { job, loaded: chunk })));
  }
  await endJob(deps, job);
  return getJob(deps.jobs, request.id);
}

function isUntouched({ chunk }: LoadedChunk): boolean {
  return !isChunkFinal(chunk) && chunk.current === undefined;
}
