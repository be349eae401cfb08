import type { Attempt, Ended } from '../changes/attempt.ts';
import { operationOf } from '../changes/operation.ts';
import { type Failure, failAll } from '../changes/outcome.ts';
import { leavingAlone } from '../changes/reverting.ts';
import { failChange, type RunChangeDeps } from '../changes/run-change.ts';
import type { GraphErrorFields } from '../errors.ts';
import { isoNow } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Clock, Metrics } from '../ports/services.ts';
import { doerOf } from './activity.ts';
import type { Chunk, ChunkOutcomes, Job, JobChunk, LoadedChunk } from './job.ts';
import { countOutcomes, pendingPlaces, withOutcomes } from './outcomes.ts';

export interface ChunkDeps extends RunChangeDeps {
  readonly store: RunChangeDeps['store'] & Pick<BlocklistStore, 'tellFullness'>;
  readonly jobs: JobStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly newId: (now: number) => string;
  /** Users that one list can hold. */
  readonly listLimit: number;
}

/** Returned, never thrown: the workflow waits that many seconds and calls again. */
export type ChunkResult =
  | { readonly result: 'done' }
  | { readonly result: 'requeue'; readonly requeueAfterSeconds: number };

export const DONE: ChunkResult = { result: 'done' };
/** Another worker was first at the chunk, or a part of it is still to be sent: call again at once. */
export const REQUEUE_AT_ONCE = { result: 'requeue', requeueAfterSeconds: 1 } as const satisfies ChunkResult;

/** An attempt whose operation the chunk names. */
export interface ChunkAttempt extends Attempt, JobChunk {
  readonly job: Job;
  readonly resumed: boolean;
  readonly places: readonly number[];
}

/**
 * Starts the next operation, for as many users as fit into one batch, and names it in the chunk. If a worker died, its operation
 * is still named, and the repeat resumes it, so that nothing is recorded twice. `undefined` if another worker was first.
 */
export async function nextAttempt(
  deps: ChunkDeps,
  { job, loaded }: JobChunk,
  batchLimit = Number.POSITIVE_INFINITY,
): Promise<ChunkAttempt | undefined> {
  const { chunk, entries } = loaded;
  const observedAt = isoNow(deps.clock);
  const places = pendingPlaces(loaded).slice(0, Math.min(batchLimit, chunk.batchSize ?? batchLimit));
  const identities = places.flatMap((place) => entries[place]?.identity ?? []);
  const resumed = chunk.current !== undefined;
  const current = chunk.current ?? { operationId: deps.newId(deps.clock.now()), startedAt: observedAt };
  const next = { ...chunk, status: 'running' as const, current, run: job.run, revision: chunk.revision + 1 };
  const asking = { ...job, ...doerOf(job), source: 'job' as const, jobId: job.id, chunk: chunk.index };
  const operation = operationOf(current, asking, identities);
  // An operation that is already named is not written again. Otherwise a worker that is slow, not dead, would fail to save
  // its outcomes, and two such workers would undo each other forever.
  const also = { outcomes: openedOutcomes(loaded), operation };
  if (!resumed && !(await deps.jobs.saveChunk(job.id, next, also))) return undefined;
  const named = { ...loaded, chunk: resumed ? chunk : next };
  return { job, loaded: named, operation, identities, observedAt, resumed, isStarted: !resumed, places };
}

/** The chunk with the outcomes of its attempt. Users who are retried, or did not converge, are sent again. */
export function withEnded(attempt: ChunkAttempt, { outcomes, unconverged }: Ended): JobChunk {
  const { job, loaded, places, isRetried } = attempt;
  const placed = withOutcomes(loaded, {
    places,
    results: outcomes,
    isOpen: (outcome) => isRetried?.(outcome) === true || unconverged.has(outcome.identity.id),
  });
  return { job, loaded: { ...loaded, outcomes: placed } };
}

/** Saves the chunk between two attempts, with its outcomes. No operation is in progress unless `change` says so. */
export function saveProgress(
  { jobs }: Pick<ChunkDeps, 'jobs'>,
  { job, loaded }: JobChunk,
  change: Partial<Pick<Chunk, 'attempts' | 'batchSize' | 'lastCode' | 'status' | 'current'>>,
): Promise<boolean> {
  const { chunk } = loaded;
  const kept: Chunk = { ...chunk, ...countOutcomes(loaded), current: undefined, run: job.run };
  const next = { ...kept, ...change, revision: chunk.revision + 1 };
  return jobs.saveChunk(job.id, next, { outcomes: openedOutcomes(loaded) });
}

/** Outcomes that differ, or may differ, from the stored ones. Before the first attempt of the first run there are none. */
function openedOutcomes({ outcomes }: LoadedChunk): ChunkOutcomes | undefined {
  return outcomes.pending === undefined ? undefined : outcomes;
}

/** Ends a chunk in which every user has an outcome. */
export async function endChunk(
  deps: Pick<ChunkDeps, 'jobs' | 'metrics'>,
  ended: JobChunk,
  status: 'done' | 'failed' | 'cancelled',
): Promise<ChunkResult> {
  if (!(await saveProgress(deps, ended, { status }))) return REQUEUE_AT_ONCE;
  const { succeeded, failed } = countOutcomes(ended.loaded);
  deps.metrics.put('UsersSucceeded', succeeded);
  deps.metrics.put('UsersFailed', failed);
  return DONE;
}

/**
 * Ends a chunk whose remaining users cannot be sent. Each gets the failure as its outcome, also in the history. If an attempt
 * stopped, it is unknown whether Graph carried it out, so a reconciliation must find out.
 */
export async function failRemaining(
  deps: ChunkDeps,
  { job, loaded, notSent }: JobChunk & Pick<GraphErrorFields, 'notSent'>,
  failure: Failure,
): Promise<ChunkResult> {
  const whole = { job, loaded: { ...loaded, chunk: { ...loaded.chunk, batchSize: undefined } } };
  if (pendingPlaces(loaded).length === 0) return endChunk(deps, whole, 'failed');
  const attempt = await nextAttempt(deps, whole);
  if (!attempt) return REQUEUE_AT_ONCE;
  const maybeApplied = failure.maybeApplied ?? attempt.resumed;
  // At most one batch was in progress. The other users were never sent.
  const sent = loaded.chunk.batchSize ?? attempt.identities.length;
  const outcomes = leavingAlone(notSent, [
    ...failAll(attempt.identities.slice(0, sent), { ...failure, maybeApplied }),
    ...failAll(attempt.identities.slice(sent), { ...failure, maybeApplied: false }),
  ]);
  const { code, fbtraceId } = failure;
  const ended = await failChange(deps, attempt, { outcomes, code, fbtraceId });
  return endChunk(deps, withEnded(attempt, ended), 'failed');
}
