import { nextTry } from './due-times.ts';
import type { LastFailure, MirrorUser } from './mirror.ts';
import {
  askerOf,
  type Due,
  eventOf,
  eventTime,
  isDue,
  isSameCaller,
  itemOf,
  NOTHING,
  type Pass,
  type Subject,
  saysNothingNew,
  type Transition,
} from './pass.ts';

/** The same refusal is news again after Graph's window of 24 hours. */
const SAME_FAILURE_MS = 24 * 60 * 60 * 1000;

/** A refusal of one user: the state stays, and history tells it. */
export function failed(subject: Subject, code: number, pass: Pass): Transition {
  const { user, prior } = subject;
  const last = prior?.lastFailure;
  if (last?.operationId === pass.operationId) return NOTHING;
  if (pass.due) return failedDue(prior, code, { ...pass, due: pass.due });
  if (last && isSameFailure(last, code, pass)) return NOTHING;
  const lastFailure = failureOf(code, pass);
  const next: MirrorUser = prior
    ? { ...prior, lastFailure, revision: prior.revision + 1 }
    : { ...itemOf(subject, pass), state: 'unknown', change: 'none', lastFailure };
  const event = eventOf(user, pass, pass, eventTime(prior, pass));
  return { ...NOTHING, next, event: { ...event, outcome: 'failed', code } };
}

/** What is due stays due, later. A deferred block ends by an unblock, by success or by its age, and by no refusal. */
function failedDue(prior: MirrorUser | undefined, code: number, pass: Pass & { readonly due: Due }): Transition {
  const { due } = pass;
  // Renewed, ended or made by another way while this was under way: that stays.
  if (!prior || !isDue(prior, due, pass.startedAt)) return NOTHING;
  const lastFailure = failureOf(code, pass);
  const event = eventOf(prior.user, pass, askerOf(prior, pass), eventTime(prior, pass));
  const told = { event: { ...event, expiresAt: prior.expiresAt, outcome: 'failed' as const, code } };
  if (pass.isGivenUp) {
    return pass.isGivenUp(prior) ? { ...NOTHING, next: endedDeferral(prior, pass, lastFailure), ...told } : NOTHING;
  }
  // A message of the user opens Graph's window just now: the next run of the schedule is to try again.
  const isNow = pass.source === 'webhook';
  const tries = isNow ? 0 : (prior.tries ?? 0) + 1;
  const retryAt = isNow ? pass.observedAt : nextTry(due, tries, pass.observedAt);
  const isTold = prior.lastFailure !== undefined && isSameFailure(prior.lastFailure, code, pass);
  const next = { ...prior, tries, retryAt, lastFailure, revision: prior.revision + 1 };
  return { ...NOTHING, next, ...(isTold ? {} : told) };
}

/** A deferred block that is given up: the user was never blocked. */
function endedDeferral(prior: MirrorUser, { operationId, observedAt }: Pass, lastFailure: LastFailure): MirrorUser {
  return {
    ...prior,
    state: 'unblocked',
    expiresAt: undefined,
    deferredAt: undefined,
    tries: undefined,
    retryAt: undefined,
    operationId,
    observedAt,
    callMs: 0,
    change: 'noted',
    lastFailure,
    revision: prior.revision + 1,
  };
}

/** Graph does not let the user be blocked yet: kept, and tried again when they write, and by the schedule. */
export function deferred(subject: Subject, code: number, pass: Pass): Transition {
  const { user, prior } = subject;
  // Ended by hand, or blocked by another way, while this try was under way.
  if (pass.due && prior?.state !== 'deferred') return NOTHING;
  const waits = prior?.state === 'deferred' ? prior : undefined;
  const asker = askerOf(waits, pass);
  const event = { ...eventOf(user, pass, asker, eventTime(prior, pass)), outcome: 'deferred' as const, code };
  // Somebody saw the user later than this, blocked or unblocked: that stays.
  if (prior && !waits && prior.state !== 'unknown' && prior.observedAt > pass.observedAt) return { ...NOTHING, event };
  const isNews = !waits || !(pass.due || saysNothingNew(waits, asker));
  const keep = isNews ? undefined : waits;
  // A message of the user is a new beginning: Graph may only be a moment behind.
  const tries = pass.due && pass.source !== 'webhook' ? (waits?.tries ?? 0) + 1 : 1;
  const item = itemOf(subject, pass);
  const next: MirrorUser = {
    ...item,
    state: 'deferred',
    input: keep?.input ?? item.input,
    expiresAt: asker.expiresAt,
    deferredAt: pass.due ? waits?.deferredAt : pass.observedAt,
    tries,
    retryAt: nextTry('deferral', tries, pass.observedAt),
    reason: keep ? keep.reason : asker.reason,
    actor: keep?.actor ?? asker.actor,
    onBehalfOf: keep ? keep.onBehalfOf : asker.onBehalfOf,
    source: keep?.source ?? item.source,
    change: isNews ? 'deferred' : 'refreshed',
    lastFailure: prior?.lastFailure,
  };
  return { ...NOTHING, next, ...(isNews ? { event } : {}) };
}

function failureOf(code: number, pass: Pass): LastFailure {
  const { action, observedAt: at, operationId, actor, onBehalfOf, reason } = pass;
  return { action, code, at, operationId, actor, onBehalfOf, reason };
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
