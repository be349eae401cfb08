/** ISO 8601 in UTC with milliseconds. Every time is stored and answered like this, so that times sort as texts. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function isoNow(clock: { now(): number }): string {
  return isoTime(clock.now());
}
