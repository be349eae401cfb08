import type { Totals } from '../changes/totals.ts';
import type { Asked } from './asked.ts';

/** What is known about a phone number as a whole. */
export interface NumberSummary extends Totals {
  /** Optimistic lock of the totals. Every change of them adds one; absent before the first. */
  readonly countsRevision?: number | undefined;
  /** ISO 8601 of the last reconciliation that finished; absent before the first. */
  readonly reconciledAt?: string | undefined;
  /** What that reconciliation corrected: users only on Graph's list, and users only in the mirror. */
  readonly drift?: Drift | undefined;
  /** The blocks that the last finished reconciliation counted; absent before the first, and out of use. */
  readonly blockCounts?: BlockCounts | undefined;
  /** The level of the last event that told how full the list is, in percent; absent before the first. */
  readonly fullness?: number | undefined;
  /** Why the last reconciliation failed; absent if it did not. */
  readonly reconcileFailure?: ReconcileFailure | undefined;
  /** ISO 8601: when the first of the failed reconciliations since the last finished one failed; absent with `reconcileFailure`. */
  readonly failingSince?: string | undefined;
  /** The last reconciliation that a caller requested; absent if only the schedule ran. */
  readonly reconcileRequest?: ReconcileRequest | undefined;
  /** ISO 8601: since when Graph denies that the number exists; absent if it was reconciled since. */
  readonly goneSince?: string | undefined;
  /** ISO 8601: when the number was taken out of use; absent if it is in use. */
  readonly outOfUseSince?: string | undefined;
}

/** Who requested a reconciliation, and the name of its execution. */
export interface ReconcileRequest extends Asked {
  readonly execution: string;
  /** Its number among the requested reconciliations of its hour, from 1. */
  readonly ofHour: number;
}

/** Ages by which blocks are counted, in days. */
export const AGES_DAYS = [7, 30, 90, 180, 365] as const;

/** Blocks of a number, counted by what a team that needs room on its list decides by. */
export interface BlockCounts {
  readonly total: number;
  /** Blocks that end by themselves. */
  readonly expiring: number;
  /** Only codes that some block has. All other blocks have none. */
  readonly byReasonCode: Readonly<Record<string, number>>;
  /** Blocks that are older than so many days, for each of `AGES_DAYS`. */
  readonly olderThanDays: Readonly<Record<string, number>>;
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
