import type { ScheduledAction } from '../changes/attempt-context.ts';
import type { OpenOperation, RecordedOperation, Resolution } from '../changes/operation.ts';
import type { Totals } from '../changes/totals.ts';
import type { ServiceEvent } from '../events/event.ts';
import type { AuditEvent, EventPage, NumberEvent } from '../history/audit-event.ts';
import type { Alias, MirrorItem, MirrorUser } from '../users/mirror.ts';
import type { BlockCounts, Drift, NumberSummary, ReconcileFailure, ReconcileRequest } from '../users/number-summary.ts';
import type { ErasureStore } from './erasure-store.ts';
import type { EventRecorder } from './event-outbox.ts';
import type { ListPage, ListQuery } from './list-page.ts';
import type { ProtectedStore } from './protected-store.ts';
import type { MirrorWrite, UserStore } from './user-store.ts';

/** A mirror write with its audit event: both or neither. */
export interface DriftWrite extends MirrorWrite {
  readonly event: AuditEvent;
}

/** The part of a mirror item that a reconciliation needs: 64,000 of these must fit into memory. */
export type ListedUser = Pick<
  MirrorUser,
  'user' | 'state' | 'waId' | 'userId' | 'expiresAt' | 'blockedAt' | 'reasonCode'
>;
export type ListedAlias = Pick<Alias, 'aliasOf' | 'isPreviousId' | 'ends'> & { readonly id: string };
export type ListedItem = ListedUser | ListedAlias;

/** The key of a mirror item. */
export interface ScheduledUser {
  readonly phoneNumberId: string;
  readonly user: string;
  /** ISO 8601: since when the action is due. */
  readonly scheduledAt: string;
}

/** No duplicates. */
export interface OverdueOperations {
  /** ISO 8601: when the oldest of them started; absent if there is none. */
  readonly oldestStartedAt?: string | undefined;
  readonly phoneNumberIds: readonly string[];
  /** Jobs that must continue with such an operation. */
  readonly jobIds: readonly string[];
}

/** The result of a finished reconciliation. */
export interface ReconciliationEnd {
  readonly reconciliationId: string;
  /** ISO 8601: when its snapshot of Graph's list began. */
  readonly reconciledAt: string;
  readonly drift: Drift;
  readonly blockCounts: BlockCounts;
  /** What the corrections add to the totals, if these are not set. */
  readonly change: Totals;
  /**
   * What to set the totals to, over their revision that was read before. Absent while operations are in progress that have
   * changed the mirror and not the totals.
   */
  readonly totals?: (Totals & { readonly over: number }) | undefined;
  /** Set if the list is below the level of fullness that was told last: the level that it has now. */
  readonly fullness?: number | undefined;
  /** What others are told of it. */
  readonly event?: ServiceEvent | undefined;
}

/** A place in the order of a number's operations: the one after which a page begins, or the end of a day if there is no id. */
export interface OperationPlace {
  /** `yyyy-mm-dd`, in UTC: when the operation started. */
  readonly day: string;
  readonly operationId?: string | undefined;
}

export interface OperationPage {
  readonly operations: readonly RecordedOperation[];
  /** Where the next page begins; absent if there is none. */
  readonly end?: OperationPlace | undefined;
}

/** The mirror, the history and the operations of a number, and the protected users. Every write can be repeated. */
export interface BlocklistStore extends UserStore, ProtectedStore, ErasureStore, EventRecorder {
  /**
   * Since one request reads only a limited part of the list, a page with a filter may be short or empty before the end. The
   * next one then begins at its `end`.
   */
  pageBlocked(phoneNumberId: string, query: ListQuery): Promise<ListPage>;
  /** `getUsers` for ids on many numbers, in as few calls as possible: by number, and then by id. */
  getUsersOfNumbers(
    wanted: ReadonlyMap<string, readonly string[]>,
    consistent?: boolean,
  ): Promise<Map<string, Map<string, MirrorItem>>>;
  /** Events of the ids on each number, newest first, older than the key `before` (`<at>#<operationId>`). */
  pageEventsOfNumbers(wanted: ReadonlyMap<string, readonly string[]>, page: EventPage): Promise<NumberEvent[]>;
  /** By number; numbers of which nothing is known are absent. */
  getSummaries(phoneNumberIds: readonly string[]): Promise<Map<string, NumberSummary>>;
  /** Every user and alias of the number, in any state, page by page, in no order; may be a moment behind. */
  listMirror(phoneNumberId: string): AsyncIterable<readonly ListedItem[]>;
  /**
   * Users of any number whose scheduled action `action` is due at `now`, the oldest first. Some may have been handled a
   * moment ago.
   */
  listScheduledUsers(scheduledAction: ScheduledAction, now: string): AsyncIterable<readonly ScheduledUser[]>;
  /** Like `putUsers`, each together with its event. */
  putUsersWithEvents(phoneNumberId: string, writes: readonly DriftWrite[]): Promise<string[]>;
  /** Records the result and its event, and sets the totals, or adds `change` to them. Has its effect once, however often it is called. */
  finishReconciliation(phoneNumberId: string, end: ReconciliationEnd): Promise<void>;
  /**
   * Records the failure, and the event unless the last reconciliation failed too. Gives the time since which the mirror was not
   * compared: of the last reconciliation, or of the first that failed.
   */
  failReconciliation(phoneNumberId: string, failure: ReconcileFailure, event?: ServiceEvent): Promise<string>;
  /**
   * Records that Graph denies that the number exists. Gives the time since when it does. A finished reconciliation clears
   * that.
   */
  noteGone(phoneNumberId: string, at: string): Promise<string>;
  /** Removes the number from the schedules and clears its totals, until it is registered again. */
  takeOutOfUse(phoneNumberId: string, at: string): Promise<void>;
  /** Records that a caller asks for a reconciliation. False if the last request is another one than `over`. */
  requestReconciliation(phoneNumberId: string, request: ReconcileRequest, over: string | undefined): Promise<boolean>;
  /** Numbers that the schedules know, in the order of the store. */
  listNumbers(page: { limit: number; after?: string | undefined }): Promise<string[]>;
  /**
   * Operations of the number that started between `since` and `until` (ISO 8601 in UTC with milliseconds, both inclusive),
   * newest first, after the place `after`. With an `actor` or a `reasonCode`, only those that have it. Since one request searches
   * only a limited range, such a page may be short or empty before the end.
   */
  pageOperations(
    phoneNumberId: string,
    page: {
      limit: number;
      since?: string | undefined;
      until?: string | undefined;
      actor?: string | undefined;
      reasonCode?: string | undefined;
      after?: OperationPlace | undefined;
    },
  ): Promise<OperationPage>;
  /** Every alias of the number that leads to one of the users. It reads the whole list. */
  listAliasesOf(phoneNumberId: string, users: readonly string[]): Promise<ListedAlias[]>;
  /** Operations of the number that are in progress, crashed or uncertain. */
  listOpenOperations(phoneNumberId: string): Promise<OpenOperation[]>;
  /**
   * Numbers and jobs of the operations that have been open for longer than any function may run. Some may have ended a moment
   * ago.
   */
  listOverdueOperations(now: string): Promise<OverdueOperations>;
  /** Ends an operation that was never completed. Its counts are what Graph's list showed. */
  resolveOperation(operation: OpenOperation, resolution: Resolution): Promise<void>;
}
