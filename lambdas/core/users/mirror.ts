import type { Action } from '../changes/outcome.ts';
import type { Caller } from './asked.ts';
import { isNumber } from './number-forms.ts';

/** Whose doing a change was: the caller's identity, and the person or service it acted for, as the caller says. */
export interface Requester extends Caller {
  readonly reason?: string | undefined;
}

/** What a request to block asks for beside the block itself. */
export interface Terms {
  /** ISO 8601: when the block ends by itself; absent where it does not. */
  readonly expiresAt?: string | undefined;
  /** Whether a user who did not write in the last 24 hours is blocked as soon as they do. */
  readonly defer?: boolean | undefined;
}

/**
 * Through what a change came. `external`: nobody's request to this service; a reconciliation found it on Graph's list, or
 * gone from there. `expiry`: a temporary block that ended. `deferred`: a deferred block that the schedule tried again.
 * `webhook`: a message of the user, or the news that they have another number or id.
 */
export type Source = 'api' | 'job' | 'external' | 'expiry' | 'deferred' | 'webhook';

/** The actor of a change made elsewhere: Graph does not say who made it. */
export const EXTERNAL_ACTOR = 'external';

/** The actor of what this service does by itself. */
export const SERVICE_ACTOR = 'blocklist';

/**
 * What the last operation on a mirror item did to it; read again when that operation is repeated after a crash.
 * `alreadyUnblocked` is an unblock of a user not known to be blocked; `confirmed` changed nothing that was known; `none` is an
 * item that holds a refusal only.
 */
export type Change = 'added' | 'removed' | 'alreadyUnblocked' | 'updated' | 'deferred' | 'confirmed' | 'none';

/** The last refused attempt on a user: the same refusal within a day is not recorded twice. */
export interface LastFailure extends Requester {
  readonly action: Action;
  readonly code: number;
  /** ISO 8601. */
  readonly at: string;
  readonly operationId: string;
}

/** `deferred`: to be blocked as soon as Graph lets it; not on the list. `unknown`: nothing but a refusal is known. */
export type UserState = 'blocked' | 'unblocked' | 'deferred' | 'unknown';

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
  /** When the block ends by itself, also one that is deferred. */
  readonly expiresAt?: string | undefined;
  /** When the block was deferred: its age counts from here. */
  readonly deferredAt?: string | undefined;
  /** How often the scheduled action (the end of the block, or the deferred block) was refused. */
  readonly attempts?: number | undefined;
  /** It is not tried again before this; absent if nothing was tried. */
  readonly nextAttemptAt?: string | undefined;
  /** Ids that the user had before, the latest first: their earlier history is stored under those. */
  readonly previousIds?: readonly string[] | undefined;
  /** When an identity change last gave the id to somebody, or took it from somebody, as Meta dates it: ISO 8601. */
  readonly movedAt?: string | undefined;
  /** Whether somebody else was known by the id until then: news of it, of that time, may be of them. */
  readonly tookOver?: boolean | undefined;
  readonly source: Source;
  readonly operationId: string;
  /** Taken before the call to Graph that showed the state: a later observation is never overwritten by an earlier one. */
  readonly observedAt: string;
  /** Milliseconds until that answer was there: the state held at Graph at some moment in between. */
  readonly callDurationMs: number;
  readonly change: Change;
  readonly lastFailure?: LastFailure | undefined;
  /** The store's own: the audit event of the present block, embedded in the item. ISO 8601, when it happened; */
  readonly eventAt?: string | undefined;
  /** its operation, where that is not the item's; */
  readonly eventOperationId?: string | undefined;
  /** and its job. */
  readonly jobId?: string | undefined;
  /** Optimistic lock: every write adds one. */
  readonly revision: number;
}

/** Another spelling or id of a user: it points to the key of the user's mirror item. */
export interface Alias {
  readonly aliasOf: string;
  /** Whether the user had it before an identity change: it may become somebody else's, and Graph may list that one by it. */
  readonly retired?: boolean | undefined;
  /** Of a former id: when Graph was last known to have it unblocked, as of a user. What is known of Graph outlives a move. */
  readonly observedAt?: string | undefined;
  readonly callDurationMs?: number | undefined;
  /** Of a former id: when the user left it, as of a user. */
  readonly movedAt?: string | undefined;
  /** Whether it goes away by itself, since its user has. */
  readonly ends?: boolean | undefined;
  readonly revision: number;
}

export type MirrorItem = MirrorUser | Alias;

export function isAlias(stored: MirrorItem | undefined): stored is Alias {
  return stored !== undefined && 'aliasOf' in stored;
}

/** A user's own item: an alias is none. */
export function mirrorUser(stored: MirrorItem | undefined): MirrorUser | undefined {
  return stored === undefined || isAlias(stored) ? undefined : stored;
}

/** What is known of the identity changes of a user: it stays, whatever happens to the block. */
export function movesOf(user: MirrorUser | undefined): Pick<MirrorUser, 'previousIds' | 'movedAt' | 'tookOver'> {
  return { previousIds: user?.previousIds, movedAt: user?.movedAt, tookOver: user?.tookOver };
}

/** Former ids that are kept of a user: nobody changes their number more often, and an item must not grow without end. */
export const MOST_PREVIOUS_IDS = 20;

/** `user` with the BSUID and the identity changes of `other`, who turned out to be the same user under another id. */
export function withMovesOf(user: MirrorUser, other: MirrorUser): MirrorUser {
  const userId = user.userId ?? (isNumber(other.user) ? undefined : other.user);
  const previousIds = [...new Set([...(user.previousIds ?? []), ...(other.previousIds ?? [])])]
    .filter((id) => id !== user.user && id !== userId)
    .slice(0, MOST_PREVIOUS_IDS);
  const isLater = other.movedAt !== undefined && (user.movedAt === undefined || other.movedAt > user.movedAt);
  const ids = previousIds.length > 0 ? { previousIds } : {};
  return { ...user, ...ids, userId, movedAt: isLater ? other.movedAt : user.movedAt };
}

/** The user's own item, if it knows of identity changes. */
export function movedUser(stored: MirrorItem | undefined): MirrorUser | undefined {
  const user = mirrorUser(stored);
  return user && (user.movedAt !== undefined || (user.previousIds ?? []).length > 0) ? user : undefined;
}

/** Whether the user is blocked, or to be blocked. */
export function isWanted({ state }: Pick<MirrorUser, 'state'>): boolean {
  return state === 'blocked' || state === 'deferred';
}
