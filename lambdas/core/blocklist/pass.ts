import type { Counts } from './counts.ts';
import { NO_COUNTS } from './counts.ts';
import { graphSpelling } from './identity.ts';
import { type AuditEvent, type MirrorUser, movesOf, type Requester, type Source, type Terms } from './mirror.ts';
import type { Action, UserOutcome } from './outcome.ts';

/** What the mirror itself asks for at its time: the end of a temporary block, or a block that was deferred. */
export type Due = 'expiry' | 'deferral';

/** One pass of one operation over users: what every user of it has in common. */
export interface Pass extends Requester, Terms {
  readonly action: Action;
  readonly operationId: string;
  /** ISO 8601: when the operation began. A repeat after a crash has the same. */
  readonly startedAt: string;
  /** ISO 8601, taken before this pass's call to Graph. */
  readonly observedAt: string;
  /** ISO 8601, taken when the answer was there. */
  readonly answeredAt: string;
  readonly source: Source;
  readonly jobId?: string | undefined;
  /** Who asked for the block, where the actor only makes it hold for another id of its user. */
  readonly blockedBy?: Pick<Requester, 'actor' | 'onBehalfOf'> | undefined;
  /** Set where nobody asks but the mirror: whoever changed their mind since is not overruled. */
  readonly due?: Due | undefined;
  /** Of deferred blocks that are due: whether this one waits no longer, and ends with its refusal. */
  readonly isGivenUp?: ((user: MirrorUser) => boolean) | undefined;
}

/** A user of a pass: what the mirror has of them, and what Graph said. */
export interface Subject {
  readonly user: string;
  readonly prior: MirrorUser | undefined;
  readonly outcome: UserOutcome;
  /** What stands under the id that was sent, if Graph has just named the user by another one. */
  readonly waiting?: MirrorUser | undefined;
}

/** The one place where a mirror item is built, in any state: as this pass saw the user. */
export function itemOf({ user, prior, outcome }: Subject, pass: Pass): Omit<MirrorUser, 'state' | 'change'> {
  const { actor, onBehalfOf, source, operationId, observedAt, answeredAt } = pass;
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
    callMs: Date.parse(answeredAt) - Date.parse(observedAt),
    revision: (prior?.revision ?? 0) + 1,
  };
}

/** What an outcome does to the mirror and the history of one user. The event is written before the item, or with it. */
export interface Transition {
  /** The item to write; absent where what is stored stays as it is. */
  readonly next?: MirrorUser;
  readonly event?: AuditEvent;
  /** What it adds to the counts of the number. */
  readonly counts: Counts;
  /**
   * Another operation wants another state of the user, and overlapped with this one. Nobody but Graph knows which of the two
   * it carried out last.
   */
  readonly conflict?: boolean;
}

export const NOTHING: Transition = { counts: NO_COUNTS };

/** Whether this operation brought the user to its present state. */
export function isDoneBy(user: MirrorUser, operationId: string): boolean {
  return user.operationId === operationId && user.change !== 'none';
}

/** Whether the answer, so many milliseconds after `observedAt`, came later than `at`. */
export function isAfter(observedAt: string, callMs: number, at: string): boolean {
  return Date.parse(observedAt) + callMs > Date.parse(at);
}

/** Whether the mirror asks at `now` for what is due. */
export function isDue(user: MirrorUser | undefined, due: Due, now: string): boolean {
  if (due === 'deferral') return user?.state === 'deferred';
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

/** Who asks again for what is there, for no other reason and no other time, adds nothing to its history. */
export function saysNothingNew(prior: Requester & Terms, pass: Requester & Terms): boolean {
  return (
    isSameCaller(prior.actor, pass.actor) &&
    prior.onBehalfOf === pass.onBehalfOf &&
    prior.expiresAt === pass.expiresAt &&
    (pass.reason === undefined || prior.reason === pass.reason)
  );
}

/** Whether no caller asked for the user's present state: the mirror itself did, or a reconciliation saw it on Graph's list. */
export function isOfItself({ source }: MirrorUser): boolean {
  return source !== 'api' && source !== 'job';
}

/** When it happened: when the operation began, or, where another one, or another part of it, came between that and this pass, just now. */
export function eventTime(prior: MirrorUser | undefined, pass: Pass): string {
  const isLater = prior && (prior.observedAt > pass.startedAt || isDoneBy(prior, pass.operationId));
  return isLater ? pass.observedAt : pass.startedAt;
}

/** Who asked for what this pass carries out: its caller, or whoever asked for the block that was deferred, or that moves. */
export function askerOf(prior: MirrorUser | undefined, pass: Pass): Requester & Terms {
  if (pass.due === 'deferral' && prior) return prior;
  const { actor, onBehalfOf } = pass.blockedBy ?? pass;
  return { ...pass, actor, onBehalfOf };
}

/** What a forwarded webhook did is told as its forwarder's doing; who asked for the block stands in the item. */
export function eventOf(user: string, pass: Pass, asker: Requester & Terms, at: string): AuditEvent {
  const { actor, onBehalfOf } = pass.source === 'webhook' ? pass : asker;
  return {
    user,
    at,
    operationId: pass.operationId,
    action: pass.action,
    outcome: 'succeeded',
    actor,
    onBehalfOf,
    reason: asker.reason,
    source: pass.source,
    jobId: pass.jobId,
    expiresAt: asker.expiresAt,
  };
}
