import type { Drift } from '../blocklist/mirror.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { compareLists } from './compare-lists.ts';
import { correctMirror } from './correct-mirror.ts';
import { endAliases } from './end-aliases.ts';
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
 * Holds the mirror of a number against Graph's list, user by user, and corrects it. Throws `GraphError`, with nothing
 * changed, where the list could not be read from end to end. Safe beside other writers, and beside another reconciliation of
 * the same number.
 */
export async function reconcileNumber(
  deps: ReconcileNumberDeps,
  phoneNumberId: string,
  deadlineMs: number,
): Promise<Reconciled> {
  const { store, clock } = deps;
  const openBefore = await findOpenOperations(deps, phoneNumberId, clock.now());
  const scan = await scanList(deps, phoneNumberId, deadlineMs);
  // After the scan as well: one that began meanwhile may be what the list shows, and may never write a word of it. What
  // begins later the list cannot show.
  const open = allOpen(openBefore, await findOpenOperations(deps, phoneNumberId, Date.parse(scan.startedAt)));
  const task = { store, phoneNumberId, reconciliationId: deps.newId(clock.now()), scan, open };
  const summary = await store.getSummary(phoneNumberId, true);
  const comparison = await compareLists(task);
  const { added, removed, change, lost } = await correctMirror(task, comparison);
  await mendHistory(task);
  await endAliases(store, phoneNumberId, comparison);

  // An operation under way may have written the mirror already, and its counts not yet. One that has ended since the counts
  // were read has changed their revision.
  const { underWay } = await findOpenOperations(deps, phoneNumberId, Date.parse(scan.startedAt));
  const counts = { ...comparison.tally.counts(), over: summary?.countsRevision ?? 0 };
  await store.finishReconciliation(phoneNumberId, {
    reconciliationId: task.reconciliationId,
    reconciledAt: scan.startedAt,
    drift: { added, removed },
    change,
    counts: underWay.length > 0 ? undefined : counts,
  });
  const isAnyKept = await resolveOperations(deps, task, lost);
  // Only now: a mistyped number that Graph does not know must not be asked about every hour.
  await store.registerNumber(phoneNumberId, scan.startedAt);
  return { added, removed, ...(isAnyKept ? { isIncomplete: true } : {}) };
}
