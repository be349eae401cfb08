/** Seconds that Lambda lets pass between a call that failed and its second try. AWS documents them; they cannot be set. */
const PAUSE_SECONDS = 60;
/** Seconds for what delays a call beside that: Lambda's own queue, and a moment without concurrency. */
const SLACK_SECONDS = 60;

export interface AsyncCall {
  /** How late the first try may start. */
  readonly latestStartSeconds: number;
  /** Seconds that one try may run. */
  readonly timeoutSeconds: number;
  /** Tries after the first: Lambda pauses for two minutes before the next one, so that one is the most. */
  readonly retries: 0 | 1;
}

/**
 * Seconds after which Lambda gives up an asynchronous call, whatever tries are left. Never so few that a first try which ran
 * to its time-out and failed cannot be followed by the second: the next run of the schedule may have begun by then, and the
 * two get along.
 */
export function eventAgeSeconds({ latestStartSeconds, timeoutSeconds, retries }: AsyncCall): number {
  const untilSecondTry = timeoutSeconds + PAUSE_SECONDS + SLACK_SECONDS;
  return Math.max(latestStartSeconds, retries * untilSecondTry);
}
