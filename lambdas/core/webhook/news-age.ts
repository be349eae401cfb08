import { DAY_MS, MINUTE_MS } from '../durations.ts';

/**
 * Meta delivers a webhook again for up to 7 days, and whoever forwards it may have kept it for one more. What is older is a
 * replay, or of no use: the id may be somebody else's by now.
 */
const OLDEST_MS = 8 * DAY_MS;
/** What Meta's clock and this one may differ by. */
const SKEW_MS = 5 * MINUTE_MS;

export type Untimely = 'too_old' | 'in_the_future';

/** Why news of that time is not to be followed now, whatever it tells. */
export function untimely(at: string, nowMs: number): Untimely | undefined {
  const age = nowMs - Date.parse(at);
  if (age > OLDEST_MS) return 'too_old';
  return age < -SKEW_MS ? 'in_the_future' : undefined;
}
