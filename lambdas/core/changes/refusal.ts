import { whoAndWhy, withReasonsOf } from '../users/asked.ts';
import type { LastFailure, MirrorUser } from '../users/mirror.ts';
import {
  type AttemptContext,
  itemOf,
  NOTHING,
  repeatedBlock,
  type ScheduledAction,
  type Subject,
  saysNothingNew,
  type Transition,
  wantsAction,
} from './attempt-context.ts';
import { eventOf, eventTime, requesterOf } from './attempt-event.ts';
import type { Failure } from './outcome.ts';
import { isSameFailure } from './same-failure.ts';
import { nextAttemptTime } from './scheduled-times.ts';

/** A refusal of one user: the state stays, and the history records the refusal. */
export function failed(subject: Subject, failure: Failure, context: AttemptContext): Transition {
  const { user, prior } = subject;
  const { code } = failure;
  const last = prior?.lastFailure;
  if (last?.operationId === context.operationId) return NOTHING;
  if (context.scheduledAction)
    return failedAction(prior, failure, { ...context, scheduledAction: context.scheduledAction });
  if (last && isSameFailure(last, code, context)) return NOTHING;
  const lastFailure = lastFailureOf(code, context);
  const next: MirrorUser = prior
    ? { ...prior, lastFailure, revision: prior.revision + 1 }
    : { ...itemOf(subject, context), state: 'unknown', change: 'none', lastFailure };
  const event = eventOf(context, { user, at: eventTime(prior, context) });
  return { ...NOTHING, next, event: { ...event, outcome: 'failed', code } };
}

/**
 * A refused scheduled action is tried again later. A deferred block ends with an unblock, a success, its age or the protection
 * of its user, never with a refusal by Graph.
 */
function failedAction(
  prior: MirrorUser | undefined,
  { code, blocklistCode, maybeApplied }: Failure,
  context: AttemptContext & { readonly scheduledAction: ScheduledAction },
): Transition {
  const { scheduledAction } = context;
  // If a caller renewed, ended or made the block while this was in progress, that stays.
  if (!prior || !wantsAction(prior, scheduledAction, context.startedAt)) return NOTHING;
  const lastFailure = lastFailureOf(code, context);
  const event = eventOf(context, {
    user: prior.user,
    at: eventTime(prior, context),
    requester: requesterOf(prior, context),
  });
  const recorded = { event: { ...event, expiresAt: prior.expiresAt, outcome: 'failed' as const, code } };
  // Unless a worker that died may have made the block: a reconciliation finds that out.
  if (blocklistCode && scheduledAction === 'deferral' && !maybeApplied) {
    return { ...NOTHING, next: endedDeferral(prior, context, lastFailure), ...recorded };
  }
  if (context.isGivenUp) {
    return context.isGivenUp(prior)
      ? { ...NOTHING, next: endedDeferral(prior, context, lastFailure), ...recorded }
      : NOTHING;
  }
  // A message of the user opens Graph's window now, so the next run of the schedule must try again.
  const isNow = context.source === 'webhook';
  const attempts = isNow ? 0 : (prior.attempts ?? 0) + 1;
  const nextAttemptAt = isNow ? context.observedAt : nextAttemptTime(scheduledAction, attempts, context.observedAt);
  const isRecorded = prior.lastFailure !== undefined && isSameFailure(prior.lastFailure, code, context);
  const next = { ...prior, attempts, nextAttemptAt, lastFailure, revision: prior.revision + 1 };
  return { ...NOTHING, next, ...(isRecorded ? {} : recorded) };
}

/** A deferred block that is given up: the user was never blocked. */
function endedDeferral(
  prior: MirrorUser,
  { operationId, observedAt }: AttemptContext,
  lastFailure: LastFailure,
): MirrorUser {
  return {
    ...prior,
    state: 'unblocked',
    expiresAt: undefined,
    deferredAt: undefined,
    attempts: undefined,
    nextAttemptAt: undefined,
    jobId: undefined,
    operationId,
    observedAt,
    callDurationMs: 0,
    change: 'alreadyUnblocked',
    lastFailure,
    revision: prior.revision + 1,
  };
}

/** Graph does not accept the block yet. It is kept, and tried again by the schedule and when the user writes. */
export function deferred(subject: Subject, code: number, context: AttemptContext): Transition {
  const { user, prior } = subject;
  // A caller unblocked or blocked the user while this try was in progress.
  if (context.scheduledAction && prior?.state !== 'deferred') return NOTHING;
  const waits = prior?.state === 'deferred' ? prior : undefined;
  const requester = requesterOf(waits, context);
  const happened = eventOf(context, { user, at: eventTime(prior, context), requester });
  const event = { ...happened, outcome: 'deferred' as const, code };
  // A later observation, blocked or unblocked, stays.
  if (prior && !waits && prior.state !== 'unknown' && prior.observedAt > context.observedAt)
    return { ...NOTHING, event };
  const isNews = !waits || !(context.scheduledAction || saysNothingNew(waits, requester));
  const keep = isNews ? undefined : waits;
  // After a message of the user, attempts count from the start: Graph may only be a moment behind.
  const attempts = context.scheduledAction && context.source !== 'webhook' ? (waits?.attempts ?? 0) + 1 : 1;
  const item = itemOf(subject, context);
  const next: MirrorUser = {
    ...item,
    state: 'deferred',
    input: keep?.input ?? item.input,
    expiresAt: requester.expiresAt,
    deferredAt: context.scheduledAction ? waits?.deferredAt : context.observedAt,
    attempts,
    nextAttemptAt: nextAttemptTime('deferral', attempts, context.observedAt),
    ...whoAndWhy(keep ?? requester),
    ...withReasonsOf(requester, keep ?? repeatedBlock(subject, context)),
    source: keep?.source ?? item.source,
    // A job that only renews what was deferred before it has not changed the user's state.
    jobId: keep ? keep.jobId : waits && waits.jobId !== requester.jobId ? undefined : requester.jobId,
    change: isNews ? 'deferred' : 'confirmed',
    lastFailure: prior?.lastFailure,
  };
  return { ...NOTHING, next, ...(isNews ? { event } : {}) };
}

function lastFailureOf(code: number, context: AttemptContext): LastFailure {
  const { action, observedAt: at, operationId } = context;
  return { action, code, at, operationId, ...whoAndWhy(context) };
}
