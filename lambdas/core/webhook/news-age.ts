import { DAY_MS, MINUTE_MS } from '../durations.ts';

/**
 * Meta delivers a webhook again for up to 7 days, and the forwarder may have kept it for one more. Older news is a replay, or
 * useless: the id may belong to somebody else by now.
 */
const OLDEST_MS = 8 * DAY_MS;
/** How much Meta's clock and this one may differ. */
const SKEW_MS = 5 * MINUTE_MS;

export type Untimely = 'too_old' | 'in_the_future';

/** If news from that time must not be followed now: why. */
export function untimely(at: string, nowMs: number): Untimely | undefined {
  const age = nowMs - Date.parse(at);
  if (age > OLDEST_MS) return 'too_old';
  return age < -SKEW_MS ? 'in_the_future' : undefined;
}
