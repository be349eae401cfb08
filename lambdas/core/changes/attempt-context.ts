import type { AuditEvent } from '../history/audit-event.ts';
import { graphSpelling } from '../users/identity.ts';
import { type MirrorUser, movesOf, type Requester, type Source, type Terms } from '../users/mirror.ts';
import type { Action, UserOutcome } from './outcome.ts';
import type { Totals } from './totals.ts';
import { NO_TOTALS } from './totals.ts';

/** A scheduled action, which the mirror itself asks for at its time: the end of a temporary block, or a deferred block. */
export type ScheduledAction = 'expiry' | 'deferral';

/** What all users of one attempt have in common, the time of the answer included. */
export interface AttemptContext extends Requester, Terms {
  readonly action: Action;
  readonly operationId: string;
  /** ISO 8601: when the operation began. A repeat after a crash has the same. */
  readonly startedAt: string;
  /** ISO 8601, taken before this attempt's call to Graph. */
  readonly observedAt: string;
  /** ISO 8601, taken when the answer was there. */
  readonly answeredAt: string;
  readonly source: Source;
  readonly jobId?: string | undefined;
  /** Who asked for the block, where the actor only makes it hold for another id of its user. */
  readonly blockedBy?: Pick<Requester, 'actor' | 'onBehalfOf'> | undefined;
  /** Set if only the mirror asks: it never overrules a caller who changed it since. */
  readonly scheduledAction?: ScheduledAction | undefined;
  /** Of deferred blocks that are due: whether this one waits no longer, and ends with its refusal. */
  readonly isGivenUp?: ((user: MirrorUser) => boolean) | undefined;
}

/** A user of an attempt: what the mirror has of them, and what Graph said. */
export interface Subject {
  readonly user: string;
  readonly prior: MirrorUser | undefined;
  readonly outcome: UserOutcome;
  /** What stands under the id that was sent, if Graph has just named the user by another one. */
  readonly waiting?: MirrorUser | undefined;
}

/** The one place where a mirror item is built, in any state: as this attempt saw the user. */
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
  /** The item to write; absent where what is stored stays as it is. */
  readonly next?: MirrorUser;
  readonly event?: AuditEvent;
  /** What it adds to the counts of the number. */
  readonly delta: Totals;
  /**
   * Another operation wants another state of the user, and overlapped with this one. Nobody but Graph knows which of the two
   * it carried out last.
   */
  readonly conflict?: boolean;
}

export const NOTHING: Transition = { delta: NO_TOTALS };

/** Whether this operation brought the user to its present state. */
export function isAppliedBy(user: MirrorUser, operationId: string): boolean {
  return user.operationId === operationId && user.change !== 'none';
}

/** Whether the answer, so many milliseconds after `observedAt`, came later than `at`. */
export function isAfter(observedAt: string, callDurationMs: number, at: string): boolean {
  return Date.parse(observedAt) + callDurationMs > Date.parse(at);
}

/** Whether the mirror asks for the scheduled action at `now`. */
export function wantsAction(user: MirrorUser | undefined, scheduledAction: ScheduledAction, now: string): boolean {
  if (scheduledAction === 'deferral') return user?.state === 'deferred';
  return user?.state === 'blocked' && user.expiresAt !== undefined && user.expiresAt <= now;
}

/** Sessions of one role are one caller: a task that runs every hour has another session name each time. */
export function isSameCaller(one: string, other: string): boolean {
  return callerOf(one) === callerOf(other);
}

/** An actor without the name of its session. */
export function callerOf(actor: string): string {
  return actor.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1');
}

/** A request that repeats what is there, for the same reason and the same time, adds nothing to the history. */
export function saysNothingNew(prior: Requester & Terms, context: Requester & Terms): boolean {
  return (
    isSameCaller(prior.actor, context.actor) &&
    prior.onBehalfOf === context.onBehalfOf &&
    prior.expiresAt === context.expiresAt &&
    (context.reason === undefined || prior.reason === context.reason)
  );
}

/** Whether no caller asked for the user's present state: the mirror itself did, or a reconciliation saw it on Graph's list. */
export function isAutomatic({ source }: MirrorUser): boolean {
  return source !== 'api' && source !== 'job';
}
