import type { IdentityChange } from '../blocklist/mirror.ts';

/** What a forwarded webhook payload tells. */
export interface Notices {
  readonly numbers: readonly NumberNotice[];
  /** News of other ids that nobody can follow. */
  readonly notFollowed: readonly NotFollowed[];
}

/** What it tells of one phone number. */
export interface NumberNotice {
  readonly phoneNumberId: string;
  /** Ids of the users who wrote, each user by every id that the payload gives. */
  readonly senders: readonly string[];
  readonly changes: readonly ChangedIdentity[];
}

/** A user who is the same under another number or id. */
export interface ChangedIdentity {
  readonly action: IdentityChange;
  /** Ids from before: a number, a BSUID, its parent. */
  readonly from: readonly string[];
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
}

/** The news that a user has other ids, whose fields do not say which, or say two things. */
export interface UnclearChange {
  readonly action: IdentityChange;
  readonly reason: 'no_old_id' | 'no_new_id' | 'contradictory_ids';
}

/** News that was not followed. It names no user: it is for the log and for the answer. */
export interface NotFollowed {
  /** Absent where the payload names none. */
  readonly phoneNumberId?: string | undefined;
  readonly action: IdentityChange;
  readonly reason: UnclearChange['reason'] | 'no_phone_number_id';
}
