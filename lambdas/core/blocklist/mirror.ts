import type { Action } from './outcome.ts';

/** Whose doing a change was: the caller's identity, and the person or service it acted for, as the caller says. */
export interface Requester {
  /** IAM principal of the caller. */
  readonly actor: string;
  /** `X-On-Behalf-Of`, recorded beside the actor, never instead of it. */
  readonly onBehalfOf?: string | undefined;
  readonly reason?: string | undefined;
}

/** `external`: nobody's request to this service; a reconciliation found it on Graph's list, or gone from there. */
export type Source = 'api' | 'job' | 'external';

/** The actor of what was changed elsewhere. Graph does not tell whose doing it was. */
export const EXTERNAL_ACTOR = 'external';

/**
 * What the last operation on a mirror item did to it; read again when that operation is repeated after a crash. `added` and
 * `removed` change the size of the list; `noted` is an unblock of a user not known to be blocked; `refreshed` confirms what
 * was known; `none` is an item that holds a refusal only.
 */
export type Change = 'added' | 'removed' | 'noted' | 'renewed' | 'refreshed' | 'none';

/** The last refused attempt on a user: the same refusal within a day is not recorded twice. */
export interface LastFailure extends Requester {
  readonly action: Action;
  readonly code: number;
  /** ISO 8601. */
  readonly at: string;
  readonly operationId: string;
}

export type UserState = 'blocked' | 'unblocked' | 'unknown';

/** One user on the mirror of one phone number's blocklist. Times are ISO 8601 with milliseconds, so that they sort. */
export interface MirrorUser extends Requester {
  /** `wa_id`, or the BSUID where there is no `wa_id`. */
  readonly user: string;
  readonly state: UserState;
  /** As Graph was sent it. */
  readonly input: string;
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
  /** When the user was first blocked in the present run of blocks. */
  readonly blockedAt?: string | undefined;
  readonly source: Source;
  readonly operationId: string;
  /** Taken before the call to Graph that told the state: a later observation is never overwritten by an earlier one. */
  readonly observedAt: string;
  /** Milliseconds until that answer was there: the state held at Graph at some moment in between. */
  readonly callMs: number;
  readonly change: Change;
  readonly lastFailure?: LastFailure | undefined;
  /** Optimistic lock: every write adds one. */
  readonly revision: number;
}

/** Another spelling or id of a user whose mirror item stands under `user`. */
export interface Alias {
  readonly aliasOf: string;
  readonly revision: number;
}

export type Stored = MirrorUser | Alias;

export function isAlias(stored: Stored | undefined): stored is Alias {
  return stored !== undefined && 'aliasOf' in stored;
}

/** A user's own item: an alias is none. */
export function mirrorUser(stored: Stored | undefined): MirrorUser | undefined {
  return stored === undefined || isAlias(stored) ? undefined : stored;
}

/** One line of a user's history. */
export interface AuditEvent extends Requester {
  readonly user: string;
  /** ISO 8601: the observation that told the outcome. With `operationId` the key, so that a repeat writes the same event. */
  readonly at: string;
  readonly operationId: string;
  readonly action: Action;
  readonly outcome: 'succeeded' | 'failed';
  readonly code?: number | undefined;
  readonly source: Source;
  readonly jobId?: string | undefined;
}

/** What is known of a phone number as a whole. */
export interface NumberSummary {
  /** Users on the mirror in state `blocked`. It warns; Graph decides. */
  readonly size: number;
  /** ISO 8601 of the last reconciliation that finished; absent before the first. */
  readonly reconciledAt?: string | undefined;
  /** What that reconciliation found and corrected: users on Graph's list only, and on the mirror only. */
  readonly drift?: Drift | undefined;
  /** Why the last reconciliation did not finish; absent where it did. */
  readonly reconcileFailure?: ReconcileFailure | undefined;
}

export interface Drift {
  readonly added: number;
  readonly removed: number;
}

export interface ReconcileFailure {
  /** ISO 8601. */
  readonly at: string;
  readonly code: number;
  readonly message: string;
}
