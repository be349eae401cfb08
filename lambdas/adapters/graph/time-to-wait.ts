import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod/mini';
import type { GraphErrorKind } from '../../core/errors.ts';

/** Longer than Graph ever names: an odd header must not delay a job for days. */
const LONGEST_SECONDS = 24 * 60 * 60;

/**
 * Seconds after which a repeat makes sense, if the answer names a time: the longer of `Retry-After` and, for throttling, the
 * usage header, which other answers also have without meaning. At most a day. `undefined` if no time, or only a past time, is
 * named.
 */
export function secondsToWait(kind: GraphErrorKind, headers: IncomingHttpHeaders): number | undefined {
  if (kind !== 'rate_limited' && kind !== 'transient') return undefined;
  const seconds = Math.max(fromRetryAfter(headers), kind === 'rate_limited' ? fromUsage(headers) : 0);
  return seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_SECONDS) : undefined;
}

/** Seconds, or an HTTP date, which is relative to the sender's clock. Source: RFC 9110, 10.2.3. */
function fromRetryAfter(headers: IncomingHttpHeaders): number {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const sentMs = Date.parse(headers.date ?? '');
  const seconds = (dateOf(text) - (Number.isNaN(sentMs) ? Date.now() : sentMs)) / 1_000;
  return Number.isNaN(seconds) ? 0 : seconds;
}

/** The three forms of an HTTP date begin with a day of the week. The oldest form omits GMT. */
function dateOf(text: string): number {
  if (!/^[A-Za-z]{3,9},? /.test(text)) return Number.NaN;
  return Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`);
}

/** A number, or a text that begins with one; anything else is ignored. */
const minutes = z.pipe(
  z.unknown(),
  z.transform((value) => Number.parseFloat(String(value))),
);
const entry = z.looseObject({ estimated_time_to_regain_access: minutes });
/** By account. A malformed entry does not affect the others. */
const accounts = z.record(
  z.string(),
  z.catch(z.union([z.array(z.catch(entry, { estimated_time_to_regain_access: 0 })), entry]), []),
);

/**
 * The longest `estimated_time_to_regain_access` (minutes) of the business's use cases. Of Graph's other usage headers,
 * `x-app-usage` names no time, and `x-ad-account-usage` is about advertisements.
 */
function fromUsage(headers: IncomingHttpHeaders): number {
  const header = headers['x-business-use-case-usage'];
  let json: unknown;
  try {
    // Node joins headers of one name with commas.
    json = JSON.parse(`[${String(header ?? '')}]`);
  } catch {
    return 0;
  }
  const parsed = z.array(z.catch(accounts, {})).safeParse(json);
  const named = (parsed.data ?? [])
    .flatMap((one) => Object.values(one).flat())
    .map((one) => one.estimated_time_to_regain_access);
  return Math.max(0, ...named.filter((value) => value > 0)) * 60;
}
