/**
 * When Graph was told of the state of a user, if calls overlapped. Several may have told it the same state: an operation that wants
 * the other state finds an overlap only in the mirror item, so the item must say until when the last of them was in progress.
 */
import { isoTime } from '../iso-time.ts';
import type { MirrorUser } from '../users/mirror.ts';
import type { AttemptContext, Subject, Transition } from './attempt-context.ts';

type Seen = Pick<MirrorUser, 'observedAt' | 'callDurationMs'>;

/** From the beginning of this call to the last answer of all that told Graph the same state. */
export function seenBy(prior: MirrorUser | undefined, { observedAt, answeredAt }: AttemptContext): Seen {
  const startedMs = Date.parse(observedAt);
  const lastMs = prior ? Date.parse(prior.observedAt) + prior.callDurationMs : startedMs;
  return { observedAt, callDurationMs: Math.max(Date.parse(answeredAt), lastMs) - startedMs };
}

/** Graph made the change of an earlier attempt of this operation once more: the state is as new as this call. */
export function seenAgain(prior: MirrorUser, subject: Subject, context: AttemptContext): Pick<Transition, 'next'> {
  if (prior.observedAt >= context.observedAt) return toldUntil(prior, subject, context);
  if (!isConfirmed(subject)) return {};
  return { next: { ...prior, ...seenBy(prior, context), revision: prior.revision + 1 } };
}

/** The state keeps its time, and this call ended later than the one that it is from. */
export function toldUntil(
  prior: MirrorUser,
  subject: Subject,
  { answeredAt }: AttemptContext,
): Pick<Transition, 'next'> {
  const callDurationMs = Date.parse(answeredAt) - Date.parse(prior.observedAt);
  if (!isConfirmed(subject) || callDurationMs <= prior.callDurationMs) return {};
  return { next: { ...prior, callDurationMs, revision: prior.revision + 1 } };
}

/** The first moment after both answers: the one that brought the user to the state of `prior`, and this attempt's. */
export function rightAfter({ observedAt, callDurationMs }: Seen, { answeredAt }: AttemptContext) {
  const at = isoTime(Math.max(Date.parse(observedAt) + callDurationMs, Date.parse(answeredAt)) + 1);
  return { startedAt: at, observedAt: at, answeredAt: at };
}

function isConfirmed({ outcome }: Subject): boolean {
  return !outcome.failure && !outcome.deferral && !outcome.unconfirmed;
}
