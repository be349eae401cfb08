import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import type { Action } from '../core/changes/outcome.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { AskedTerms } from '../core/jobs/create-job.ts';
import type { ChangeRequest } from '../core/jobs/submit-change.ts';
import type { Reasons } from '../core/users/asked.ts';
import { type Entry, type EntryList, parseEntry, toEntryList } from '../core/users/entries.ts';
import { type ApiRequest, readOnBehalfOf, readTarget } from './api-request.ts';
import { readTerms, terms } from './block-terms.ts';
import { isObject, readParameters } from './body.ts';
import { type ChangeRules, readReasons, reasons } from './reasons.ts';

/** The list, unread. A schema for its entries would copy each of 64,000, which takes longer than reading them. */
export const blockUsers = z
  .custom<readonly unknown[]>(Array.isArray, 'must be a list of {"user": …} or {"user_id": …}')
  .check(
    z.minLength(1, 'must have at least one entry'),
    z.maxLength(
      LIMITS.entriesPerRequest,
      `must have at most ${LIMITS.entriesPerRequest} entries, the size of a blocklist`,
    ),
  );
/** For bodies that are not Graph's own. Graph's clients put it into every body. */
export const productIfAny = z.nullish(z.literal('whatsapp', 'must be "whatsapp", or left out'));

/** Whether the caller only wants to know what would happen. */
export const dryRun = z.nullish(z.boolean('must be true or false'));

const unblock = z.object({
  messaging_product: z.literal('whatsapp', 'must be "whatsapp"'),
  block_users: blockUsers,
  ...reasons,
  dry_run: dryRun,
});
/** An unblock has no terms. A term is refused by name, except one without effect (`defer: false`). */
const envelope = z.extend(unblock, terms);
const LISTED: Readonly<Record<Action, readonly string[]>> = {
  block: Object.keys(envelope.shape),
  unblock: Object.keys(unblock.shape),
};

/** A whole request to block or unblock, or an error that names the wrong field. */
export function readChange(request: ApiRequest, action: Action, rules: ChangeRules): ChangeRequest {
  return {
    ...readTarget(request),
    ...readBlockBody(request, action, rules),
    action,
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
    respondAsync: prefersAsync(request),
    idempotencyKey: readIdempotencyKey(request),
  };
}

/** Graph's body with our optional fields. A malformed request is refused as a whole; a malformed user fails alone, later. */
function readBlockBody(
  request: ApiRequest,
  action: Action,
  rules: ChangeRules,
): AskedTerms & Reasons & { list: EntryList; dryRun: boolean | undefined } {
  const body = readParameters(request, envelope, LISTED[action]);
  return {
    ...readTerms(body, action, rules.nowMs),
    ...readReasons(body, rules),
    list: toEntryList(readEntries(body.block_users)),
    dryRun: body.dry_run || undefined,
  };
}

/** Names of options, which are for a whole list. */
const OPTIONS: ReadonlySet<string> = new Set([...Object.keys({ ...reasons, ...terms }), 'dry_run']);

/** Entries of `block_users`. Other fields of an entry are ignored, as in Graph, but not options, which would be lost. */
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
  return new InvalidRequestError(
    `${at}: does not belong in an entry; options go beside block_users, and apply to the whole list`,
  );
}

/**
 * The entry at `index` of the field `list`. Without a schema, since a schema for each entry takes half of the time of a
 * request with 64,000 of them. For the same reason, the place of an entry is computed only for an error.
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
  // Most entries are an id without any formatting, which needs no second look: that would take longer than reading it.
  if (identity?.id !== input && !input.isWellFormed()) {
    throw notWellFormed(`${list}[${index}].${user ? 'user' : 'user_id'}`);
  }
  // The id beside a number is not used, and yet it must be a text like every other.
  if (user && userId?.isWellFormed() === false) throw notWellFormed(`${list}[${index}].user_id`);
  return parsed;
}

function notText(at: string): InvalidRequestError {
  return new InvalidRequestError(`${at}: must be a string (a phone number or a user id in quotes)`);
}

/** Half of a surrogate pair can be neither stored nor returned. */
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
      `Idempotency-Key: must have 1 to ${LIMITS.idempotencyKeyCharacters} printable ASCII characters without spaces`,
    );
  }
  return key;
}
