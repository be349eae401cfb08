import { type Failure, failAll } from '../changes/outcome.ts';
import { failChange } from '../changes/run-change.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import {
  type ChunkDeps,
  type ChunkResult,
  endChunk,
  nextAttempt,
  REQUEUE_AT_ONCE,
  withEnded,
} from './chunk-attempt.ts';
import type { JobChunk } from './job.ts';
import { countOutcomes, pendingPlaces, withOutcomes } from './outcomes.ts';

/** Graph has no code for this. The code here says that users of the request were not changed. */
const CANCELLED: Failure = {
  code: GRAPH_CODE.someUsersFailed,
  message: 'The job was cancelled before this user was sent',
};
const CANCELLED_IN_PROGRESS: Failure = {
  code: GRAPH_CODE.someUsersFailed,
  message: 'The job was cancelled before Graph answered for this user',
  maybeApplied: true,
};

/**
 * Ends a chunk of a cancelled job. Users of a request that crashed have that in their history. Nothing happened to users who
 * were never sent, so their history stays as it is. A chunk in which every user was sent is done.
 */
export async function cancelChunk(deps: ChunkDeps, open: JobChunk): Promise<ChunkResult> {
  const known = open.loaded.chunk.current ? await endStopped(deps, open) : open;
  if (!known) return REQUEUE_AT_ONCE;
  const { job, loaded } = known;
  const places = pendingPlaces(loaded);
  const identities = places.flatMap((place) => loaded.entries[place]?.identity ?? []);
  const outcomes = withOutcomes(loaded, { places, results: failAll(identities, CANCELLED) });
  const ended = { job, loaded: { ...loaded, outcomes } };
  const isCutOff = countOutcomes(ended.loaded).failed > countOutcomes(open.loaded).failed;
  return endChunk(deps, ended, isCutOff ? 'cancelled' : 'done');
}

/** Completes the operation that a worker had in progress when it died, and no other. */
async function endStopped(deps: ChunkDeps, open: JobChunk): Promise<JobChunk | undefined> {
  const attempt = await nextAttempt(deps, open);
  if (!attempt) return undefined;
  const { code } = CANCELLED_IN_PROGRESS;
  const outcomes = failAll(attempt.identities, CANCELLED_IN_PROGRESS);
  return withEnded(attempt, await failChange(deps, attempt, { outcomes, code, certain: 'finished' }));
}
