import type { Completion, Operation } from '../changes/operation.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import type { Alias, MirrorItem, MirrorUser } from '../users/mirror.ts';
import type { NumberSummary } from '../users/number-summary.ts';

/** A write of the mirror over exactly what was read before: `prior`, or nothing. */
export interface MirrorWrite {
  readonly id: string;
  readonly prior: MirrorItem | undefined;
  readonly next: MirrorUser | Alias;
}

/** What an operation writes for its users: for some only an item, for others only an audit event. */
export interface Records {
  readonly writes: readonly MirrorWrite[];
  readonly events: readonly AuditEvent[];
}

/** What looking up users and changing them takes of the store. Every write can be repeated. */
export interface UserStore {
  /** What stands under each id; ids that nothing is known of are absent from the map. */
  getUsers(phoneNumberId: string, ids: readonly string[], consistent?: boolean): Promise<Map<string, MirrorItem>>;
  /** Writes each item only over the revision of its `prior`; gives the ids where another writer was first. */
  putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]>;
  appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void>;
  /**
   * As `appendEvents` and then `putUsers`. If it fails, some users may have both and others only their history. If another
   * writer was first at a user's item, the event may be recorded or not.
   */
  putRecords(phoneNumberId: string, records: Records): Promise<string[]>;
  /** Events of any of `users`, newest first, older than the key `before` (`<at>#<operationId>`). */
  pageEvents(
    phoneNumberId: string,
    users: readonly string[],
    page: { limit: number; before?: string | undefined },
  ): Promise<AuditEvent[]>;
  getSummary(phoneNumberId: string, consistent?: boolean): Promise<NumberSummary | undefined>;
  /** Whether the number is known to the schedules. */
  isRegistered(phoneNumberId: string): Promise<boolean>;
  /** Makes the number known to the schedules. */
  registerNumber(phoneNumberId: string, at: string): Promise<void>;
  startOperation(operation: Operation): Promise<void>;
  /** Ends the operation and adds what it changed to the counts of the number, both or neither, and once however often it is called. */
  completeOperation(operation: Operation, completion: Completion): Promise<void>;
  /**
   * As `putUsers`, `appendEvents` and `completeOperation` together, all or nothing, for a few users: one round trip, at
   * twice the write units. False where another writer was first at one of them, or where the operation was ended already.
   */
  completeWithRecords(operation: Operation, completion: Completion, records: Records): Promise<boolean>;
}
