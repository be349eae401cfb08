import type { Totals } from '../changes/totals.ts';
import type { Asked } from './asked.ts';

/** What is known of a phone number as a whole. */
export interface NumberSummary extends Totals {
  /** Optimistic lock of the counts: whatever changes them adds one; none before the first. */
  readonly countsRevision?: number | undefined;
  /** ISO 8601 of the last reconciliation that finished; absent before the first. */
  readonly reconciledAt?: string | undefined;
  /** What that reconciliation found and corrected: users on Graph's list only, and on the mirror only. */
  readonly drift?: Drift | undefined;
  /** Why the last reconciliation did not finish; absent where it did. */
  readonly reconcileFailure?: ReconcileFailure | undefined;
  /** The last reconciliation that a caller asked for; absent where only the schedules did. */
  readonly reconcileRequest?: ReconcileRequest | undefined;
  /** ISO 8601: since when Graph says that there is no such number; absent where it was reconciled since. */
  readonly goneSince?: string | undefined;
  /** ISO 8601: when the number was taken out of use; absent where it is in use. */
  readonly outOfUseSince?: string | undefined;
}

/** Who asked for a reconciliation, and under which name it runs. */
export interface ReconcileRequest extends Asked {
  readonly execution: string;
  /** Its place among the reconciliations of its hour: 1 for the first. */
  readonly ofHour: number;
}

export interface Drift {
  readonly added: number;
  readonly removed: number;
}

export interface ReconcileFailure {
  /** ISO 8601. */
  readonly at: string;
  readonly code: number;
  readonly message: string;
}
