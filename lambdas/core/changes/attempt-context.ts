import type { AuditEvent } from '../history/audit-event.ts';
import { graphSpelling } from '../users/identity.ts';
import { type MirrorUser, movesOf, type Requester, type Source, type Terms } from '../users/mirror.ts';
import type { Action, UserOutcome } from './outcome.ts';
import type { Totals } from './totals.ts';
import { NO_TOTALS } from './totals.ts';

/** A change that the mirror asks for at a time: the end of a temporary block, or another attempt at a deferred one. */
export type ScheduledAction = 'expiry' | 'deferral';

/** What an attempt needs to know of its job. */
export interface ChangingJob {
  /** ISO 8601. */
  readonly createdAt: string;
  /** The job that it reverts. It changes nobody whom somebody else has changed since that job did. */
  readonly reverts?: string | undefined;
}

/** Who asked for a block, and by which job, if the actor only moves it to another id of its user. */
export type Blocker = Pick<Requester, 'actor' | 'onBehalfOf'> & Pick<MirrorUser, 'jobId'>;

/** What all users of one attempt have in common, including the time of the answer. */
export interface AttemptContext extends Requester, Terms {
  readonly action: Action;
  readonly operationId: string;
  /** ISO 8601: when the operation began. A repeat after a crash has the same. */
  readonly startedAt: string;
  /** ISO 8601, taken before this attempt's call to Graph. */
  readonly observedAt: string;
  /** ISO 8601, taken when the answer arrived. */
  readonly answeredAt: string;
  readonly source: Source;
  readonly jobId?: string | undefined;
  readonly job?: ChangingJob | undefined;
  readonly blockedBy?: Blocker | undefined;
  /** Set if only the mirror asks for the change. It never overrules a caller who changed the user since. */
  readonly scheduledAction?: ScheduledAction | undefined;
  /** For deferred blocks: whether this one has waited long enough, and ends with its refusal. */
  readonly isGivenUp?: ((user: MirrorUser) => boolean) | undefined;
}

/** A user of an attempt: what the mirror says about them, and what Graph answered. */
export interface Subject {
  readonly user: string;
  readonly prior: MirrorUser | undefined;
  readonly outcome: UserOutcome;
  /** The item under the id that was sent, if Graph has just named the user by another id. */
  readonly waiting?: MirrorUser | undefined;
}

/** The only function that builds a mirror item, in any state: the user as this attempt saw them. */
export function itemOf(
  { user, prior, outcome }: Subject,
  context: AttemptContext,
): Omit<MirrorUser, 'state' | 'change'> {
  const { actor, onBehalfOf, source, operationId, observedAt, answeredAt } = context;
  return {
    user,
    input: graphSpelling(outcome.identity),
    waId: outcome.waId ?? prior?.waId,
    userId: outcome.userId ?? prior?.userId,
    ...movesOf(prior),
    actor,
    onBehalfOf,
    source,
    operationId,
    observedAt,
    callDurationMs: Date.parse(answeredAt) - Date.parse(observedAt),
    revision: (prior?.revision ?? 0) + 1,
  };
}

/** What an outcome does to the mirror and the history of one user. The event is written before the item, or with it. */
export interface Transition {
  /** The item to write; absent if the stored item stays as it is. */
  readonly next?: MirrorUser;
  readonly event?: AuditEvent;
  /** What it adds to the totals of the number. */
  readonly delta: Totals;
  /**
   * Another operation wants another state of the user, and overlapped with this one. Only Graph knows which of them it
   * carried out last.
   */
  readonly conflict?: boolean;
  /** Somebody changed the user since the job that this attempt reverts. Whatever Graph answered, that is the outcome. */
  readonly changedSince?: boolean;
}

export const NOTHING: Transition = { delta: NO_TOTALS };

/** Whether this operation brought the user to its present state. */
export function isAppliedBy(user: MirrorUser, operationId: string): boolean {
  return user.operationId === operationId && user.change !== 'none';
}

/** Whether the answer, which came `callDurationMs` after `observedAt`, came later than `at`. */
export function isAfter(observedAt: string, callDurationMs: number, at: string): boolean {
  return Date.parse(observedAt) + callDurationMs > Date.parse(at);
}

/** Whether the mirror asks for the scheduled action at `now`. */
export function wantsAction(user: MirrorUser | undefined, scheduledAction: ScheduledAction, now: string): boolean {
  if (scheduledAction === 'deferral') return user?.state === 'deferred';
  return user?.state === 'blocked' && user.expiresAt !== undefined && user.expiresAt <= now;
}

/** All sessions of a role are one caller, since a task that runs every hour has another session name each time. */
export function isSameCaller(one: string, other: string): boolean {
  return callerOf(one) === callerOf(other);
}

/** An actor without the name of its session. */
export function callerOf(actor: string): string {
  return actor.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1');
}

/**
 * Whether a request repeats the present block, for the same reason and until the same time. It then adds nothing to the
 * history. A reason or code that it leaves out stays as it is.
 */
export function saysNothingNew(prior: Requester & Terms, context: Requester & Terms): boolean {
  return (
    isSameCaller(prior.actor, context.actor) &&
    prior.onBehalfOf === context.onBehalfOf &&
    prior.expiresAt === context.expiresAt &&
    (context.reason === undefined || prior.reason === context.reason) &&
    (context.reasonCode === undefined || prior.reasonCode === context.reasonCode)
  );
}

/** Whether no caller asked for it: the mirror did, or a reconciliation saw it on Graph's list. */
export function isAutomatic({ source }: Pick<MirrorUser, 'source'>): boolean {
  return source !== 'api' && source !== 'job';
}

/**
 * The block, made or deferred, that a request to block repeats. The reason or code that the request leaves out stays. Graph may
 * just have named the user by another id than the one under which the block is stored.
 */
export function repeatedBlock({ prior, waiting }: Subject, context: AttemptContext): MirrorUser | undefined {
  if (context.action === 'unblock') return undefined;
  if (prior?.state === 'blocked') return prior;
  // A block made elsewhere, or carried over from another id, is not a repeat of the one that waits.
  if (isAutomatic(context)) return undefined;
  const isEnded = prior?.state === 'unblocked';
  return [prior, waiting].find((one) => one?.state === 'deferred' || (one?.state === 'blocked' && !isEnded));
}
