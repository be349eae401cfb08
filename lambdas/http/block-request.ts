import * as z from 'zod/mini';
import { LIMITS } from '../contract.ts';
import { type EntryList, parseEntry, toEntryList } from '../core/blocklist/entries.ts';
import type { Action } from '../core/blocklist/outcome.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ChangeRequest } from '../core/submit-change.ts';
import { type ApiRequest, readOnBehalfOf, readTarget } from './api-request.ts';

/** Fields of the contract that this version does not serve: refused by name, so that nobody takes them for granted. */
const NOT_YET = ['expires_at', 'expires_in', 'defer'] as const;

const envelope = z.looseObject({
  messaging_product: z.literal('whatsapp', 'must be "whatsapp"'),
  block_users: z
    .array(z.unknown(), 'must be a list of {"user": …} or {"user_id": …}')
    .check(
      z.minLength(1, 'must have at least one entry'),
      z.maxLength(LIMITS.entriesPerRequest, `at most ${LIMITS.entriesPerRequest} entries, the size of a blocklist`),
    ),
  reason: z.nullish(
    z
      .string('must be a text')
      .check(z.maxLength(LIMITS.reasonCharacters, `at most ${LIMITS.reasonCharacters} characters`)),
  ),
});

/** A whole request to block or unblock, or the error that names what is wrong with it. */
export function readChange(request: ApiRequest, action: Action): ChangeRequest {
  return {
    ...readTarget(request),
    ...readBody(request, action),
    action,
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
    respondAsync: prefersAsync(request),
    idempotencyKey: readIdempotencyKey(request),
  };
}

/** Graph's body with our optional fields. Refuses a malformed request whole; a malformed user fails alone, later. */
function readBody(request: ApiRequest, action: Action): { list: EntryList; reason: string | undefined } {
  const body = readJson(request.body);
  for (const field of NOT_YET) {
    if (Object.hasOwn(body, field)) {
      const why = action === 'unblock' ? 'is not taken by an unblock' : 'is not supported by this version';
      throw new InvalidRequestError(`${field}: ${why}; leave it out`);
    }
  }
  const parsed = envelope.safeParse(body);
  if (!parsed.success) throw new InvalidRequestError(describe(parsed.error.issues));
  return {
    list: toEntryList(parsed.data.block_users.map(readEntry)),
    reason: parsed.data.reason || undefined,
  };
}

function readJson(body: string | undefined): Record<string, unknown> {
  if (body === undefined || body === '') throw new InvalidRequestError('body: is empty; send JSON');
  if (Buffer.byteLength(body) > LIMITS.bodyBytes) {
    throw new InvalidRequestError(`body: at most ${LIMITS.bodyBytes} bytes (6 MB); send the list in parts`, 413);
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new InvalidRequestError('body: is not valid JSON');
  }
  if (!isObject(json)) throw new InvalidRequestError('body: must be a JSON object');
  return json;
}

/** By hand, since a schema per entry costs half of the time of a request with 64,000 of them. */
function readEntry(entry: unknown, index: number) {
  const at = `block_users[${index}]`;
  if (!isObject(entry)) throw new InvalidRequestError(`${at}: must be an object with user or user_id`);
  const user = readText(entry, 'user', at);
  const userId = readText(entry, 'user_id', at);
  if (user === undefined && userId === undefined) throw new InvalidRequestError(`${at}: needs user or user_id`);
  return parseEntry({ user, user_id: userId });
}

function readText(entry: Record<string, unknown>, field: 'user' | 'user_id', at: string): string | undefined {
  const value = entry[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') {
    throw new InvalidRequestError(`${at}.${field}: must be a text (a phone number or a user id in quotes)`);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first problem of each field, by name. */
function describe(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const first = new Map(issues.map((issue) => [issue.path.join('.') || 'body', issue.message] as const).reverse());
  return [...first]
    .reverse()
    .map(([field, message]) => `${field}: ${message}`)
    .join('; ');
}

/** `Prefer: respond-async` (RFC 7240) makes a job of a request of any size. */
export function prefersAsync(request: ApiRequest): boolean {
  const preferences = (request.headers.get('prefer') ?? '').split(',');
  return preferences.some((preference) => preference.split(';')[0]?.trim().toLowerCase() === 'respond-async');
}

function readIdempotencyKey(request: ApiRequest): string | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > LIMITS.idempotencyKeyCharacters) {
    throw new InvalidRequestError(
      `Idempotency-Key: 1 to ${LIMITS.idempotencyKeyCharacters} printable ASCII characters without spaces`,
    );
  }
  return key;
}
