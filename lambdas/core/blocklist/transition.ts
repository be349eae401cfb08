import { addCounts, addedBy, countsBetween, countsOf, NO_COUNTS } from './counts.ts';
import { graphSpelling } from './identity.ts';
import type { Change, MirrorUser } from './mirror.ts';
import type { UserOutcome } from './outcome.ts';
import {
  askerOf,
  eventOf,
  eventTime,
  isAfter,
  isDoneBy,
  isDue,
  isOfItself,
  NOTHING,
  type Pass,
  saysNothingNew,
  type Transition,
} from './pass.ts';
import { deferred, failed } from './refusal.ts';

/**
 * The one rule of how the mirror follows Graph, pure so that every case can be tested. Called again with the same
 * operation (a chunk that ran twice, a crash half way) it writes nothing that was written, and gives the same event until then.
 *
 * `waiting` is what stands under the id that was sent, where Graph has just named the user by another one.
 */
export function transition(
  user: string,
  prior: MirrorUser | undefined,
  outcome: UserOutcome,
  pass: Pass,
  waiting?: MirrorUser,
): Transition {
  const change = changed(user, prior, outcome, pass, waiting);
  if (!change.next) return change;
  const before = prior && isDoneBy(prior, pass.operationId) ? addedBy(prior) : NO_COUNTS;
  return { ...change, counts: addCounts(before, countsBetween(countsOf(prior), countsOf(change.next))) };
}

function changed(
  user: string,
  prior: MirrorUser | undefined,
  outcome: UserOutcome,
  pass: Pass,
  waiting: MirrorUser | undefined,
): Transition {
  // Written by this operation before, so its event was written too; only the counts may still want it. A block that it
  // deferred, and that Graph is now seen to have made, is news all the same.
  const isMade = prior?.state === 'deferred' && pass.action === 'block' && !outcome.failure && !outcome.deferral;
  if (prior && isDoneBy(prior, pass.operationId) && !isMade) return { counts: addedBy(prior) };
  if (outcome.deferral && prior?.state !== 'blocked') {
    return deferred(user, prior, outcome, outcome.deferral.code, pass);
  }
  // Somebody blocked the user meanwhile: there is nothing to wait for.
  if (outcome.deferral) return failed(user, prior, outcome, outcome.deferral.code, pass);
  if (outcome.failure) return failed(user, prior, outcome, outcome.failure.code, pass);
  return succeeded(user, prior, outcome, pass, waiting);
}

function succeeded(
  user: string,
  prior: MirrorUser | undefined,
  outcome: UserOutcome,
  pass: Pass,
  waiting: MirrorUser | undefined,
): Transition {
  const blocks = pass.action === 'block';
  const { due, startedAt } = pass;
  const asking = due && [prior, waiting].find((one) => isDue(one, due, startedAt));
  // Whom another id is blocked by keeps those terms.
  const isMade = due === 'deferral' && prior?.state === 'blocked';
  if (due && (!asking || isMade)) {
    // Somebody changed their mind, and what they wanted is not what Graph was told just now.
    return { ...NOTHING, overruled: (prior?.state === 'blocked') !== blocks };
  }
  const overlaps =
    prior !== undefined &&
    prior.state === (blocks ? 'unblocked' : 'blocked') &&
    isAfter(prior.observedAt, prior.callMs, pass.observedAt);
  const outdone = overlaps && isOfItself(prior);
  const contested = overlaps && !outdone;
  // An item that holds a refusal only, or waits for Graph, is no observation of Graph's list.
  const isObserved = prior !== undefined && prior.state !== 'unknown' && prior.state !== 'deferred';
  if (isObserved && prior.observedAt > pass.observedAt && !outdone) {
    return { ...late(user, prior, outcome, pass), contested };
  }
  const change = changeOf(prior, pass);
  const keep = change === 'refreshed' ? prior : undefined;
  const asker = keep ?? askerOf(asking, pass);
  // Graph is asked again after this, so the change comes after the other one, whoever was first there before.
  const seen = outdone ? { ...pass, ...rightAfter(prior, pass) } : pass;
  const inheritsReason = change === 'renewed' && pass.reason === undefined;
  const next: MirrorUser = {
    user,
    state: blocks ? 'blocked' : 'unblocked',
    input: keep?.input ?? graphSpelling(outcome.identity),
    waId: outcome.waId ?? prior?.waId,
    userId: outcome.userId ?? prior?.userId,
    blockedAt: blocks ? ((prior?.state === 'blocked' ? prior.blockedAt : undefined) ?? seen.observedAt) : undefined,
    expiresAt: blocks ? asker.expiresAt : undefined,
    formerly: prior?.formerly,
    reason: inheritsReason ? prior?.reason : asker.reason,
    actor: asker.actor,
    onBehalfOf: asker.onBehalfOf,
    source: keep?.source ?? pass.source,
    operationId: pass.operationId,
    observedAt: seen.observedAt,
    callMs: Date.parse(seen.answeredAt) - Date.parse(seen.observedAt),
    change,
    revision: (prior?.revision ?? 0) + 1,
  };
  if (change === 'refreshed') return { ...NOTHING, next, contested, outdone };
  // The end of a temporary block tells when it was to end.
  const told = pass.due === 'expiry' ? { ...asker, expiresAt: prior?.expiresAt } : asker;
  return { ...NOTHING, next, contested, outdone, event: eventOf(user, pass, told, eventTime(prior, seen)) };
}

/** The first moment after the answer that brought the user to the state of `prior`, and after this pass's own. */
function rightAfter({ observedAt, callMs }: MirrorUser, { answeredAt }: Pass) {
  const at = new Date(Math.max(Date.parse(observedAt) + callMs, Date.parse(answeredAt)) + 1).toISOString();
  return { startedAt: at, observedAt: at, answeredAt: at };
}

/**
 * A later observation is there already and its state stays. Where a reconciliation made it, in the moment between this
 * operation's answer and its record, the change was no stranger's: it is this operation's.
 */
function late(user: string, prior: MirrorUser, outcome: UserOutcome, pass: Pass): Transition {
  const blocks = pass.action === 'block';
  const told = { ...NOTHING, event: eventOf(user, pass, pass, pass.startedAt) };
  const isOwn = prior.source === 'external' && prior.state === (blocks ? 'blocked' : 'unblocked');
  if (!isOwn) return told;
  const { actor, onBehalfOf } = askerOf(undefined, pass);
  const next: MirrorUser = {
    ...prior,
    input: graphSpelling(outcome.identity),
    reason: pass.reason,
    actor,
    onBehalfOf,
    expiresAt: blocks ? pass.expiresAt : undefined,
    source: pass.source,
    operationId: pass.operationId,
    change: blocks ? 'renewed' : 'noted',
    revision: prior.revision + 1,
  };
  return { ...told, next };
}

function changeOf(prior: MirrorUser | undefined, pass: Pass): Change {
  if (pass.action === 'unblock') {
    if (prior?.state === 'blocked') return 'removed';
    return prior?.state === 'unblocked' ? 'refreshed' : 'noted';
  }
  if (prior?.state !== 'blocked') return 'added';
  return saysNothingNew(prior, askerOf(undefined, pass)) ? 'refreshed' : 'renewed';
}
