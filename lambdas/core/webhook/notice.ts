import type { IdentityChange } from '../history/audit-event.ts';
import type { Requester } from '../users/mirror.ts';
import type { Untimely } from './news-age.ts';
import type { Verdict } from './verify-signature.ts';

/** What a forwarded webhook payload says. */
export interface Notices {
  readonly numbers: readonly NumberNotice[];
  /** News of other ids that cannot be followed. */
  readonly notFollowed: readonly NotFollowed[];
}

/** Who is recorded for everything that follows from a payload: the caller who forwarded it, and the person they act for. */
export type Forwarder = Pick<Requester, 'actor' | 'onBehalfOf'>;

/** A payload in the form in which it was forwarded. */
export interface Delivery extends Notices {
  readonly forwarder: Forwarder;
  /** By number. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/** What it says about one phone number. */
export interface NumberNotice {
  readonly phoneNumberId: string;
  /** The users who wrote, each with every id that the payload gives. */
  readonly senders: readonly string[];
  readonly changes: readonly ChangedIdentity[];
}

/** A user who has another number or id now. */
export interface ChangedIdentity {
  readonly action: IdentityChange;
  /** ISO 8601, to the second: when it happened, as the signed payload says. */
  readonly at: string;
  /** The previous ids: a number, a BSUID, its parent. */
  readonly from: readonly string[];
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
}

/** News about a user of one number, and who forwarded it. */
export interface Move {
  readonly phoneNumberId: string;
  readonly change: ChangedIdentity;
  readonly forwarder: Forwarder;
}

/** News that a user has other ids, but whose fields do not say which, or since when, or contradict each other. */
export interface UnclearChange {
  readonly action: IdentityChange;
  readonly reason: 'no_old_id' | 'no_new_id' | 'contradictory_ids' | 'no_timestamp';
}

/** Why a user was not moved, although the news says clearly who has which id now. */
export type NotMoved = 'refused_by_graph' | 'older_than_known' | 'another_user' | 'protected_user';

/** News that was not followed. It names no user, since it is logged and answered. */
export interface NotFollowed {
  /** Absent if the payload names none. */
  readonly phoneNumberId?: string | undefined;
  readonly action: IdentityChange;
  readonly reason: UnclearChange['reason'] | Exclude<Verdict, 'verified'> | Untimely | NotMoved | 'no_phone_number_id';
}
