import { NO_COUNTS } from '../blocklist/counts.ts';
import type { Drift } from '../blocklist/mirror.ts';
import type { BlocklistStore, ReconciliationEnd } from '../blocklist/store.ts';
import { type Corrected, correctMirror } from './correct-mirror.ts';
import { type Comparable, isInStep } from './in-step.ts';
import { mendHistory } from './mend-history.ts';
import { allOpen, findOpenOperations, type OpenOperationsDeps, resolveOperations } from './open-operations.ts';
import { type ScanDeps, scanList } from './scan-list.ts';

export interface ReconcileNumberDeps extends ScanDeps, OpenOperationsDeps {
  readonly store: BlocklistStore;
  readonly newId: (now: number) => string;
}

/** What was found, and whether operations are kept open that others are in the way of, or that a chunk goes on under. */
export interface Reconciled extends Drift {
  readonly isIncomplete?: true;
}

/**
 * Holds the mirror of a number against Graph's list, and corrects it. Throws `GraphError`, with nothing changed, where the
 * list could not be read from end to end. Where what was counted says that both are the same, no user is read. Safe beside
 * other writers, and beside another reconciliation of the same number.
 */
export async function reconcileNumber(
  deps: ReconcileNumberDeps,
  phoneNumberId: string,
  deadlineMs: number,
): Promise<Reconciled> {
  const { store, clock } = deps;
  const openBefore = await findOpenOperations(deps, phoneNumberId, clock.now());
  const scan = await scanList(deps, phoneNumberId, deadlineMs);
  const summary = await store.getSummary(phoneNumberId, true);
  // After the scan as well: one that began meanwhile may be what the list shows, and may never write a word of it. What
  // begins later the list cannot show.
  const open = allOpen(openBefore, await findOpenOperations(deps, phoneNumberId, Date.parse(scan.startedAt)));
  const reconciliationId = deps.newId(clock.now());
  const comparable = { phoneNumberId, open, scan, summary };
  const { lost, ...found } = isInStep(comparable)
    ? { drift: { added: 0, removed: 0 }, change: NO_COUNTS, lost: new Set<string>() }
    : await compareUsers(deps, { ...comparable, reconciliationId });
  await store.finishReconciliation(phoneNumberId, { reconciliationId, reconciledAt: scan.startedAt, ...found });
  const isAnyKept = await resolveOperations(deps, comparable, lost);
  // Only now: a mistyped number that Graph does not know must not be asked about every hour.
  await store.registerNumber(phoneNumberId, scan.startedAt);
  return isAnyKept ? { ...found.drift, isIncomplete: true } : found.drift;
}

/** Holds each user of the mirror against Graph's list, and corrects whoever differs. */
async function compareUsers(
  deps: ReconcileNumberDeps,
  { phoneNumberId, open, scan, summary, reconciliationId }: Comparable & { readonly reconciliationId: string },
): Promise<Pick<ReconciliationEnd, 'drift' | 'change' | 'counts'> & Pick<Corrected, 'lost'>> {
  const { store } = deps;
  // First of all: corrections that are made, and never counted, would leave a digest that some list may have all the same.
  await store.forgetComparison(phoneNumberId);
  const task = { store, phoneNumberId, reconciliationId, scan, open };
  const { added, removed, change, counts, lost } = await correctMirror(task);
  await mendHistory(task);
  await store.endAliases(phoneNumberId, scan.startedAt);

  const after = await findOpenOperations(deps, phoneNumberId, Date.parse(scan.startedAt));
  const isAnyUnderWay = open.underWay.length > 0 || after.underWay.length > 0;
  return {
    drift: { added, removed },
    change,
    lost,
    // An operation under way may have written the mirror already, and its counts not yet. One that was so when the counts were
    // read may have ended since, and another one have brought them back to what they were.
    counts: isAnyUnderWay ? undefined : { from: summary, to: counts },
  };
}
