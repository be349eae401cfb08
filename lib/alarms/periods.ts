import type { Interval } from '../interval.ts';

export const DAY_MINUTES = 24 * 60;
/** How often SQS, Step Functions and callers are looked at. */
export const NEWS_MINUTES = 5;

/** Alarms of a schedule, if it is on. */
export function whenOn<T>(interval: Interval, make: (minutes: number) => T[]): T[] {
  return interval === 'off' ? [] : make(interval);
}

/** Minutes for which the result of a run is valid: until the next run, a day at most. */
export function untilNextRun(interval: Interval): number {
  return interval === 'off' ? DAY_MINUTES : Math.min(Math.max(interval, NEWS_MINUTES), DAY_MINUTES);
}
