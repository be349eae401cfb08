import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import type { Action } from '../core/changes/outcome.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { isoTime } from '../core/iso-time.ts';
import type { AskedTerms } from '../core/jobs/create-job.ts';
import { readTime } from './moment.ts';

/** The fields below, in any body that can ask for a block. */
export const terms = {
  expires_at: z.optional(z.unknown()),
  expires_in: z.optional(z.unknown()),
  defer: z.optional(z.unknown()),
};
type Term = keyof typeof terms;
const TERMS = z.keyof(z.object(terms)).options;
const TOO_LATE = `must be at most ${LIMITS.blockYears} years from now`;

/** `expires_at` or `expires_in`, and `defer`, of a body that asks for a block. Any of them may be left out, or null. */
export function readTerms(body: Partial<Record<Term, unknown>>, action: Action, nowMs: number): AskedTerms {
  const given = TERMS.filter((field) => body[field] !== undefined && body[field] !== null);
  if (given.length === 0) return {};
  const asked = given.filter((field) => body[field] !== false);
  if (action === 'unblock' && asked.length > 0) {
    throw new InvalidRequestError(`${asked[0]}: cannot be used to unblock; leave it out`);
  }
  const has = (field: Term) => given.includes(field);
  if (has('expires_at') && has('expires_in')) {
    throw new InvalidRequestError('expires_in: cannot be combined with expires_at; send one of them');
  }
  const endMs = has('expires_at') ? readExpiresAt(body.expires_at, nowMs) : undefined;
  const inMs = has('expires_in') ? nowMs + readExpiresIn(body.expires_in, nowMs) * 1000 : endMs;
  if (has('defer') && typeof body.defer !== 'boolean') throw new InvalidRequestError('defer: must be true or false');
  const { expires_at, expires_in } = body;
  const defer = body.defer === true || undefined;
  if (inMs === undefined && !defer) return {};
  return {
    expiresAt: inMs === undefined ? undefined : isoTime(inMs),
    defer,
    termsAsSent: JSON.stringify([expires_at ?? null, expires_in ?? null, defer ?? false]),
  };
}

function readExpiresAt(value: unknown, nowMs: number): number {
  const ms = readTime(value, 'expires_at');
  if (ms <= nowMs) throw new InvalidRequestError('expires_at: must be in the future');
  if (ms > latest(nowMs)) throw new InvalidRequestError(`expires_at: ${TOO_LATE}`);
  return ms;
}

function readExpiresIn(value: unknown, nowMs: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new InvalidRequestError('expires_in: must be a whole number of seconds, 1 or more');
  }
  if (nowMs + value * 1000 > latest(nowMs)) throw new InvalidRequestError(`expires_in: ${TOO_LATE}`);
  return value;
}

/** Calendar years: the same day and time, that many years later. */
function latest(nowMs: number): number {
  const date = new Date(nowMs);
  return date.setUTCFullYear(date.getUTCFullYear() + LIMITS.blockYears);
}
