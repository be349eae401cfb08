import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Drift } from '../users/number-summary.ts';
import { compareLists } from './compare-lists.ts';
import { correctMirror } from './correct-mirror.ts';
import { endAliases } from './end-aliases.ts';
import { type SnapshotDeps, takeSnapshot } from './list-snapshot.ts';
import { allOpen, findOpenOperations, type OpenOperationsDeps, resolveOperations } from './open-operations.ts';
import { repairHistory } from './repair-history.ts';

export interface ReconcileNumberDeps extends SnapshotDeps, OpenOperationsDeps {
  readonly store: BlocklistStore;
  readonly newId: (now: number) => string;
}

/** What was found, and whether operations are kept open that others are in the way of, or that a chunk goes on under. */
export interface Reconciled extends Drift {
  readonly isIncomplete?: true;
}

/**
 * Compares the mirror of a number with Graph's list, user by user, and corrects it. Throws `GraphError`, with nothing
 * changed, where the list could not be read from end to end. Safe beside other writers, and beside another reconciliation
 * of the same number.
 */
export async function reconcileNumber(
  deps: ReconcileNumberDeps,
  phoneNumberId: string,
  deadlineMs: number,
): Promise<Reconciled> {
  const { store, clock } = deps;
  const openBefore = await findOpenOperations(deps, phoneNumberId, clock.now());
  const snapshot = await takeSnapshot(deps, phoneNumberId, deadlineMs);
  // After the snapshot as well: an operation that began meanwhile may be what the list shows, and may never record it. The
  // list cannot show what begins later.
  const open = allOpen(openBefore, await findOpenOperations(deps, phoneNumberId, Date.parse(snapshot.startedAt)));
  const task = { store, phoneNumberId, reconciliationId: deps.newId(clock.now()), snapshot, open };
  const summary = await store.getSummary(phoneNumberId, true);
  const comparison = await compareLists(task);
  const { added, removed, change, lockConflicts } = await correctMirror(task, comparison);
  await repairHistory(task);
  await endAliases(store, phoneNumberId, comparison);

  // An operation in progress may have written the mirror already, and its counts not yet. One that has ended since the
  // counts were read has changed their revision.
  const { inProgress } = await findOpenOperations(deps, phoneNumberId, Date.parse(snapshot.startedAt));
  const totals = { ...comparison.tally.totals(), over: summary?.countsRevision ?? 0 };
  await store.finishReconciliation(phoneNumberId, {
    reconciliationId: task.reconciliationId,
    reconciledAt: snapshot.startedAt,
    drift: { added, removed },
    change,
    totals: inProgress.length > 0 ? undefined : totals,
  });
  const isAnyKept = await resolveOperations(deps, task, lockConflicts);
  // Only now: a mistyped number that Graph does not know must not be asked about every hour.
  await store.registerNumber(phoneNumberId, snapshot.startedAt);
  return { added, removed, ...(isAnyKept ? { isIncomplete: true } : {}) };
}
