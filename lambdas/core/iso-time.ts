/** ISO 8601 in UTC with milliseconds. Every time is stored and answered like this, so that times sort as texts. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function isoNow(clock: { now(): number }): string {
  return isoTime(clock.now());
}

/** Seconds from an ISO 8601 time to now; 0 if it is still to come. */
export function secondsSince(time: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(time)) / 1_000));
}
