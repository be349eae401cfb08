import { graphSpelling } from './identity.ts';
import type { AuditEvent, Change, LastFailure, MirrorUser, Requester, Source } from './mirror.ts';
import type { Action, UserOutcome } from './outcome.ts';

/** One pass of one operation over users: what every user of it has in common. */
export interface Pass extends Requester {
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
}

/** What an outcome does to the mirror and the history of one user. The event is written before the item. */
export interface Transition {
  /** The item to write; absent where what is stored stays as it is. */
  readonly next?: MirrorUser;
  readonly event?: AuditEvent;
  /** What it adds to the size of the list. */
  readonly sizeDelta: -1 | 0 | 1;
  /**
   * Another operation brought the user to another state while this one was under way. Nobody but Graph knows which of the
   * two it carried out last.
   */
  readonly contested?: boolean;
}

/** The same refusal is news again after Graph's window of 24 hours. */
const SAME_FAILURE_MS = 24 * 60 * 60 * 1000;
const NOTHING: Transition = { sizeDelta: 0 };

/**
 * The one rule of how the mirror follows Graph, pure so that every case can be tested. Called again with the same
 * operation (a chunk that ran twice, a crash half way) it writes nothing that was written, and gives the same event until then.
 */
export function transition(user: string, prior: MirrorUser | undefined, outcome: UserOutcome, pass: Pass): Transition {
  return outcome.failure
    ? failed(user, prior, outcome, outcome.failure.code, pass)
    : succeeded(user, prior, outcome, pass);
}

function succeeded(user: string, prior: MirrorUser | undefined, outcome: UserOutcome, pass: Pass): Transition {
  // Written by this operation before, so its event was written too; only the size may still want it.
  if (prior && isDoneBy(prior, pass.operationId)) return { sizeDelta: sizeDeltaOf(prior.change) };
  const blocks = pass.action === 'block';
  const contested =
    prior !== undefined &&
    prior.state === (blocks ? 'unblocked' : 'blocked') &&
    isAfter(prior.observedAt, prior.callMs, pass.observedAt);
  // An item that holds a refusal only is no observation of the user's state.
  if (prior && prior.state !== 'unknown' && prior.observedAt > pass.observedAt) {
    return { ...late(user, prior, outcome, pass), contested };
  }
  const wasBlocked = prior?.state === 'blocked';
  const change = changeOf(prior, pass);
  const keep = change === 'refreshed' ? prior : undefined;
  const next: MirrorUser = {
    user,
    state: blocks ? 'blocked' : 'unblocked',
    input: keep?.input ?? graphSpelling(outcome.identity),
    waId: outcome.waId ?? prior?.waId,
    userId: outcome.userId ?? prior?.userId,
    blockedAt: wasBlocked && blocks ? (prior.blockedAt ?? pass.observedAt) : blocks ? pass.observedAt : undefined,
    reason: keep ? keep.reason : (pass.reason ?? (change === 'renewed' ? prior?.reason : undefined)),
    actor: keep?.actor ?? pass.actor,
    onBehalfOf: keep ? keep.onBehalfOf : pass.onBehalfOf,
    source: keep?.source ?? pass.source,
    operationId: pass.operationId,
    observedAt: pass.observedAt,
    callMs: Date.parse(pass.answeredAt) - Date.parse(pass.observedAt),
    change,
    revision: (prior?.revision ?? 0) + 1,
  };
  const sizeDelta = sizeDeltaOf(change);
  return change === 'refreshed'
    ? { next, sizeDelta, contested }
    : { next, sizeDelta, contested, event: event(user, pass, eventTime(prior, pass)) };
}

/**
 * A later observation is there already and its state stays. Where a reconciliation made it, in the moment between this
 * operation's answer and its record, the change was no stranger's: it is this operation's.
 */
function late(user: string, prior: MirrorUser, outcome: UserOutcome, pass: Pass): Transition {
  const told = event(user, pass, pass.startedAt);
  const isOwn = prior.source === 'external' && prior.state === (pass.action === 'block' ? 'blocked' : 'unblocked');
  if (!isOwn) return { sizeDelta: 0, event: told };
  const next: MirrorUser = {
    ...prior,
    input: graphSpelling(outcome.identity),
    reason: pass.reason,
    actor: pass.actor,
    onBehalfOf: pass.onBehalfOf,
    source: pass.source,
    operationId: pass.operationId,
    change: pass.action === 'block' ? 'renewed' : 'noted',
    revision: prior.revision + 1,
  };
  return { next, sizeDelta: 0, event: told };
}

/** Whether the answer, so many milliseconds after `observedAt`, came later than `at`. */
export function isAfter(observedAt: string, callMs: number, at: string): boolean {
  return Date.parse(observedAt) + callMs > Date.parse(at);
}

function changeOf(prior: MirrorUser | undefined, pass: Pass): Change {
  if (pass.action === 'unblock') {
    if (prior?.state === 'blocked') return 'removed';
    return prior?.state === 'unblocked' ? 'refreshed' : 'noted';
  }
  if (prior?.state !== 'blocked') return 'added';
  return saysNothingNew(prior, pass) ? 'refreshed' : 'renewed';
}

/** Whether this operation brought the user to its present state. */
export function isDoneBy(user: MirrorUser, operationId: string): boolean {
  return user.operationId === operationId && user.change !== 'none';
}

/** Who blocks a blocked user again for no other reason adds nothing to its history. */
function saysNothingNew(prior: Requester, pass: Requester): boolean {
  return (
    isSameCaller(prior.actor, pass.actor) &&
    prior.onBehalfOf === pass.onBehalfOf &&
    (pass.reason === undefined || prior.reason === pass.reason)
  );
}

/** When it happened: when the operation began, or, where another one came between that and this pass, just now. */
function eventTime(prior: MirrorUser | undefined, pass: Pass): string {
  return prior && prior.observedAt > pass.startedAt ? pass.observedAt : pass.startedAt;
}

function sizeDeltaOf(change: Change): -1 | 0 | 1 {
  if (change === 'added') return 1;
  return change === 'removed' ? -1 : 0;
}

function failed(
  user: string,
  prior: MirrorUser | undefined,
  outcome: UserOutcome,
  code: number,
  pass: Pass,
): Transition {
  const last = prior?.lastFailure;
  if (last?.operationId === pass.operationId || (prior && isDoneBy(prior, pass.operationId))) return NOTHING;
  if (last && isSameFailure(last, code, pass)) return NOTHING;

  const lastFailure: LastFailure = {
    action: pass.action,
    code,
    at: pass.observedAt,
    operationId: pass.operationId,
    actor: pass.actor,
    onBehalfOf: pass.onBehalfOf,
    reason: pass.reason,
  };
  const next: MirrorUser = prior
    ? { ...prior, lastFailure, revision: prior.revision + 1 }
    : {
        user,
        state: 'unknown',
        input: graphSpelling(outcome.identity),
        waId: outcome.waId,
        userId: outcome.userId,
        actor: pass.actor,
        onBehalfOf: pass.onBehalfOf,
        source: pass.source,
        operationId: pass.operationId,
        observedAt: pass.observedAt,
        callMs: Date.parse(pass.answeredAt) - Date.parse(pass.observedAt),
        change: 'none',
        lastFailure,
        revision: 1,
      };
  return { next, sizeDelta: 0, event: { ...event(user, pass, eventTime(prior, pass)), outcome: 'failed', code } };
}

/** Sessions of one role are one caller: a task that runs every hour has another session name each time. */
function isSameCaller(one: string, other: string): boolean {
  const role = (actor: string) => actor.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1');
  return role(one) === role(other);
}

function isSameFailure(last: LastFailure, code: number, pass: Pass): boolean {
  return (
    last.action === pass.action &&
    last.code === code &&
    isSameCaller(last.actor, pass.actor) &&
    last.onBehalfOf === pass.onBehalfOf &&
    last.reason === pass.reason &&
    Date.parse(pass.observedAt) - Date.parse(last.at) < SAME_FAILURE_MS
  );
}

function event(user: string, pass: Pass, at: string): AuditEvent {
  return {
    user,
    at,
    operationId: pass.operationId,
    action: pass.action,
    outcome: 'succeeded',
    actor: pass.actor,
    onBehalfOf: pass.onBehalfOf,
    reason: pass.reason,
    source: pass.source,
    jobId: pass.jobId,
  };
}
