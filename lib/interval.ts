import * as z from 'zod';

const DAY_MINUTES = 24 * 60;
const UNIT_MINUTES: ReadonlyMap<string | undefined, number> = new Map([
  ['minute', 1],
  ['hour', 60],
  ['day', DAY_MINUTES],
]);
/** No schedule of this service makes sense less often, so a larger value is a typing error. */
const MOST_DAYS = 365;

/** Minutes from one run of a schedule to the next; `off` for no schedule. */
export type Interval = number | 'off';

const SHAPE = 'must be "off", or a number of minutes, hours or days like "15 minutes", "1 hour" or "1 day"';

/** How often a schedule runs, as people say it: `15 minutes`, `1 hour`, `2 days`, `off`. */
export const interval = z.string({ error: SHAPE }).transform((text, context): Interval => {
  if (text === 'off') return text;
  const [, count, unit] = /^(\d+)\s+(minute|hour|day)s?$/.exec(text.trim()) ?? [];
  const minutes = Number(count) * (UNIT_MINUTES.get(unit) ?? Number.NaN);
  if (minutes >= 1 && minutes <= MOST_DAYS * DAY_MINUTES) return minutes;
  context.addIssue(Number.isNaN(minutes) ? SHAPE : `must be at least 1 minute and at most ${MOST_DAYS} days`);
  return z.NEVER;
});
