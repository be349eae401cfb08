import { withReasonsOf } from '../users/asked.ts';
import { graphSpelling } from '../users/identity.ts';
import type { Change, MirrorUser } from '../users/mirror.ts';
import {
  type AttemptContext,
  isAfter,
  isAppliedBy,
  isAutomatic,
  itemOf,
  NOTHING,
  repeatedBlock,
  type Subject,
  saysNothingNew,
  type Transition,
  wantsAction,
} from './attempt-context.ts';
import { eventOf, eventTime, requesterOf } from './attempt-event.ts';
import { deferred, failed } from './refusal.ts';
import { isLeftAlone, jobToName, leftAlone } from './reverting.ts';
import { rightAfter, seenAgain, seenBy, toldUntil } from './told-again.ts';
import { addedBy, addTotals, deltaBetween, NO_TOTALS, totalsOf } from './totals.ts';

/**
 * The rule by which the mirror follows Graph. It is pure, so that every case can be tested. If it is called again with the
 * same operation (a chunk that ran twice, a crash halfway), it writes nothing that is already written but the time at which
 * Graph was told again, and gives the same event until then.
 */
export function transition(subject: Subject, context: AttemptContext): Transition {
  const { prior } = subject;
  const change = changed(subject, context);
  if (!change.next) return change;
  const before = prior && isAppliedBy(prior, context.operationId) ? addedBy(prior) : NO_TOTALS;
  return { ...change, delta: addTotals(before, deltaBetween(totalsOf(prior), totalsOf(change.next))) };
}

function changed(subject: Subject, context: AttemptContext): Transition {
  const { prior, outcome } = subject;
  // This operation wrote the item before, so its event was written too; only the totals may be missing. But if it deferred a
  // block that Graph is now seen to have made, that is new.
  const isMade = prior?.state === 'deferred' && context.action === 'block' && !outcome.failure && !outcome.deferral;
  if (prior && isAppliedBy(prior, context.operationId) && !isMade) {
    return { delta: addedBy(prior), ...seenAgain(prior, subject, context) };
  }
  if (isLeftAlone(subject, context)) return leftAlone(subject, context);
  if (outcome.deferral && prior?.state !== 'blocked') return deferred(subject, outcome.deferral.code, context);
  // Somebody blocked the user meanwhile, so there is nothing to wait for.
  if (outcome.deferral) return failed(subject, outcome.deferral, context);
  if (outcome.failure) return failed(subject, outcome.failure, context);
  return succeeded(subject, context);
}

function succeeded(subject: Subject, context: AttemptContext): Transition {
  const { user, prior, waiting } = subject;
  const blocks = context.action === 'block';
  const state = blocks ? 'blocked' : 'unblocked';
  const { scheduledAction, startedAt } = context;
  const asking = scheduledAction && [prior, waiting].find((one) => wantsAction(one, scheduledAction, startedAt));
  // A user who is already blocked under another id keeps those terms.
  const isMade = scheduledAction === 'deferral' && prior?.state === 'blocked';
  if (scheduledAction && (!asking || isMade)) {
    // Somebody changed their mind, and wants something else than Graph was just told.
    const conflict = (prior?.state === 'blocked') !== blocks;
    if (prior?.state !== state) return { ...NOTHING, conflict };
    // If they want the same, a change that overlaps with this call must not miss it. But it would lose against a caller's state
    // with the time of this call, so only a state that the mirror brought about by itself gets that.
    return { ...NOTHING, ...(isAutomatic(prior) ? seenAgain : toldUntil)(prior, subject, context), conflict };
  }
  const conflict =
    prior !== undefined &&
    prior.state === (blocks ? 'unblocked' : 'blocked') &&
    isAfter(prior.observedAt, prior.callDurationMs, context.observedAt);
  // A caller wins against what the mirror did by itself, and against what a scan saw while the call was in progress.
  const wins = conflict && isAutomatic(prior);
  // An item that holds only a refusal or a deferred block is no observation of Graph's list.
  const isObserved = prior !== undefined && prior.state !== 'unknown' && prior.state !== 'deferred';
  if (isObserved && prior.observedAt > context.observedAt && !wins) {
    return { ...late(subject, prior, context), conflict };
  }
  const change = changeOf(prior, context);
  const keep = change === 'confirmed' ? prior : undefined;
  const requester = keep ?? requesterOf(asking, context);
  // Graph is told this again, so this change comes after the other one, whichever was first before.
  const seen = wins ? { ...context, ...rightAfter(prior, context) } : context;
  const item = itemOf(subject, seen);
  const next: MirrorUser = {
    ...item,
    ...(prior?.state === state ? seenBy(prior, seen) : {}),
    state,
    input: keep?.input ?? item.input,
    blockedAt: blocks ? ((prior?.state === 'blocked' ? prior.blockedAt : undefined) ?? seen.observedAt) : undefined,
    expiresAt: blocks ? requester.expiresAt : undefined,
    ...withReasonsOf(requester, repeatedBlock(subject, context)),
    actor: requester.actor,
    onBehalfOf: requester.onBehalfOf,
    source: keep?.source ?? item.source,
    jobId: keep ? keep.jobId : jobToName(change, subject, { jobId: requester.jobId, job: context.job }),
    change,
  };
  if (change === 'confirmed') return { ...NOTHING, next, conflict };
  // The event for the end says when the block was due to end.
  const eventRequester =
    context.scheduledAction === 'expiry' ? { ...requester, expiresAt: prior?.expiresAt } : requester;
  const event = eventOf(context, { user, at: eventTime(prior, seen), requester: eventRequester });
  return { ...NOTHING, next, conflict, event };
}

/**
 * A later observation is already recorded, and its state stays. If a reconciliation made it between this operation's answer
 * and its record, the change belongs to this operation and not to a stranger.
 */
function late(subject: Subject, prior: MirrorUser, context: AttemptContext): Transition {
  const { user, outcome } = subject;
  const blocks = context.action === 'block';
  const recorded = { ...NOTHING, event: eventOf(context, { user, at: context.startedAt }) };
  if (prior.state !== (blocks ? 'blocked' : 'unblocked')) return recorded;
  const told = toldUntil(prior, subject, context);
  if (prior.source !== 'external') return { ...recorded, ...told };
  const { actor, onBehalfOf, jobId } = requesterOf(undefined, context);
  const next: MirrorUser = {
    ...(told.next ?? prior),
    input: graphSpelling(outcome.identity),
    reason: context.reason,
    reasonCode: context.reasonCode,
    actor,
    onBehalfOf,
    expiresAt: blocks ? context.expiresAt : undefined,
    source: context.source,
    jobId,
    operationId: context.operationId,
    change: blocks ? 'updated' : 'alreadyUnblocked',
    revision: prior.revision + 1,
  };
  return { ...recorded, next };
}

function changeOf(prior: MirrorUser | undefined, context: AttemptContext): Change {
  if (context.action === 'unblock') {
    if (prior?.state === 'blocked') return 'removed';
    return prior?.state === 'unblocked' ? 'confirmed' : 'alreadyUnblocked';
  }
  if (prior?.state !== 'blocked') return 'added';
  return saysNothingNew(prior, requesterOf(undefined, context)) ? 'confirmed' : 'updated';
}
