import { DAY_MS } from '../../core/durations.ts';

/** How many days each kind of item is kept. */
export interface Retention {
  readonly auditDays: number;
  readonly jobDays: number;
  /** For users who are not blocked: long enough that no late writer can still be in progress. */
  readonly tombstoneDays: number;
}

/** A TTL: seconds since the epoch, `days` after `fromMs`. */
export function inDays(fromMs: number, days: number): number {
  return Math.floor((fromMs + days * DAY_MS) / 1000);
}
