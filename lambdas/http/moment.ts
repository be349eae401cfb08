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

const A_TIME = 'must be a time with its offset (RFC 3339), like 2030-01-31T18:00:00Z';

/** A time of a query, as times are stored: in UTC, with milliseconds. A day alone is one of its moments. */
export function readMoment(given: string | undefined, name: string, ofDay: string): string | undefined {
  if (given === undefined) return undefined;
  const ms = timeOf(date.safeParse(given).success ? given + ofDay : given);
  if (ms === undefined) throw new InvalidRequestError(`${name}: ${A_TIME}, or a day, like 2030-01-31`);
  return isoTime(Math.min(Math.max(ms, FIRST_MS), LAST_MS));
}

/** A time of a body, in milliseconds. */
export function readTime(given: unknown, name: string): number {
  const ms = typeof given === 'string' ? timeOf(given) : undefined;
  if (ms === undefined) throw new InvalidRequestError(`${name}: ${A_TIME}`);
  return ms;
}

/**
 * A time in RFC 3339, in which `t` and `z` may be small. As ISO 8601 and its writers have it, the seconds may be left out, and the
 * colon of the offset. A `+` that was not encoded in a query or a form arrives as a space.
 */
function timeOf(text: string): number | undefined {
  const whole = text
    .toUpperCase()
    .replace(/(T\d\d:\d\d)(?=[Z+ -])/, '$1:00')
    .replace(/ (?=\d\d:?\d\d$)/, '+')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  return time.safeParse(whole).success ? Date.parse(whole) : undefined;
}
