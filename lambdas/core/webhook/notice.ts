import type { IdentityChange, Requester } from '../blocklist/mirror.ts';
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
  readonly reason: UnclearChange['reason'] | Exclude<Verdict, 'verified'> | 'no_phone_number_id' | 'refused_by_graph';
}
