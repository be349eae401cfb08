/** How many days each kind of item is kept. */
export interface Retention {
  readonly auditDays: number;
  readonly jobDays: number;
  /** For users who are not blocked: long enough that no late writer can still be in progress. */
  readonly tombstoneDays: number;
}

const DAY_SECONDS = 24 * 60 * 60;

/** A TTL: seconds since the epoch, `days` after `fromMs`. */
export function inDays(fromMs: number, days: number): number {
  return Math.floor(fromMs / 1000) + days * DAY_SECONDS;
}
