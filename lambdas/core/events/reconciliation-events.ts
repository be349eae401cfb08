import type { Drift } from '../users/number-summary.ts';
import { type RecordDeps, recordedNow, type ServiceEvent } from './event.ts';

/** What a reconciliation corrected, and when its snapshot of Graph's list began. */
export interface FoundDrift extends Drift {
  readonly phoneNumberId: string;
  readonly reconciliationId: string;
  readonly reconciledAt: string;
}

/** None if Graph's list and the mirror were the same. */
export function driftFound(deps: RecordDeps, found: FoundDrift): ServiceEvent | undefined {
  const { phoneNumberId, reconciliationId, reconciledAt, added, removed } = found;
  if (added + removed === 0) return undefined;
  return {
    type: 'Drift Found',
    detail: {
      id: `reconciliation/${reconciliationId}`,
      ...recordedNow(deps),
      phone_number_id: phoneNumberId,
      added,
      removed,
      reconciled_at: reconciledAt,
    },
  };
}

export function numberNotReconciled(deps: RecordDeps, phoneNumberId: string, code: number): ServiceEvent {
  const recorded = recordedNow(deps);
  return {
    type: 'Number Not Reconciled',
    detail: {
      id: `not-reconciled/${phoneNumberId}/${recorded.sequence}`,
      ...recorded,
      phone_number_id: phoneNumberId,
      code,
    },
  };
}
