/** ISO 8601 in UTC with milliseconds, as every time is stored and answered: so they sort as texts. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function isoNow(clock: { now(): number }): string {
  return isoTime(clock.now());
}
