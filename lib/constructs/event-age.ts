/** Seconds that Lambda waits between a failed call and its second try. AWS documents them; they cannot be set. */
const PAUSE_SECONDS = 60;
/** Seconds for other delays of a call: Lambda's own queue, and a moment without concurrency. */
const SLACK_SECONDS = 60;

export interface AsyncCall {
  /** How late the first try may start. */
  readonly latestStartSeconds: number;
  /** Seconds that one try may run. */
  readonly timeoutSeconds: number;
  /** Tries after the first. Lambda waits two minutes before the next one, so only one fits. */
  readonly retries: 0 | 1;
}

/**
 * Seconds after which Lambda gives up an asynchronous call, whatever tries remain. If a first try fails only at its time-out,
 * there must still be time for the second. The next run of the schedule may have begun by then; the two can overlap.
 */
export function eventAgeSeconds({ latestStartSeconds, timeoutSeconds, retries }: AsyncCall): number {
  const untilSecondTry = timeoutSeconds + PAUSE_SECONDS + SLACK_SECONDS;
  return Math.max(latestStartSeconds, retries * untilSecondTry);
}
