import { type Backoff, backoff } from '../backoff.ts';
import { HOUR_MS, MINUTE_MS } from '../durations.ts';
import { isoTime } from '../iso-time.ts';
import type { MirrorUser } from '../users/mirror.ts';
import type { ScheduledAction } from './attempt-context.ts';

/**
 * Milliseconds between attempts: the first pause, which doubles with each refusal, and the longest. A message opens Graph's
 * window for 24 hours. If it is not forwarded, a deferred block is still tried at least twice in that time.
 */
const PAUSES: Readonly<Record<ScheduledAction, Backoff>> = {
  expiry: { first: 5 * MINUTE_MS, longest: 6 * HOUR_MS },
  deferral: { first: HOUR_MS, longest: 11 * HOUR_MS },
};

/** When a scheduled action that was refused `attempts` times is tried again. ISO 8601. */
export function nextAttemptTime(scheduledAction: ScheduledAction, attempts: number, now: string): string {
  return isoTime(Date.parse(now) + backoff(attempts, PAUSES[scheduledAction]));
}

/** The scheduled action of a user, and its time; `undefined` if there is none. */
export function scheduledActionOf(
  user: MirrorUser,
): { readonly scheduledAction: ScheduledAction; readonly at: string } | undefined {
  const { state, expiresAt, nextAttemptAt } = user;
  if (state === 'deferred') {
    const at = nextAttemptAt ?? user.observedAt;
    return { scheduledAction: 'deferral', at: expiresAt !== undefined && expiresAt < at ? expiresAt : at };
  }
  if (state !== 'blocked' || expiresAt === undefined) return undefined;
  return { scheduledAction: 'expiry', at: nextAttemptAt ?? expiresAt };
}
