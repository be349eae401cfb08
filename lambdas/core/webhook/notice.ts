import type { IdentityChange } from '../history/audit-event.ts';
import type { Requester } from '../users/mirror.ts';
import type { Untimely } from './news-age.ts';
import type { Verdict } from './verify-signature.ts';

/** What a forwarded webhook payload tells. */
export interface Notices {
  readonly numbers: readonly NumberNotice[];
  /** News of other ids that nobody can follow. */
  readonly notFollowed: readonly NotFollowed[];
}

/** Whose doing it is what follows from a payload: the caller who forwarded it, and whom they did it for. */
export type Forwarder = Pick<Requester, 'actor' | 'onBehalfOf'>;

/** A payload as it was forwarded. */
export interface Delivery extends Notices {
  readonly forwarder: Forwarder;
  /** By number. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
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
  /** ISO 8601: when it happened, as the signed payload says, to the second. */
  readonly at: string;
  /** Ids from before: a number, a BSUID, its parent. */
  readonly from: readonly string[];
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
}

/** A user's news of one number, and who forwarded it. */
export interface Move {
  readonly phoneNumberId: string;
  readonly change: ChangedIdentity;
  readonly forwarder: Forwarder;
}

/** The news that a user has other ids, whose fields do not say which, or since when, or say two things. */
export interface UnclearChange {
  readonly action: IdentityChange;
  readonly reason: 'no_old_id' | 'no_new_id' | 'contradictory_ids' | 'no_timestamp';
}

/** Why a user was not moved, although the news says clearly who has which id now. */
export type NotMoved = 'refused_by_graph' | 'older_than_known' | 'another_user';

/** News that was not followed. It names no user: it is for the log and for the answer. */
export interface NotFollowed {
  /** Absent where the payload names none. */
  readonly phoneNumberId?: string | undefined;
  readonly action: IdentityChange;
  readonly reason: UnclearChange['reason'] | Exclude<Verdict, 'verified'> | Untimely | NotMoved | 'no_phone_number_id';
}
