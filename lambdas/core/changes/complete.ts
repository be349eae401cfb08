import type { GraphError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock } from '../ports/services.ts';
import type { Records } from '../ports/user-store.ts';
import type { Identity } from '../users/identity.ts';
import type { Announce } from './attempt.ts';
import { failureOf } from './fail-rest.ts';
import type { Completion, Operation } from './operation.ts';
import { countEnds, failAll, isUncertain, traceOf, type UserOutcome } from './outcome.ts';
import { leavingAlone } from './reverting.ts';
import { NO_TOTALS, type Totals } from './totals.ts';

export interface CompleteDeps {
  readonly store: Pick<BlocklistStore, 'completeOperation' | 'completeWithRecords'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What is known of an operation when it ends. */
export interface End {
  readonly outcomes: readonly UserOutcome[];
  /** What it adds to the totals of the number. */
  readonly delta?: Totals;
  /** Users in conflict: another operation overlapped, and they did not converge. */
  readonly conflicting?: readonly Identity[];
  /** How it ended if nobody is uncertain or in conflict. Default: `finished`. */
  readonly certain?: 'finished' | 'failed' | undefined;
  readonly code?: number | undefined;
  readonly announce?: Announce | undefined;
  /** Default: the code of the first refused user. */
  readonly fbtraceId?: string | undefined;
}

/** Ends the operation and adds its changes to the totals, once, however often it is called. */
export function complete({ store, clock }: CompleteDeps, operation: Operation, end: End): Promise<void> {
  return store.completeOperation(operation, completionOf(operation, end, clock.now()));
}

/** Does the same together with the records of a few users. False, and nothing written, if another writer was first. */
export function completeWithRecords(
  { store, clock }: CompleteDeps,
  operation: Operation,
  { end, records }: { readonly end: End; readonly records: Records },
): Promise<boolean> {
  return store.completeWithRecords(operation, completionOf(operation, end, clock.now()), records);
}

/** Ends an operation whose whole request Graph refused. */
export function completeRefused(
  deps: CompleteDeps,
  { operation, identities }: { readonly operation: Operation; readonly identities: readonly Identity[] },
  error: GraphError,
): Promise<void> {
  const { code, fbtraceId, maybeApplied, notSent } = error;
  const outcomes = leavingAlone(notSent, failAll(identities, { ...failureOf(error), maybeApplied }));
  return complete(deps, operation, { outcomes, certain: 'failed', code, fbtraceId });
}

/** `uncertain` if it is unknown whether Graph changed some users; `ids` are those users. */
function completionOf(operation: Operation, end: End, nowMs: number): Completion {
  const { outcomes, delta = NO_TOTALS, certain = 'finished', code, fbtraceId = traceOf(outcomes) } = end;
  // This attempt may have changed them after another operation did.
  const unconfirmed = outcomes.filter((outcome) => outcome.unconfirmed?.maybeApplied).map(({ identity }) => identity);
  const conflicting = [...new Set([...(end.conflicting ?? []), ...unconfirmed].map(({ id }) => id))];
  const ids = [...new Set([...outcomes.filter(isUncertain).map(({ identity }) => identity.id), ...conflicting])];
  const durationMs = nowMs - Date.parse(operation.startedAt);
  const event = end.announce?.(operation, outcomes);
  const known = { ...countEnds(outcomes), delta, durationMs, code, fbtraceId, event };
  if (ids.length === 0) return { status: certain, ...known };
  return { status: 'uncertain', ids, ...(conflicting.length === 0 ? {} : { conflicting }), ...known };
}
