import { type Counts, NO_COUNTS } from '../blocklist/counts.ts';
import type { Identity } from '../blocklist/identity.ts';
import type { Stored } from '../blocklist/mirror.ts';
import { endOf, type Operation } from '../blocklist/operation.ts';
import { countEnds, type Failure, traceOf, type UserOutcome } from '../blocklist/outcome.ts';
import { recordOutcomes } from '../blocklist/record-outcomes.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import type { Clock } from '../ports.ts';
import { doerOf } from './activity.ts';
import { doneBy } from './done-by.ts';
import type { Chunk, ChunkOutcomes, Job, LoadedChunk } from './job.ts';
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
  readonly loaded: LoadedChunk;
  readonly operation: Operation;
  /** Whether an earlier pass began the operation and crashed: some of it may be recorded. */
  readonly inherited: boolean;
  /** ISO 8601, before the call to Graph. */
  readonly observedAt: string;
  readonly places: readonly number[];
  readonly identities: readonly Identity[];
}

export interface Settling {
  /** Of an operation all of whose users have a certain outcome. */
  readonly certain?: 'finished' | 'failed' | undefined;
  readonly code?: number | undefined;
  readonly fbtraceId?: string | undefined;
}

/**
 * Names the operation in the chunk, then writes it ahead. A pass that crashed left its operation named: the repeat goes on
 * under it, so that nothing is recorded twice. `undefined` where another pass was first.
 */
export async function begin(
  deps: ChunkPassDeps,
  job: Job,
  loaded: LoadedChunk,
  batchLimit = Number.POSITIVE_INFINITY,
): Promise<Begun | undefined> {
  const observedAt = new Date(deps.clock.now()).toISOString();
  const places = pendingPlaces(loaded).slice(0, Math.min(batchLimit, loaded.chunk.batchSize ?? batchLimit));
  const identities = places.flatMap((place) => loaded.entries[place]?.identity ?? []);
  const inherited = loaded.chunk.current !== undefined;
  const current = loaded.chunk.current ?? { operationId: deps.newId(deps.clock.now()), startedAt: observedAt };
  const chunk: Chunk = inherited
    ? loaded.chunk
    : { ...loaded.chunk, status: 'running', current, run: job.run, revision: loaded.chunk.revision + 1 };
  // An inherited operation is named already. To write the chunk anyway would make a worker that is not dead, but slow, fail
  // to save its outcomes, and two of them would undo each other for ever.
  if (!inherited && !(await deps.jobs.saveChunk(job.id, chunk, openedOutcomes(loaded)))) return undefined;
  const operation: Operation = {
    ...current,
    phoneNumberId: job.phoneNumberId,
    action: job.action,
    source: 'job',
    users: identities.length,
    jobId: job.id,
    chunk: chunk.index,
    expiresAt: job.expiresAt,
    defer: job.defer,
    ...doerOf(job),
  };
  await deps.store.startOperation(operation);
  return { loaded: { ...loaded, chunk }, operation, inherited, observedAt, places, identities };
}

/**
 * History, mirror, operation with size: in the order in which a crash between any two is healed by a repeat. Users that
 * `retry` picks stay pending and leave no trace yet; whom a crashed pass of this operation changed, succeeded. Gives the
 * chunk with its new outcomes, which are to be saved with it.
 */
export async function record(
  deps: ChunkPassDeps,
  begun: Begun,
  answered: readonly UserOutcome[],
  settling: Settling,
  {
    known,
    retry = () => false,
    insist = async () => false,
  }: {
    /** What is known of the users, where it was read already. */
    readonly known?: ReadonlyMap<string, Stored>;
    readonly retry?: (outcome: UserOutcome) => boolean;
    /** Asks Graph again for these users, whom what was due has changed in the same moment: who asks now is right. */
    readonly insist?: (outdone: readonly Identity[]) => Promise<boolean>;
  } = {},
): Promise<LoadedChunk> {
  const { store } = deps;
  const { operation, observedAt, loaded } = begun;
  const { phoneNumberId, operationId } = operation;
  const mended = begun.inherited ? await doneBy(store, phoneNumberId, operationId, answered) : answered;
  const final = mended.filter((outcome) => !retry(outcome));
  const ids = final.map(({ identity }) => identity.id);
  const stored = known ?? (await store.getUsers(phoneNumberId, ids, begun.inherited));
  const pass = { ...operation, observedAt, answeredAt: new Date(deps.clock.now()).toISOString() };
  const { counts, contested, outdone, ...recorded } = await recordOutcomes(store, phoneNumberId, pass, final, stored);
  const told = new Map(recorded.outcomes.map((outcome) => [outcome.identity.id, outcome]));
  const outcomes = mended.map((outcome) => told.get(outcome.identity.id) ?? outcome);
  // Before the operation is settled, so that a reconciliation leaves these users alone; else they are sent again.
  const isInsisted = outdone.length === 0 || (await insist(outdone));
  const again = new Set(isInsisted ? [] : outdone.map(({ id }) => id));
  const open = isInsisted ? contested : [...contested, ...outdone];
  await settle(deps, begun, outcomes, settling, { counts, contested: open });
  const isOpen = (outcome: UserOutcome) => retry(outcome) || again.has(outcome.identity.id);
  return { ...loaded, outcomes: withOutcomes(loaded, begun.places, outcomes, isOpen) };
}

/** Ends the operation of a pass. */
export function settle(
  deps: ChunkPassDeps,
  { operation }: Begun,
  outcomes: readonly UserOutcome[],
  { certain, code, fbtraceId = traceOf(outcomes) }: Settling,
  { counts = NO_COUNTS, contested = [] }: { counts?: Counts; contested?: readonly Identity[] } = {},
): Promise<void> {
  return deps.store.settleOperation(operation, {
    code,
    fbtraceId,
    ...endOf(outcomes, contested, certain),
    ...countEnds(outcomes),
    counts,
    durationMs: deps.clock.now() - Date.parse(operation.startedAt),
  });
}

/** Writes the chunk between two passes, with its outcomes; no operation is under way unless `current` says so. */
export function pause(
  deps: ChunkPassDeps,
  job: Job,
  loaded: LoadedChunk,
  change: Partial<Pick<Chunk, 'attempts' | 'batchSize' | 'lastCode' | 'status' | 'current'>>,
): Promise<boolean> {
  const { chunk, outcomes } = loaded;
  const next: Chunk = {
    ...chunk,
    ...countOutcomes(loaded),
    current: undefined,
    run: job.run,
    ...change,
    revision: chunk.revision + 1,
  };
  return deps.jobs.saveChunk(job.id, next, openedOutcomes({ outcomes }));
}

/** Outcomes that differ from what is stored, or may: before the first pass of the first run there are none. */
function openedOutcomes({ outcomes }: Pick<LoadedChunk, 'outcomes'>): ChunkOutcomes | undefined {
  return outcomes.pending === undefined ? undefined : outcomes;
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

/**
 * Ends a chunk whose remaining users cannot be sent: each gets the failure as its outcome, in the history too. Of a request
 * that a dead pass had under way nobody knows whether Graph carried it out, so a reconciliation is to look.
 */
export async function giveUp(
  deps: ChunkPassDeps,
  job: Job,
  loaded: LoadedChunk,
  failure: Failure,
  fbtraceId?: string,
): Promise<ChunkResult> {
  const whole: LoadedChunk = { ...loaded, chunk: { ...loaded.chunk, batchSize: undefined } };
  if (pendingPlaces(whole).length === 0) return finish(deps, job, whole, 'failed');
  const begun = await begin(deps, job, whole);
  if (!begun) return SOON;
  const maybeApplied = failure.maybeApplied ?? begun.inherited;
  // One batch at most was under way; the others were never sent.
  const sent = loaded.chunk.batchSize ?? begun.identities.length;
  const outcomes = begun.identities.map((identity, place) => ({
    identity,
    failure: { ...failure, maybeApplied: maybeApplied && place < sent },
  }));
  const settled = await record(deps, begun, outcomes, { certain: 'failed', code: failure.code, fbtraceId });
  return finish(deps, job, settled, 'failed');
}
