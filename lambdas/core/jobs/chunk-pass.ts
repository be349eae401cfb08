import type { Identity } from '../blocklist/identity.ts';
import type { Operation } from '../blocklist/operation.ts';
import { type Failure, failAll, traceOf, type UserOutcome } from '../blocklist/outcome.ts';
import { recordOutcomes } from '../blocklist/record-outcomes.ts';
import type { BlocklistStore, Clock } from '../ports.ts';
import type { Chunk, Job, LoadedChunk } from './job.ts';
import { countOutcomes, pendingPlaces, withOutcomes } from './outcomes.ts';
import type { JobStore } from './ports.ts';

export interface ChunkPassDeps {
  readonly jobs: JobStore;
  readonly store: BlocklistStore;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
}

/** Returned, never thrown: the workflow waits that many seconds and comes again. */
export type ChunkResult = { readonly result: 'done' } | { readonly result: 'again'; readonly seconds: number };

export const DONE: ChunkResult = { result: 'done' };
/** Another pass holds the chunk, or a part of it is still to be sent: come back at once. */
export const SOON: ChunkResult = { result: 'again', seconds: 1 };

/** A pass whose operation is written ahead, and which may now call Graph. */
export interface Begun {
  readonly jobId: string;
  readonly loaded: LoadedChunk;
  readonly operation: Operation;
  /** ISO 8601, before the call to Graph. */
  readonly observedAt: string;
  readonly places: readonly number[];
  readonly identities: readonly Identity[];
}

export interface Settling {
  readonly status: 'finished' | 'failed' | 'uncertain';
  readonly code?: number | undefined;
  readonly fbtraceId?: string | undefined;
}

/**
 * Names the operation in the chunk, then writes it ahead. A pass that crashed left its operation named: the repeat goes on
 * under it, so that nothing is recorded twice. `undefined` where another pass was first.
 */
export async function begin(deps: ChunkPassDeps, job: Job, loaded: LoadedChunk): Promise<Begun | undefined> {
  const observedAt = new Date(deps.clock.now()).toISOString();
  const pending = pendingPlaces(loaded);
  const places = pending.slice(0, loaded.chunk.batchSize ?? pending.length);
  const identities = places.flatMap((place) => loaded.entries[place]?.identity ?? []);
  const current = loaded.chunk.current ?? { operationId: deps.newId(deps.clock.now()), startedAt: observedAt };
  const chunk: Chunk = { ...loaded.chunk, status: 'running', current, revision: loaded.chunk.revision + 1 };
  if (!(await deps.jobs.saveChunk(job.id, chunk))) return undefined;
  const operation: Operation = {
    ...current,
    phoneNumberId: job.phoneNumberId,
    action: job.action,
    source: 'job',
    users: identities.length,
    jobId: job.id,
    chunk: chunk.index,
    actor: job.actor,
    onBehalfOf: job.onBehalfOf,
    reason: job.reason,
  };
  await deps.store.startOperation(operation);
  return { jobId: job.id, loaded: { ...loaded, chunk }, operation, observedAt, places, identities };
}

/**
 * Mirror, history, operation, size, outcomes: in the order in which a crash between any two is healed by a repeat. Users
 * that `retry` picks stay pending and leave no trace yet.
 */
export async function record(
  deps: ChunkPassDeps,
  begun: Begun,
  outcomes: readonly UserOutcome[],
  settling: Settling,
  retry: (outcome: UserOutcome) => boolean = () => false,
): Promise<LoadedChunk> {
  const { store } = deps;
  const { operation, observedAt, loaded, jobId } = begun;
  const { phoneNumberId } = operation;
  const final = outcomes.filter((outcome) => !retry(outcome));
  const known = await store.getUsers(
    phoneNumberId,
    final.map(({ identity }) => identity.id),
  );
  const recorded = await recordOutcomes(store, phoneNumberId, { ...operation, observedAt }, final, known);
  await store.appendEvents(phoneNumberId, recorded.events);
  if ((await settle(deps, begun, outcomes, settling)) && recorded.sizeDelta !== 0) {
    await store.addToSize(phoneNumberId, recorded.sizeDelta);
  }
  const updated = withOutcomes(loaded, begun.places, outcomes, retry);
  await deps.jobs.saveOutcomes(jobId, loaded.chunk.index, updated);
  return { ...loaded, outcomes: updated };
}

/** Ends the operation of a pass; false where it was ended before. */
export function settle(
  deps: ChunkPassDeps,
  { operation }: Begun,
  outcomes: readonly UserOutcome[],
  settling: Settling,
): Promise<boolean> {
  const failed = outcomes.filter(({ failure }) => failure).length;
  return deps.store.settleOperation(operation, {
    fbtraceId: traceOf(outcomes),
    ...settling,
    succeeded: outcomes.length - failed,
    failed,
    durationMs: deps.clock.now() - Date.parse(operation.startedAt),
  });
}

/** Writes the chunk between two passes: no operation is under way, counts as far as they are known. */
export function pause(
  deps: ChunkPassDeps,
  job: Job,
  loaded: LoadedChunk,
  change: Partial<Pick<Chunk, 'attempts' | 'batchSize' | 'lastCode' | 'status'>>,
): Promise<boolean> {
  const { chunk } = loaded;
  const counted = countOutcomes(loaded);
  return deps.jobs.saveChunk(job.id, {
    ...chunk,
    ...counted,
    ...change,
    current: undefined,
    revision: chunk.revision + 1,
  });
}

/** Ends a chunk all of whose users have an outcome. */
export async function finish(
  deps: ChunkPassDeps,
  job: Job,
  loaded: LoadedChunk,
  status: 'done' | 'failed',
): Promise<ChunkResult> {
  return (await pause(deps, job, loaded, { status })) ? DONE : SOON;
}

/** Ends a chunk whose remaining users cannot be sent: each gets the failure as its outcome, in the history too. */
export async function giveUp(
  deps: ChunkPassDeps,
  job: Job,
  loaded: LoadedChunk,
  failure: Failure,
  settling: Partial<Settling> = {},
): Promise<ChunkResult> {
  const whole: LoadedChunk = { ...loaded, chunk: { ...loaded.chunk, batchSize: undefined } };
  if (pendingPlaces(whole).length === 0) return finish(deps, job, whole, 'failed');
  const begun = await begin(deps, job, whole);
  if (!begun) return SOON;
  const outcomes = failAll(begun.identities, failure);
  const settled = await record(deps, begun, outcomes, { status: 'failed', code: failure.code, ...settling });
  return finish(deps, job, settled, 'failed');
}
