import type { Action } from '../changes/outcome.ts';
import type { Caller, Reasons } from './asked.ts';
import { isNumber } from './number-forms.ts';

/** Who made a change, the person or service they acted for, and why, as they say. */
export interface Requester extends Caller, Reasons {}

/** What a request to block asks for, besides the block itself. */
export interface Terms {
  /** ISO 8601: when the block ends by itself; absent if it does not. */
  readonly expiresAt?: string | undefined;
  /** Whether a user who did not write in the last 24 hours is blocked as soon as they do. */
  readonly defer?: boolean | undefined;
}

/**
 * The source of a change. `external`: nobody asked this service; a reconciliation found the user on Graph's list, or missing
 * from it. `expiry`: a temporary block ended. `deferred`: the schedule retried a deferred block. `webhook`: a message of the
 * user, or the news of another number or id.
 */
export type Source = 'api' | 'job' | 'external' | 'expiry' | 'deferred' | 'webhook';

/** The actor of a change made elsewhere: Graph does not say who made it. */
export const EXTERNAL_ACTOR = 'external';

/** The actor of changes that this service makes by itself. */
export const SERVICE_ACTOR = 'blocklist';

/**
 * What the last operation on a mirror item did to it. It is read again when that operation is repeated after a crash.
 * `alreadyUnblocked`: an unblock of a user who was not known to be blocked. `confirmed`: nothing that was known changed.
 * `none`: the item holds only a refusal.
 */
export type Change = 'added' | 'removed' | 'alreadyUnblocked' | 'updated' | 'deferred' | 'confirmed' | 'none';

/** The last refusal of a user. The same refusal within a day is not recorded twice. */
export interface LastFailure extends Requester {
  readonly action: Action;
  readonly code: number;
  /** ISO 8601. */
  readonly at: string;
  readonly operationId: string;
}

/** `deferred`: the user is not on the list, and is blocked as soon as Graph allows it. `unknown`: only a refusal is known. */
export type UserState = 'blocked' | 'unblocked' | 'deferred' | 'unknown';

/** One user in the mirror of one phone number's blocklist. Times are ISO 8601 with milliseconds, so that they sort. */
export interface MirrorUser extends Requester {
  /** `wa_id`, or the BSUID if there is no `wa_id`. */
  readonly user: string;
  readonly state: UserState;
  /** As it was sent to Graph. */
  readonly input: string;
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
  /** When the present block began; a renewal does not change it. */
  readonly blockedAt?: string | undefined;
  /** When the block, or the deferred block, ends by itself. */
  readonly expiresAt?: string | undefined;
  /** When the block was deferred: its age counts from here. */
  readonly deferredAt?: string | undefined;
  /** How often the scheduled action (the end of the block, or the deferred block) was refused. */
  readonly attempts?: number | undefined;
  /** It is not tried again before this time; absent if it was not tried yet. */
  readonly nextAttemptAt?: string | undefined;
  /** Ids that the user had before, the latest first: their earlier history is stored under those. */
  readonly previousIds?: readonly string[] | undefined;
  /** When an identity change last gave the id to somebody, or took it from somebody, as Meta dates it: ISO 8601. */
  readonly movedAt?: string | undefined;
  /** When the user left each previous number (ISO 8601, as this service recorded it): what came later is somebody else's. */
  readonly leftAt?: Readonly<Record<string, string>> | undefined;
  /** Whether somebody else was known by the id until then. News from that time may be about them. */
  readonly tookOver?: boolean | undefined;
  /** The id of the user who had this one before they moved, if they were known. */
  readonly leftBy?: string | undefined;
  readonly source: Source;
  readonly operationId: string;
  /** The job that brought the user to the present state, or gave a block that began before the job its present terms. */
  readonly jobId?: string | undefined;
  /** Taken before the call to Graph that showed the state: a later observation is never overwritten by an earlier one. */
  readonly observedAt: string;
  /** Milliseconds until the answer. Graph had the state at some moment in between. */
  readonly callDurationMs: number;
  readonly change: Change;
  readonly lastFailure?: LastFailure | undefined;
  /** Only for the store: when the embedded audit event of the present block happened. ISO 8601. */
  readonly eventAt?: string | undefined;
  /** The operation of that event, if it is not the item's. */
  readonly eventOperationId?: string | undefined;
  /** Optimistic lock: every write adds one. */
  readonly revision: number;
}

/** Another spelling or id of a user: it points to the key of the user's mirror item. */
export interface Alias {
  readonly aliasOf: string;
  /** Whether the user had this id before a move. It may belong to somebody else later, and Graph may list them by it. */
  readonly isPreviousId?: boolean | undefined;
  /** For a previous id: when Graph was last known to have it unblocked. What is known of Graph outlives a move. */
  readonly observedAt?: string | undefined;
  readonly callDurationMs?: number | undefined;
  /** For a previous id: when the user left it. */
  readonly movedAt?: string | undefined;
  /** For a previous id: whether it had another owner, who was erased. An erasure by it is not for who left it then. */
  readonly hadNextOwner?: boolean | undefined;
  /** Whether it expires, since its user is gone. */
  readonly ends?: boolean | undefined;
  readonly revision: number;
}

export type MirrorItem = MirrorUser | Alias;

export function isAlias(stored: MirrorItem | undefined): stored is Alias {
  return stored !== undefined && 'aliasOf' in stored;
}

/** The item, if it is a user and not an alias. */
export function mirrorUser(stored: MirrorItem | undefined): MirrorUser | undefined {
  return stored === undefined || isAlias(stored) ? undefined : stored;
}

/** What is known of a user's identity changes. It stays, whatever happens to the block. */
export function movesOf(
  user: MirrorUser | undefined,
): Pick<MirrorUser, 'previousIds' | 'movedAt' | 'leftAt' | 'tookOver' | 'leftBy'> {
  const { previousIds, movedAt, leftAt, tookOver, leftBy } = user ?? {};
  return { previousIds, movedAt, leftAt, tookOver, leftBy };
}

/**
 * How many previous ids of a user are kept. Nobody changes their number more often, and an item must not grow without limit.
 */
export const MOST_PREVIOUS_IDS = 20;

/** `user` with the BSUID and identity changes of `other`, who turned out to be the same user under another id. */
export function withMovesOf(user: MirrorUser, other: MirrorUser): MirrorUser {
  const userId = user.userId ?? (isNumber(other.user) ? undefined : other.user);
  const previousIds = [...new Set([...(user.previousIds ?? []), ...(other.previousIds ?? [])])]
    .filter((id) => id !== user.user && id !== userId)
    .slice(0, MOST_PREVIOUS_IDS);
  const isLater = other.movedAt !== undefined && (user.movedAt === undefined || other.movedAt > user.movedAt);
  const leftAt = other.leftAt ? { leftAt: { ...other.leftAt, ...user.leftAt } } : {};
  const ids = previousIds.length > 0 ? { previousIds, ...leftAt } : {};
  return { ...user, ...ids, userId, movedAt: isLater ? other.movedAt : user.movedAt };
}

/** The user's own item, if it knows of identity changes. */
export function movedUser(stored: MirrorItem | undefined): MirrorUser | undefined {
  const user = mirrorUser(stored);
  return user && (user.movedAt !== undefined || (user.previousIds ?? []).length > 0) ? user : undefined;
}

/** Whether the user is blocked, or has a deferred block. */
export function isWanted({ state }: Pick<MirrorUser, 'state'>): boolean {
  return state === 'blocked' || state === 'deferred';
}
