import type { IdentityChange } from '../blocklist/mirror.ts';

/** What a forwarded webhook payload tells of one phone number. */
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
