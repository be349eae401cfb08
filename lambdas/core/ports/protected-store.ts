import type { AuditEvent } from '../history/audit-event.ts';
import type { ProtectedUser } from '../protection/protected-user.ts';

/** A change of one protected user, over exactly what was read: `prior`, or nothing. */
export interface ProtectionChange {
  readonly prior: ProtectedUser | undefined;
  readonly next: ProtectedUser;
  /** Recorded in the history of every number. */
  readonly event: AuditEvent;
}

/** The end of the protection of a user, over exactly what was read. */
export interface ProtectionEnd {
  readonly prior: ProtectedUser;
  readonly event: AuditEvent;
}

/** The protected users, of whom there are few. */
export interface ProtectedStore {
  /** All of them, by `user`; as they are at this moment. */
  listProtected(): Promise<ProtectedUser[]>;
  /** Writes the user and the event, both or neither. False, and nothing written, if another writer was first. */
  changeProtection(change: ProtectionChange): Promise<boolean>;
  /** The same for a user who is protected no more. */
  endProtection(end: ProtectionEnd): Promise<boolean>;
}
