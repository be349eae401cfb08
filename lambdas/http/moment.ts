import * as z from 'zod/mini';
import { InvalidRequestError } from '../core/errors.ts';
import { isoTime } from '../core/iso-time.ts';

const date = z.iso.date();
const time = z.iso.datetime({ offset: true });
/** No stored time is before the first or after the last of these, and such times would not sort as texts. */
const FIRST_MS = 0;
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** What a day alone means, in UTC. */
export const START_OF_DAY = 'T00:00:00.000Z';
export const END_OF_DAY = 'T23:59:59.999Z';

/** A time of a query in ISO 8601, as times are stored: in UTC, with milliseconds. */
export function readMoment(given: string | undefined, name: string, ofDay: string): string | undefined {
  // A `+` before the offset arrives as a space if it was not encoded.
  const text = given?.replace(/ (?=\d\d:\d\d$)/, '+');
  if (text === undefined) return undefined;
  const whole = date.safeParse(text).success ? text + ofDay : text;
  if (!time.safeParse(whole).success) {
    throw new InvalidRequestError(
      `${name}: must be a time in ISO 8601 with its offset, like 2026-11-01T09:00:00Z, or a day`,
    );
  }
  return isoTime(Math.min(Math.max(Date.parse(whole), FIRST_MS), LAST_MS));
}
