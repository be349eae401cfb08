import type { Completion, Operation, OperationKey } from '../changes/operation.ts';
import type { AuditEvent, EventPage } from '../history/audit-event.ts';
import type { Alias, MirrorItem, MirrorUser } from '../users/mirror.ts';
import type { NumberSummary } from '../users/number-summary.ts';

/** A mirror write over exactly what was read before: `prior`, or nothing. */
export interface MirrorWrite {
  readonly id: string;
  readonly prior: MirrorItem | undefined;
  readonly next: MirrorUser | Alias;
}

/** What an operation writes for its users. Some get only an item, others only an audit event. */
export interface Records {
  readonly writes: readonly MirrorWrite[];
  readonly events: readonly AuditEvent[];
}

/** The part of the store that reading and changing users needs. Every write can be repeated. */
export interface UserStore {
  /** The item of each id. Ids about which nothing is known are absent from the map. */
  getUsers(phoneNumberId: string, ids: readonly string[], consistent?: boolean): Promise<Map<string, MirrorItem>>;
  /** Writes each item only over the revision of its `prior`. Gives the ids at which another writer was first. */
  putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]>;
  appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void>;
  /**
   * Does `appendEvents` and then `putUsers`. If it fails, some users may have both and others only their history. If another
   * writer was first at a user's item, the event may be recorded or not.
   */
  putRecords(phoneNumberId: string, records: Records): Promise<string[]>;
  /** Events of any of `users`, newest first, older than the key `before` (`<at>#<operationId>`). */
  pageEvents(phoneNumberId: string, users: readonly string[], page: EventPage): Promise<AuditEvent[]>;
  getSummary(phoneNumberId: string, consistent?: boolean): Promise<NumberSummary | undefined>;
  /** Whether the schedules know the number. */
  isRegistered(phoneNumberId: string): Promise<boolean>;
  /** Adds the number to those that the schedules know. */
  registerNumber(phoneNumberId: string, at: string): Promise<void>;
  /** Stores the operation, unless it is stored. */
  startOperation(operation: Operation): Promise<void>;
  /** The same before a repeat: an operation that has ended is open again, but is not counted a second time. */
  resumeOperation(operation: Operation): Promise<void>;
  /**
   * Ends the operation and adds its changes to the totals of the number: both or neither, and once, however often it is
   * called or resumed.
   */
  completeOperation(operation: OperationKey, completion: Completion): Promise<void>;
  /**
   * Does `putUsers`, `appendEvents` and `completeOperation` together, all or nothing, for a few users: one round trip, at
   * twice the write units. False if another writer was first at one of them, or if the operation had already ended.
   */
  completeWithRecords(operation: Operation, completion: Completion, records: Records): Promise<boolean>;
  /** Every id of every protected user, and the user (`ProtectedUser.user`) whose it is; as it is at this moment. */
  listProtectedIds(): Promise<ReadonlyMap<string, string>>;
  /** Adds another id of a protected user. Does nothing if they have it, or are not protected any more. */
  addProtectedId(user: string, id: string): Promise<void>;
}
