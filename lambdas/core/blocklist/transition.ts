import { addCounts, addedBy, countsBetween, countsOf, NO_COUNTS } from './counts.ts';
import { graphSpelling } from './identity.ts';
import type { Change, MirrorUser } from './mirror.ts';
import {
  askerOf,
  eventOf,
  eventTime,
  isAfter,
  isDoneBy,
  isDue,
  isOfItself,
  itemOf,
  NOTHING,
  type Pass,
  type Subject,
  saysNothingNew,
  type Transition,
} from './pass.ts';
import { deferred, failed } from './refusal.ts';

/**
 * The one rule of how the mirror follows Graph, pure so that every case can be tested. Called again with the same
 * operation (a chunk that ran twice, a crash half way) it writes nothing that was written, and gives the same event until then.
 */
export function transition(subject: Subject, pass: Pass): Transition {
  const { prior } = subject;
  const change = changed(subject, pass);
  if (!change.next) return change;
  const before = prior && isDoneBy(prior, pass.operationId) ? addedBy(prior) : NO_COUNTS;
  return { ...change, counts: addCounts(before, countsBetween(countsOf(prior), countsOf(change.next))) };
}

function changed(subject: Subject, pass: Pass): Transition {
  const { prior, outcome } = subject;
  // Written by this operation before, so its event was written too; only the counts may still want it. A block that it
  // deferred, and that Graph is now seen to have made, is news all the same.
  const isMade = prior?.state === 'deferred' && pass.action === 'block' && !outcome.failure && !outcome.deferral;
  if (prior && isDoneBy(prior, pass.operationId) && !isMade) return { counts: addedBy(prior) };
  if (outcome.deferral && prior?.state !== 'blocked') return deferred(subject, outcome.deferral.code, pass);
  // Somebody blocked the user meanwhile: there is nothing to wait for.
  if (outcome.deferral) return failed(subject, outcome.deferral.code, pass);
  if (outcome.failure) return failed(subject, outcome.failure.code, pass);
  return succeeded(subject, pass);
}

function succeeded(subject: Subject, pass: Pass): Transition {
  const { user, prior, waiting } = subject;
  const blocks = pass.action === 'block';
  const { due, startedAt } = pass;
  const asking = due && [prior, waiting].find((one) => isDue(one, due, startedAt));
  // Whom another id is blocked by keeps those terms.
  const isMade = due === 'deferral' && prior?.state === 'blocked';
  if (due && (!asking || isMade)) {
    // Somebody changed their mind, and what they wanted is not what Graph was told just now.
    return { ...NOTHING, conflict: (prior?.state === 'blocked') !== blocks };
  }
  const conflict =
    prior !== undefined &&
    prior.state === (blocks ? 'unblocked' : 'blocked') &&
    isAfter(prior.observedAt, prior.callMs, pass.observedAt);
  // A caller is right against what the mirror did of itself, and against what a scan saw while the call was under way.
  const wins = conflict && isOfItself(prior);
  // An item that holds a refusal only, or waits for Graph, is no observation of Graph's list.
  const isObserved = prior !== undefined && prior.state !== 'unknown' && prior.state !== 'deferred';
  if (isObserved && prior.observedAt > pass.observedAt && !wins) {
    return { ...late(subject, prior, pass), conflict };
  }
  const change = changeOf(prior, pass);
  const keep = change === 'refreshed' ? prior : undefined;
  const asker = keep ?? askerOf(asking, pass);
  // Graph is told this again, so the change comes after the other one, whoever was first there before.
  const seen = wins ? { ...pass, ...rightAfter(prior, pass) } : pass;
  const inheritsReason = change === 'renewed' && pass.reason === undefined;
  const item = itemOf(subject, seen);
  const next: MirrorUser = {
    ...item,
    state: blocks ? 'blocked' : 'unblocked',
    input: keep?.input ?? item.input,
    blockedAt: blocks ? ((prior?.state === 'blocked' ? prior.blockedAt : undefined) ?? seen.observedAt) : undefined,
    expiresAt: blocks ? asker.expiresAt : undefined,
    reason: inheritsReason ? prior?.reason : asker.reason,
    actor: asker.actor,
    onBehalfOf: asker.onBehalfOf,
    source: keep?.source ?? item.source,
    change,
  };
  if (change === 'refreshed') return { ...NOTHING, next, conflict };
  // The end of a temporary block tells when it was to end.
  const told = pass.due === 'expiry' ? { ...asker, expiresAt: prior?.expiresAt } : asker;
  return { ...NOTHING, next, conflict, event: eventOf(user, pass, told, eventTime(prior, seen)) };
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
function late({ user, outcome }: Subject, prior: MirrorUser, pass: Pass): Transition {
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
