import * as z from 'zod/mini';
import { API_KEY, API_KEY_LIMITS } from '../contract/api-keys.ts';
import { LIMITS } from '../contract/limits.ts';
import { KEY_SCOPES, type KeyScope } from '../contract/routes.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { CreateKey } from '../core/keys/create-key.ts';
import type { RevokeKey } from '../core/keys/revoke-key.ts';
import type { RotateKey } from '../core/keys/rotate-key.ts';
import { type ApiRequest, readLimit, readOnBehalfOf, readPhoneNumberIds, readQuery } from './api-request.ts';
import { readNoParameters, readParameters } from './body.ts';
import { keysCursor, readCursor } from './cursor.ts';

/** As IAM takes names of roles: no two look alike, and none can be read as more than one word in a log. */
const NAME = /^[A-Za-z0-9_+=,.@-]+$/;
const SCOPES = Object.keys(KEY_SCOPES).filter((name): name is KeyScope => name in KEY_SCOPES);
const KEY_ID = new RegExp(`^[0-9A-Za-z]{${API_KEY.idCharacters}}$`);

const seconds = (least: number, most: number) => {
  const range = `must be a whole number of seconds from ${least} to ${most}`;
  return z.nullish(z.number(range).check(z.int(range), z.gte(least, range), z.lte(most, range)));
};

const createBody = z.object({
  name: z
    .string(`must be a string of 1 to ${API_KEY_LIMITS.nameCharacters} characters`)
    .check(
      z.minLength(1, 'must not be empty'),
      z.maxLength(API_KEY_LIMITS.nameCharacters, `must have at most ${API_KEY_LIMITS.nameCharacters} characters`),
      z.regex(NAME, 'may have English letters, digits and _ + = , . @ - only'),
    ),
  scopes: z
    .array(z.enum(SCOPES, `must be one of ${SCOPES.join(', ')}`), `must be a list of ${SCOPES.join(', ')}`)
    .check(
      z.minLength(1, `must name at least one of ${SCOPES.join(', ')}`),
      z.maxLength(SCOPES.length, `must have at most ${SCOPES.length} scopes`),
    ),
  phone_number_ids: z.nullish(
    z
      .array(z.unknown(), 'must be a list of phone number ids')
      .check(
        z.minLength(1, 'must have at least one phone number id; leave it out for every number'),
        z.maxLength(LIMITS.numbersPerKey, `must have at most ${LIMITS.numbersPerKey} phone number ids`),
      ),
  ),
  expires_in: seconds(1, API_KEY_LIMITS.lifeSeconds),
});
const rotateBody = z.object({ overlap_seconds: seconds(0, API_KEY_LIMITS.overlapSeconds) });

/** `POST /keys` */
export function readCreateKey(request: ApiRequest): CreateKey {
  const { name, scopes, phone_number_ids: ids, expires_in } = readParameters(request, createBody);
  return {
    name,
    scopes: [...new Set(scopes)],
    phoneNumberIds: ids ? readPhoneNumberIds(ids) : undefined,
    lifeSeconds: expires_in ?? API_KEY_LIMITS.defaultLifeSeconds,
    ...requesterOf(request),
  };
}

/** `POST /keys/{id}/rotate`: everything may be left out. */
export function readRotateKey(request: ApiRequest): RotateKey {
  const isEmpty = !request.body && request.query.size === 0;
  const { overlap_seconds } = isEmpty ? {} : readParameters(request, rotateBody);
  return {
    id: readKeyId(request),
    overlapSeconds: overlap_seconds ?? API_KEY_LIMITS.defaultOverlapSeconds,
    ...requesterOf(request),
  };
}

/** `DELETE /keys/{id}` */
export function readRevokeKey(request: ApiRequest): RevokeKey {
  readNoParameters(request);
  return { id: readKeyId(request), ...requesterOf(request) };
}

/** `limit` and `after` of `GET /keys`. */
export function readKeysPage(request: ApiRequest) {
  const query = readQuery(request, 'limit', 'after');
  const [after] = readCursor(keysCursor, 'after', query.get('after')) ?? [];
  return { limit: readLimit(request), after };
}

function readKeyId({ path }: ApiRequest): string {
  const id = path.get('id') ?? '';
  if (KEY_ID.test(id)) return id;
  throw new InvalidRequestError(
    `id: no such key; the id of a key has ${API_KEY.idCharacters} letters and digits, and GET /keys has them all`,
    404,
  );
}

function requesterOf(request: ApiRequest) {
  return { actor: request.actor, onBehalfOf: readOnBehalfOf(request) };
}
