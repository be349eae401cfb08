import { type Failure, failAll } from '../blocklist/outcome.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { begin, type ChunkPassDeps, type ChunkResult, DONE, pause, record, SOON } from './chunk-pass.ts';
import type { Job, LoadedChunk } from './job.ts';
import { countOutcomes, pendingPlaces, withOutcomes } from './outcomes.ts';

/** Graph has no code for it; this one says that users of the request were not changed. */
const CANCELLED: Failure = {
  code: GRAPH_CODE.someUsersFailed,
  message: 'The job was cancelled before this user was sent',
};
const CANCELLED_UNDER_WAY: Failure = {
  code: GRAPH_CODE.someUsersFailed,
  message: 'The job was cancelled while an answer was outstanding',
  maybeApplied: true,
};

/**
 * Ends a chunk of a cancelled job. Who was part of a request that crashed has that in the history; for users who were never
 * sent nothing happened, and the history stays as it is. A chunk of which nothing was cut off is done.
 */
export async function cancelChunk(deps: ChunkPassDeps, job: Job, loaded: LoadedChunk): Promise<ChunkResult> {
  const known = loaded.chunk.current ? await endCrashed(deps, job, loaded) : loaded;
  if (!known) return SOON;
  const places = pendingPlaces(known);
  const identities = places.flatMap((place) => known.entries[place]?.identity ?? []);
  const outcomes = withOutcomes(known, places, failAll(identities, CANCELLED), () => false);
  const ended = { ...known, outcomes };
  const isCutOff = countOutcomes(ended).failed > countOutcomes(loaded).failed;
  return (await pause(deps, job, ended, { status: isCutOff ? 'cancelled' : 'done' })) ? DONE : SOON;
}

/** Settles the request that a dead pass had under way, and no one else's. */
async function endCrashed(deps: ChunkPassDeps, job: Job, loaded: LoadedChunk): Promise<LoadedChunk | undefined> {
  const begun = await begin(deps, job, loaded);
  if (!begun) return undefined;
  const outcomes = failAll(begun.identities, CANCELLED_UNDER_WAY);
  return record(deps, begun, outcomes, { code: CANCELLED_UNDER_WAY.code });
}
