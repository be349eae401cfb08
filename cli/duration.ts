import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of `90s`, `30m`, `12h`, `7d`, `2w`. @throws CliError that names the option */
export function readDuration(text: string, option: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? Number.NaN);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new CliError(EXIT.usage, `${option}: must be a number and a unit, such as 90s, 30m, 12h, 7d or 2w`);
}

/** A moment: an ISO 8601 date and time, or how long ago (`24h`). */
export function readMoment(text: string, option: string, nowMs: number): string {
  if (/^\d{1,6}[smhdw]$/.test(text)) return new Date(nowMs - readDuration(text, option) * 1000).toISOString();
  const ms = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new CliError(EXIT.usage, `${option}: must be a date (2030-01-31T18:00:00Z) or how long ago (24h, 7d)`);
}
