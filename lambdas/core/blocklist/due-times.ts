import type { MirrorUser } from './mirror.ts';
import type { Due } from './pass.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Milliseconds between tries: the first pause, doubled with each refusal, and the longest. A deferred block is tried at
 * least twice in the 24 hours for which a message of its user opens Graph's window, should their message not be forwarded.
 */
const PAUSES: Readonly<Record<Due, { first: number; longest: number }>> = {
  expiry: { first: 5 * MINUTE_MS, longest: 6 * HOUR_MS },
  deferral: { first: HOUR_MS, longest: 11 * HOUR_MS },
};

/** When what was refused so many times is tried again. ISO 8601. */
export function nextTry(due: Due, tries: number, now: string): string {
  const { first, longest } = PAUSES[due];
  // A power that grows without end is no number any more.
  const pause = Math.min(first * 2 ** Math.min(tries - 1, 20), longest);
  return new Date(Date.parse(now) + pause).toISOString();
}

/** What is due on a user, and when; `undefined` where nothing ever is. */
export function dueOf(user: MirrorUser): { readonly due: Due; readonly at: string } | undefined {
  const { state, expiresAt, retryAt } = user;
  if (state === 'deferred') {
    const at = retryAt ?? user.observedAt;
    return { due: 'deferral', at: expiresAt !== undefined && expiresAt < at ? expiresAt : at };
  }
  if (state !== 'blocked' || expiresAt === undefined) return undefined;
  return { due: 'expiry', at: retryAt ?? expiresAt };
}
