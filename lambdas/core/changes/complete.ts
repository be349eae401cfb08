import { type Counts, NO_COUNTS } from '../blocklist/counts.ts';
import { failureOf } from '../blocklist/fail-rest.ts';
import type { Identity } from '../blocklist/identity.ts';
import type { Operation, Settlement } from '../blocklist/operation.ts';
import { countEnds, failAll, isInDoubt, traceOf, type UserOutcome } from '../blocklist/outcome.ts';
import type { BlocklistStore, Records } from '../blocklist/store.ts';
import type { GraphError } from '../errors.ts';
import type { Clock } from '../ports.ts';

export interface CompleteDeps {
  readonly store: Pick<BlocklistStore, 'settleOperation' | 'settleAtOnce'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What is known of an operation when it ends. */
export interface End {
  readonly outcomes: readonly UserOutcome[];
  /** What it adds to the counts of the number. */
  readonly counts?: Counts;
  /** Users who met another operation, and did not converge. */
  readonly contested?: readonly Identity[];
  /** How it ended if nobody is in doubt or contested; `finished` unless said otherwise. */
  readonly certain?: 'finished' | 'failed' | undefined;
  readonly code?: number | undefined;
  /** That of the first refused user unless said otherwise. */
  readonly fbtraceId?: string | undefined;
}

/** Ends the operation and counts what it changed, once however often it is called. */
export function complete({ store, clock }: CompleteDeps, operation: Operation, end: End): Promise<void> {
  return store.settleOperation(operation, completionOf(operation, end, clock.now()));
}

/** The same together with all that it leaves of a few users. False, and nothing written, if another writer was first. */
export function completeWithRecords(
  { store, clock }: CompleteDeps,
  operation: Operation,
  { end, records }: { readonly end: End; readonly records: Records },
): Promise<boolean> {
  return store.settleAtOnce(operation, completionOf(operation, end, clock.now()), records);
}

/** Ends an operation that Graph refused whole. */
export function completeRefused(
  deps: CompleteDeps,
  { operation, identities }: { readonly operation: Operation; readonly identities: readonly Identity[] },
  error: GraphError,
): Promise<void> {
  const { code, fbtraceId, maybeApplied } = error;
  const outcomes = failAll(identities, { ...failureOf(error), maybeApplied });
  return complete(deps, operation, { outcomes, certain: 'failed', code, fbtraceId });
}

/** `uncertain` if it is not known of some users whether Graph did what the operation wanted; `ids` are those users. */
function completionOf({ startedAt }: Operation, end: End, nowMs: number): Settlement {
  const { outcomes, counts = NO_COUNTS, certain = 'finished', code, fbtraceId = traceOf(outcomes) } = end;
  const contested = (end.contested ?? []).map(({ id }) => id);
  const ids = [...new Set([...outcomes.filter(isInDoubt).map(({ identity }) => identity.id), ...contested])];
  const durationMs = nowMs - Date.parse(startedAt);
  const known = { ...countEnds(outcomes), counts, durationMs, code, fbtraceId };
  if (ids.length === 0) return { status: certain, ...known };
  return { status: 'uncertain', ids, ...(contested.length === 0 ? {} : { contested }), ...known };
}
