import type { Options } from './options.ts';

/** How far a phone number id has used its requests. */
export interface Usage {
  isLimited: boolean;
  /** Percent of the window's requests. */
  percent: number;
  /** `estimated_time_to_regain_access`, minutes; 0 while there is access. */
  regainAccessMinutes: number;
}

export const NO_USAGE: Usage = { isLimited: false, percent: 0, regainAccessMinutes: 0 };

/** A sliding window for each phone number id. Refused requests do not count. */
export class RateLimiter {
  readonly #admittedAt = new Map<string, number[]>();

  admit(phoneNumberId: string, { rateLimit }: Options, now: number): Usage {
    if (rateLimit === null) return NO_USAGE;
    const { requests, windowMs } = rateLimit;
    const admitted = (this.#admittedAt.get(phoneNumberId) ?? []).filter((at) => at > now - windowMs);
    const isLimited = admitted.length >= requests;
    if (!isLimited) admitted.push(now);
    this.#admittedAt.set(phoneNumberId, admitted);
    const percent = requests === 0 ? 100 : Math.round((100 * admitted.length) / requests);
    if (!isLimited) return { isLimited, percent, regainAccessMinutes: 0 };
    const untilRoom = (admitted[0] ?? now) + windowMs - now;
    return { isLimited, percent, regainAccessMinutes: rateLimit.regainAccessMinutes ?? Math.ceil(untilRoom / 60_000) };
  }

  clear(): void {
    this.#admittedAt.clear();
  }
}

/** The header in which Graph reports usage of a business use case. */
export function usageHeader(usage: Usage, { businessAccountId, usageEntries }: Options): Record<string, string> {
  const { percent, regainAccessMinutes } = usage;
  const entry = {
    type: 'whatsapp',
    call_count: percent,
    total_cputime: percent,
    total_time: percent,
    estimated_time_to_regain_access: regainAccessMinutes,
  };
  const asText = { ...entry, estimated_time_to_regain_access: String(regainAccessMinutes) };
  const odd = { 0: null, 1: [], 2: 'none', [businessAccountId]: [null, {}, [], 'none', asText] };
  const accounts = usageEntries === 'odd' ? odd : { [businessAccountId]: [entry] };
  return { 'x-business-use-case-usage': JSON.stringify(accounts) };
}

/** `Retry-After`; a date comes with the time of the simulator's clock, since it counts from there. */
export function retryAfterHeaders(seconds: number, as: 'seconds' | 'date', now: number): Record<string, string> {
  if (as === 'seconds') return { 'retry-after': String(seconds) };
  return { date: new Date(now).toUTCString(), 'retry-after': new Date(now + seconds * 1_000).toUTCString() };
}
