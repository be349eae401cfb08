import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import type { Action } from '../core/changes/outcome.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { AskedTerms } from '../core/jobs/create-job.ts';
import type { ChangeRequest } from '../core/jobs/submit-change.ts';
import { type Entry, type EntryList, parseEntry, toEntryList } from '../core/users/entries.ts';
import { type ApiRequest, readOnBehalfOf, readTarget } from './api-request.ts';
import { readTerms, terms } from './block-terms.ts';
import { isObject, readParameters } from './body.ts';
import { isLine, whyNoLine } from './text.ts';

/** A list as it is: a schema of its entries would copy each of 64,000, which takes longer than reading them. */
export const blockUsers = z
  .custom<readonly unknown[]>(Array.isArray, 'must be a list of {"user": …} or {"user_id": …}')
  .check(
    z.minLength(1, 'must have at least one entry'),
    z.maxLength(LIMITS.entriesPerRequest, `at most ${LIMITS.entriesPerRequest} entries, the size of a blocklist`),
  );
export const reason = z.nullish(
  z
    .string('must be a text')
    .check(
      z.maxLength(LIMITS.reasonCharacters, `at most ${LIMITS.reasonCharacters} characters`),
      z.refine(isLine, { error: ({ input }) => whyNoLine(String(input)) }),
    ),
);

/** Of a body that is not Graph's own: its clients put it into every one. */
export const productIfAny = z.nullish(z.literal('whatsapp', 'must be "whatsapp", or left out'));

const unblock = z.object({
  messaging_product: z.literal('whatsapp', 'must be "whatsapp"'),
  block_users: blockUsers,
  reason,
});
/** An unblock has no terms, and says so of one that it is sent; one of no meaning (`defer: false`) it takes. */
const envelope = z.extend(unblock, terms);
const LISTED: Readonly<Record<Action, readonly string[]>> = {
  block: Object.keys(envelope.shape),
  unblock: Object.keys(unblock.shape),
};

/** A whole request to block or unblock, or the error that names what is wrong with it. `nowMs` is when it came. */
export function readChange(request: ApiRequest, action: Action, nowMs: number): ChangeRequest {
  return {
    ...readTarget(request),
    ...readBlockBody(request, action, nowMs),
    action,
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
    respondAsync: prefersAsync(request),
    idempotencyKey: readIdempotencyKey(request),
  };
}

/** Graph's body with our optional fields. Refuses a malformed request whole; a malformed user fails alone, later. */
function readBlockBody(
  request: ApiRequest,
  action: Action,
  nowMs: number,
): AskedTerms & { list: EntryList; reason: string | undefined } {
  const body = readParameters(request, envelope, LISTED[action]);
  return {
    ...readTerms(body, action, nowMs),
    list: toEntryList(readEntries(body.block_users)),
    reason: body.reason || undefined,
  };
}

/** Names of what is asked for a whole list: ours, and those of the contract that this service does not know yet. */
const OPTIONS: ReadonlySet<string> = new Set(['reason', ...Object.keys(terms), 'dry_run', 'reason_code']);

/** Entries of `block_users`. What else one holds is passed over, as Graph does, but no option: it would be lost. */
export function readEntries(users: readonly unknown[]): Entry[] {
  return users.map((entry, index) => {
    const parsed = readEntry(entry, 'block_users', index);
    for (const name in isObject(entry) ? entry : {}) {
      if (OPTIONS.has(name)) throw misplaced(`block_users[${index}].${name}`);
    }
    return parsed;
  });
}

function misplaced(at: string): InvalidRequestError {
  return new InvalidRequestError(`${at}: is no part of an entry; options stand beside block_users, for the whole list`);
}

/**
 * The entry at `index` of the field `list`. By hand, since a schema per entry costs half of the time of a request with
 * 64,000 of them; for the same reason its place is only spelt out where something is wrong with it.
 */
export function readEntry(entry: unknown, list: string, index: number): Entry {
  if (!isObject(entry)) throw new InvalidRequestError(`${list}[${index}]: must be an object with user or user_id`);
  const user = entry.user ?? undefined;
  const userId = entry.user_id ?? undefined;
  if (user !== undefined && typeof user !== 'string') throw notText(`${list}[${index}].user`);
  if (userId !== undefined && typeof userId !== 'string') throw notText(`${list}[${index}].user_id`);
  if (user === undefined && userId === undefined) {
    throw new InvalidRequestError(`${list}[${index}]: needs user or user_id`);
  }
  const parsed = parseEntry({ user, user_id: userId });
  const { input, identity } = parsed;
  // Most are an id as it stands, which needs no second look: it would take longer than reading them.
  if (identity?.id !== input && !input.isWellFormed()) {
    throw notWellFormed(`${list}[${index}].${user ? 'user' : 'user_id'}`);
  }
  // The id beside a number is not used, and yet it must be a text like every other.
  if (user && userId?.isWellFormed() === false) throw notWellFormed(`${list}[${index}].user_id`);
  return parsed;
}

function notText(at: string): InvalidRequestError {
  return new InvalidRequestError(`${at}: must be a text (a phone number or a user id in quotes)`);
}

/** Half of a surrogate pair can be neither stored nor given back. */
export function notWellFormed(at: string): InvalidRequestError {
  return new InvalidRequestError(`${at}: is not well-formed Unicode`);
}

/** `Prefer: respond-async` (RFC 7240) makes a job of a request of any size. */
export function prefersAsync(request: ApiRequest): boolean {
  const preferences = (request.headers.get('prefer') ?? '').split(',');
  return preferences.some((preference) => preference.split(';')[0]?.trim().toLowerCase() === 'respond-async');
}

export function readIdempotencyKey(request: ApiRequest): string | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > LIMITS.idempotencyKeyCharacters) {
    throw new InvalidRequestError(
      `Idempotency-Key: 1 to ${LIMITS.idempotencyKeyCharacters} printable ASCII characters without spaces`,
    );
  }
  return key;
}
