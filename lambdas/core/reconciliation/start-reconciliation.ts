import { type RequireKnownDeps, requireKnown } from '../changes/require-known.ts';
import { HOUR_MS } from '../durations.ts';
import { DependencyError, LimitReachedError } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { NamedReconciliations } from '../ports/reconciliations.ts';
import type { Asked } from '../users/asked.ts';
import type { NumberSummary, ReconcileRequest } from '../users/number-summary.ts';

export interface StartReconciliationDeps extends RequireKnownDeps {
  readonly store: RequireKnownDeps['store'] & Pick<BlocklistStore, 'getSummary' | 'requestReconciliation'>;
  readonly reconciliations: NamedReconciliations;
  readonly newId: (now: number) => string;
  /** Reconciliations of one number that callers may start in an hour. */
  readonly reconciliationsPerHour: number;
}

export interface ReconciliationAsked extends Omit<Asked, 'at'> {
  readonly phoneNumberId: string;
  /** ISO 8601: when the request came in, however long it waited for a worker. */
  readonly receivedAt: string;
}

export interface StartedReconciliation {
  /** The reconciliation that runs: this request's own, or one that was requested a moment ago. */
  readonly request: ReconcileRequest;
  readonly isOwn: boolean;
  /** What was known about the number before. */
  readonly summary: NumberSummary | undefined;
}

/** Attempts against other requests of the same moment. A request that loses finds the winner. */
const MAX_ATTEMPTS = 3;
/** A request for an execution has started it within this time, or its worker is dead. Milliseconds. */
const START_MS = 60_000;

/**
 * Starts the reconciliation of a number. Only one runs at a time: a request that comes while one runs, or that was received
 * before the last one was requested, gets that one. The requester and the name of the execution are recorded first, so that a
 * repeat starts the same execution.
 */
export async function startReconciliation(
  deps: StartReconciliationDeps,
  asked: ReconciliationAsked,
): Promise<StartedReconciliation> {
  const { phoneNumberId, actor, onBehalfOf } = asked;
  await requireKnown(deps, { phoneNumberId, field: 'phone_number_id', status: 404 });
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const summary = await deps.store.getSummary(phoneNumberId, true);
    const last = summary?.reconcileRequest;
    if (last && (await covers(deps, last, asked))) {
      await deps.reconciliations.start([phoneNumberId], last.execution);
      return { request: last, isOwn: false, summary };
    }
    const nowMs = deps.clock.now();
    const request: ReconcileRequest = {
      execution: `${phoneNumberId}-${deps.newId(nowMs)}`,
      at: isoTime(nowMs),
      actor,
      onBehalfOf,
      ofHour: countOfHour(deps, last, nowMs),
    };
    if (!(await deps.store.requestReconciliation(phoneNumberId, request, last?.execution))) continue;
    await deps.reconciliations.start([phoneNumberId], request.execution);
    return { request, isOwn: true, summary };
  }
  throw new DependencyError('Other requests to reconcile the number keep coming first');
}

/** Whether the last requested comparison began, or will begin, after this request was received. */
async function covers(
  { reconciliations, clock }: StartReconciliationDeps,
  last: ReconcileRequest,
  { receivedAt }: ReconciliationAsked,
): Promise<boolean> {
  if (last.at >= receivedAt) return true;
  const state = await reconciliations.stateOf(last.execution);
  return state === 'running' || (state === 'missing' && clock.now() - Date.parse(last.at) < START_MS);
}

/** Each reconciliation reads the whole list, and all callers share one budget of calls to Graph. */
function countOfHour(
  { reconciliationsPerHour: limit }: StartReconciliationDeps,
  last: ReconcileRequest | undefined,
  nowMs: number,
): number {
  const hourOf = (ms: number) => Math.floor(ms / HOUR_MS);
  const before = last && hourOf(Date.parse(last.at)) === hourOf(nowMs) ? last.ofHour : 0;
  if (before < limit) return before + 1;
  throw new LimitReachedError(
    `This number was reconciled ${before} times on request in this hour, and the limit is ${limit}; its schedule still runs`,
    Math.ceil(((hourOf(nowMs) + 1) * HOUR_MS - nowMs) / 1000),
  );
}
