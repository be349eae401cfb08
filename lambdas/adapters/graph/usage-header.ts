import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod/mini';

const usage = z.record(z.string(), z.array(z.looseObject({ estimated_time_to_regain_access: z.nullish(z.number()) })));

/** Longer than Graph ever names; a proxy's odd `Retry-After` must not put a job to sleep for days. */
const LONGEST_SECONDS = 24 * 60 * 60;

/**
 * Seconds until Graph takes calls again: the longest `estimated_time_to_regain_access` (minutes) of
 * `x-business-use-case-usage`, or a plain `Retry-After`. `undefined` where neither names a time.
 */
export function secondsToRegainAccess(headers: IncomingHttpHeaders): number | undefined {
  const seconds = Math.max(fromUsage(headers['x-business-use-case-usage']), Number(headers['retry-after'] ?? 0) || 0);
  return seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_SECONDS) : undefined;
}

function fromUsage(header: string | string[] | undefined): number {
  if (typeof header !== 'string') return 0;
  let json: unknown;
  try {
    json = JSON.parse(header);
  } catch {
    return 0;
  }
  const parsed = usage.safeParse(json);
  if (!parsed.success) return 0;
  const minutes = Object.values(parsed.data).flatMap((uses) =>
    uses.map((use) => use.estimated_time_to_regain_access ?? 0),
  );
  return Math.max(0, ...minutes) * 60;
}
