import { levelOf, tellIfNearlyFull } from '../events/list-nearly-full.ts';
import { driftFound } from '../events/reconciliation-events.ts';
import { secondsSince } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Metrics } from '../ports/services.ts';
import type { Drift } from '../users/number-summary.ts';
import { compareLists } from './compare-lists.ts';
import { correctMirror } from './correct-mirror.ts';
import { endAliases } from './end-aliases.ts';
import { type SnapshotDeps, takeSnapshot } from './list-snapshot.ts';
import { allOpen, findOpenOperations } from './open-operations.ts';
import { repairHistory } from './repair-history.ts';
import { type ResolveDeps, resolveOperations } from './resolve-operations.ts';

export interface ReconcileNumberDeps extends SnapshotDeps, ResolveDeps {
  readonly clock: SnapshotDeps['clock'];
  readonly store: BlocklistStore;
  readonly metrics: Metrics;
  /** Users that one list can hold. */
  readonly listLimit: number;
}

/** What was corrected. */
export interface Reconciled extends Drift {
  /** Some operations stay open: a worker still processes their users, a chunk will continue them, or another writer was first. */
  readonly isIncomplete?: true;
}

/**
 * Compares the mirror of a number with Graph's list, user by user, and corrects it. Throws `GraphError`, and changes nothing,
 * if the list could not be read to its end. It may run at the same time as other writers, and as another reconciliation of
 * the same number.
 */
export async function reconcileNumber(
  deps: ReconcileNumberDeps,
  phoneNumberId: string,
  deadlineMs: number,
): Promise<Reconciled> {
  const { store, clock } = deps;
  const openBefore = await findOpenOperations(deps, phoneNumberId, clock.now());
  const snapshot = await takeSnapshot(deps, phoneNumberId, deadlineMs);
  // They are read again after the snapshot. An operation that began during it may have caused what the list shows, and its worker
  // may die before it records that. An operation that begins later cannot have changed the list.
  const open = allOpen(openBefore, await findOpenOperations(deps, phoneNumberId, Date.parse(snapshot.startedAt)));
  const task = { store, phoneNumberId, reconciliationId: deps.newId(clock.now()), snapshot, open };
  const summary = await store.getSummary(phoneNumberId, true);
  const comparison = await compareLists(task);
  const { added, removed, change, lockConflicts } = await correctMirror(task, comparison);
  await repairHistory({ ...task, openNow: () => findOpenOperations(deps, phoneNumberId, clock.now()) });
  await endAliases(store, phoneNumberId, comparison);

  // An operation in progress may have written the mirror, but not the totals yet, so they cannot be set from the mirror. If an
  // operation ended after `summary` was read, the revision of the totals has changed, and the store does not overwrite them.
  const { inProgress } = await findOpenOperations(deps, phoneNumberId, Date.parse(snapshot.startedAt));
  const totals = { ...comparison.tally.totals(), over: summary?.countsRevision ?? 0 };
  const { size } = totals;
  const limit = deps.listLimit;
  const level = levelOf(size, limit) ?? 0;
  const fullness = summary?.fullness ?? 0;
  const reconciled = { reconciliationId: task.reconciliationId, reconciledAt: snapshot.startedAt };
  await store.finishReconciliation(phoneNumberId, {
    ...reconciled,
    drift: { added, removed },
    blockCounts: comparison.tally.blockCounts(),
    change,
    totals: inProgress.length > 0 ? undefined : totals,
    fullness: level < fullness ? level : undefined,
    event: driftFound(deps, { ...reconciled, phoneNumberId, added, removed }),
  });
  await tellIfNearlyFull(deps, { phoneNumberId, size, limit, fullness });
  const isAnyKept = await resolveOperations(deps, task, lockConflicts);
  // Only now: a mistyped number that Graph does not know must not be reconciled every hour.
  await store.registerNumber(phoneNumberId, snapshot.startedAt);
  deps.metrics.put('Drift', added + removed);
  deps.metrics.put('ListUtilizationMax', (totals.size / deps.listLimit) * 100);
  deps.metrics.put('ReconcileAgeMax', secondsSince(snapshot.startedAt, clock.now()));
  return { added, removed, ...(isAnyKept ? { isIncomplete: true } : {}) };
}
