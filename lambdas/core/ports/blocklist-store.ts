import type { ScheduledAction } from '../changes/attempt-context.ts';
import type { OpenOperation, RecordedOperation, Resolution } from '../changes/operation.ts';
import type { Totals } from '../changes/totals.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import type { Alias, MirrorUser } from '../users/mirror.ts';
import type { Drift, ReconcileFailure, ReconcileRequest } from '../users/number-summary.ts';
import type { MirrorWrite, UserStore } from './user-store.ts';

/** A place in the mirror's order: the item after (before) which a page begins. */
export interface ListPosition {
  readonly shard: number;
  readonly user: string;
}

export interface ListPage {
  readonly users: readonly (MirrorUser & { readonly shard: number })[];
  /** Whether there is more in the direction of reading. */
  readonly more: boolean;
}

/** A write of the mirror with its audit event: both or neither. */
export interface DriftWrite extends MirrorWrite {
  readonly event: AuditEvent;
}

/** An item of the mirror as far as a reconciliation of all of them needs it: 64,000 of these have to fit in memory. */
export type ListedUser = Pick<MirrorUser, 'user' | 'state' | 'waId' | 'userId' | 'expiresAt'>;
export type ListedAlias = Pick<Alias, 'aliasOf' | 'retired' | 'ends'> & { readonly id: string };
export type ListedItem = ListedUser | ListedAlias;

/** The key of a mirror item. */
export interface ScheduledUser {
  readonly phoneNumberId: string;
  readonly user: string;
}

/** Each once. */
export interface OverdueOperations {
  readonly phoneNumberIds: readonly string[];
  /** Jobs that are to go on under such an operation. */
  readonly jobIds: readonly string[];
}

/** What a reconciliation that finished found. */
export interface ReconciliationEnd {
  readonly reconciliationId: string;
  /** ISO 8601: when its snapshot of Graph's list began. */
  readonly reconciledAt: string;
  readonly drift: Drift;
  /** What the corrections add to the counts, where these are not corrected whole. */
  readonly change: Totals;
  /**
   * What to correct the counts to, over their revision that was read before; absent while operations are in progress that
   * have changed the mirror and not the counts.
   */
  readonly totals?: (Totals & { readonly over: number }) | undefined;
}

/** A place in the order of a number's operations: the one after which a page begins, or, without an id, the end of a day. */
export interface OperationPlace {
  /** `yyyy-mm-dd`, in UTC: when the operation started. */
  readonly day: string;
  readonly operationId?: string | undefined;
}

export interface OperationPage {
  readonly operations: readonly RecordedOperation[];
  /** Where the next page begins; absent where there is no more. */
  readonly end?: OperationPlace | undefined;
}

/** The mirror, the history and the operations of a number. Every write can be repeated. */
export interface BlocklistStore extends UserStore {
  pageBlocked(
    phoneNumberId: string,
    page: { limit: number; from?: ListPosition | undefined; backward?: boolean },
  ): Promise<ListPage>;
  /** Every user and alias of the number, whatever their state, page by page, in no order; may be a moment behind. */
  listMirror(phoneNumberId: string): AsyncIterable<readonly ListedItem[]>;
  /**
   * Users of any number whose scheduled action `action` has come by `now`, the oldest first; some may have been handled a
   * moment ago.
   */
  listScheduledUsers(scheduledAction: ScheduledAction, now: string): AsyncIterable<readonly ScheduledUser[]>;
  /** As `putUsers`, each together with its event. */
  putUsersWithEvents(phoneNumberId: string, writes: readonly DriftWrite[]): Promise<string[]>;
  /** Records what was found, and corrects the counts: whole, or by `change`. Once however often it is called. */
  finishReconciliation(phoneNumberId: string, end: ReconciliationEnd): Promise<void>;
  failReconciliation(phoneNumberId: string, failure: ReconcileFailure): Promise<void>;
  /** Records that Graph says that there is no such number; gives since when it says so. A reconciliation that finishes ends it. */
  noteGone(phoneNumberId: string, at: string): Promise<string>;
  /** Takes the number from the schedules and forgets its counts, until it is registered again. */
  retireNumber(phoneNumberId: string, at: string): Promise<void>;
  /** Records that a caller asks for a reconciliation; false where another request than the one named `over` was last. */
  requestReconciliation(phoneNumberId: string, request: ReconcileRequest, over: string | undefined): Promise<boolean>;
  /** Numbers known to the schedules, in their own order. */
  listNumbers(page: { limit: number; after?: string | undefined }): Promise<string[]>;
  /**
   * Operations of the number that were started between `since` and `until` (ISO 8601 in UTC with milliseconds, both
   * inclusive), newest first, from after the place `after`. With an `actor` those of nobody else; a page may then be short,
   * or empty, before the end, since one request searches only so far.
   */
  pageOperations(
    phoneNumberId: string,
    page: {
      limit: number;
      since?: string | undefined;
      until?: string | undefined;
      actor?: string | undefined;
      after?: OperationPlace | undefined;
    },
  ): Promise<OperationPage>;
  /** Operations of the number that are in progress, crashed or uncertain. */
  listOpenOperations(phoneNumberId: string): Promise<OpenOperation[]>;
  /** What operations that have been open for longer than any function may run are of; some may have ended a moment ago. */
  listOverdueOperations(now: string): Promise<OverdueOperations>;
  /** Ends an operation that nobody completed; its counts are what Graph's list showed. */
  resolveOperation(operation: OpenOperation, resolution: Resolution): Promise<void>;
}
