import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import { detailsOf, malformed } from '../core/changes/outcome.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { type Entry, parseEntry } from '../core/users/entries.ts';
import type { LookedUp } from '../core/users/lookup-users.ts';
import type { UserError } from '../openapi/error.ts';
import type { Lookup } from '../openapi/user.ts';
import { type ApiRequest, readTarget } from './api-request.ts';
import { notWellFormed, productIfAny, readEntry } from './block-request.ts';
import { readParameters } from './body.ts';
import { type ApiResponse, json } from './respond.ts';
import { shownInput } from './text.ts';
import { presentUser, reconciledHeader } from './user-response.ts';

const body = z.object({
  messaging_product: productIfAny,
  users: z
    .array(z.unknown(), 'must be a list of phone numbers and user ids')
    .check(
      z.minLength(1, 'must have at least one entry'),
      z.maxLength(LIMITS.usersPerLookup, `must have at most ${LIMITS.usersPerLookup} entries in one look-up`),
    ),
});

/**
 * The users of a look-up. A malformed request is refused as a whole. An entry that is a string but no user fails alone,
 * later.
 */
export function readLookup(request: ApiRequest): { phoneNumberId: string; entries: readonly Entry[] } {
  const { phoneNumberId } = readTarget(request);
  return { phoneNumberId, entries: readParameters(request, body).users.map(readAsked) };
}

/** A phone number in any spelling, a wa_id or a user id: as a string, or as an entry of Graph's body. */
function readAsked(entry: unknown, index: number): Entry {
  if (typeof entry === 'string') {
    if (!entry.isWellFormed()) throw notWellFormed(`users[${index}]`);
    return parseEntry({ user: entry });
  }
  if (typeof entry === 'object' && entry !== null) return readEntry(entry, 'users', index);
  throw new InvalidRequestError(
    `users[${index}]: must be a string (a phone number or a user id in quotes), or an object with user or user_id`,
  );
}

/** One row for each entry, in order. */
export function lookupResponse({ rows, summary }: LookedUp): ApiResponse {
  const data = rows.map(({ entry, ...found }) => ({
    input: shownInput(entry.input),
    ...presentUser(found),
    ...(entry.identity ? {} : { errors: [presentProblem(entry)] }),
  }));
  return json<Lookup>(200, { data, reconciled_at: summary?.reconciledAt ?? null }, reconciledHeader(summary));
}

/** The same error as in the answer to a block. */
function presentProblem(entry: Entry): UserError {
  const failure = malformed(entry);
  const { message, code } = failure;
  return { message, code, error_data: { details: detailsOf(failure) } };
}
