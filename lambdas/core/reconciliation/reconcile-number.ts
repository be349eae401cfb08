import type { Drift } from '../blocklist/mirror.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { correctMirror } from './correct-mirror.ts';
import { mendHistory } from './mend-history.ts';
import { findOpenOperations, type OpenOperationsDeps, resolveOperations } from './open-operations.ts';
import { type ScanDeps, scanList } from './scan-list.ts';

export interface ReconcileNumberDeps extends ScanDeps, OpenOperationsDeps {
  readonly store: BlocklistStore;
  readonly newId: (now: number) => string;
}

/**
 * Holds the mirror of a number against Graph's list, and corrects it. Throws `GraphError`, with nothing changed, where the
 * list could not be read from end to end. Safe beside other writers, and beside another reconciliation of the same number.
 */
export async function reconcileNumber(
  deps: ReconcileNumberDeps,
  phoneNumberId: string,
  deadlineMs: number,
): Promise<Drift> {
  const { store, clock } = deps;
  // Before the scan: an operation that begins later is seen by what it writes.
  const open = await findOpenOperations(deps, phoneNumberId, clock.now());
  const scan = await scanList(deps, phoneNumberId, deadlineMs);
  const before = await store.getSummary(phoneNumberId, true);
  const reconciliationId = deps.newId(clock.now());
  const task = { store, phoneNumberId, reconciliationId, scan, open };
  const { added, removed, change, counts } = await correctMirror(task);
  await mendHistory(task);

  const drift = { added, removed };
  const after = await findOpenOperations(deps, phoneNumberId, Date.parse(scan.startedAt));
  await store.finishReconciliation(phoneNumberId, {
    reconciliationId,
    reconciledAt: scan.startedAt,
    drift,
    change,
    // An operation under way may have written the mirror already, and its counts not yet.
    counts: after.underWay.length === 0 ? { from: before, to: counts } : undefined,
  });
  await resolveOperations(deps, phoneNumberId, open, scan);
  // Only now: a mistyped number that Graph does not know must not be asked about every hour.
  await store.registerNumber(phoneNumberId, scan.startedAt);
  return drift;
}
