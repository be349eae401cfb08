import type { GraphErrorKind } from './errors.ts';

/** Graph's error codes by their names in Meta's Block Users guide and Graph's error handling guide. */
export const GRAPH_CODE = {
  unknown: 1,
  tooManyCalls: 4,
  permissionDenied: 10,
  invalidParameter: 100,
  accessTokenMissing: 104,
  accessTokenInvalid: 190,
  rateLimitHit: 130429,
  ownNumber: 131021,
  reEngagementRequired: 131047,
  someUsersFailed: 139100,
  listFull: 139101,
  listChanged: 139102,
  internal: 139103,
} as const;

/** Subcode of 100: no such phone number id, or the token may not see it. */
export const SUBCODE_NO_SUCH_OBJECT = 33;

/**
 * Every known code of Graph and its providers, and what it means for the caller. Sources: the table of codes in Meta's Block
 * Users guide, Graph's error handling guide, and the SDKs that list codes of Graph. The subcodes of 190 (460 password
 * changed, 463 expired, 467 invalidated) are passed on and change nothing. The subcode of 100 has a name above.
 */
const KINDS: ReadonlyMap<number, GraphErrorKind | 'as_status'> = new Map<number, GraphErrorKind | 'as_status'>([
  // The token.
  [0, 'token'],
  [GRAPH_CODE.accessTokenMissing, 'token'],
  [GRAPH_CODE.accessTokenInvalid, 'token'],
  [131005, 'token'],
  // Permissions of the token; 200 to 299 are permissions too.
  [3, 'permission'],
  [GRAPH_CODE.permissionDenied, 'permission'],
  // Too many requests: by the application, the user, the page or the business.
  [GRAPH_CODE.tooManyCalls, 'rate_limited'],
  [17, 'rate_limited'],
  [32, 'rate_limited'],
  [341, 'rate_limited'],
  [368, 'rate_limited'],
  [613, 'rate_limited'],
  [80007, 'rate_limited'],
  [80008, 'rate_limited'],
  // Also the answer to a request with too many users.
  [GRAPH_CODE.rateLimitHit, 'rate_limited'],
  // Temporary.
  [GRAPH_CODE.unknown, 'transient'],
  [2, 'transient'],
  [GRAPH_CODE.internal, 'transient'],
  // The list.
  [GRAPH_CODE.listFull, 'list_full'],
  [GRAPH_CODE.listChanged, 'list_changed'],
  // The results of the users say more. Without results, only the HTTP status does.
  [GRAPH_CODE.someUsersFailed, 'as_status'],
  // The request, or one user.
  [GRAPH_CODE.invalidParameter, 'permanent'],
  [GRAPH_CODE.ownNumber, 'permanent'],
  [GRAPH_CODE.reEngagementRequired, 'permanent'],
  [131048, 'permanent'],
]);

/** Whether the table above has the code. */
export function isKnownCode(code: number): boolean {
  return KINDS.has(code) || isPermission(code);
}

function isPermission(code: number): boolean {
  return code >= 200 && code <= 299;
}

/**
 * What a refusal means for its caller. The code decides. The HTTP status decides only if the code says nothing, since Graph
 * and its proxies send permanent refusals with 500 and throttling with 400. But 401 is always about the token: if a provider
 * refuses a key as an invalid parameter, that must not count as the refusal of a user.
 */
export function kindOf(code: number | undefined, isTransient = false, httpStatus = 400): GraphErrorKind {
  const known = code === undefined ? undefined : KINDS.get(code);
  if (known === 'rate_limited' || known === 'token') return known;
  if (isTransient) return 'transient';
  if (known === 'permission' || (code !== undefined && isPermission(code))) return 'permission';
  if (httpStatus === 401) return 'token';
  if (known !== undefined && known !== 'as_status') return known;
  if (httpStatus === 429) return 'rate_limited';
  return httpStatus >= 500 ? 'transient' : 'permanent';
}

/** Whether a user who failed with this code may succeed if sent again shortly. */
export function isRetryableForUser(code: number): boolean {
  const kind = KINDS.get(code);
  return kind === 'transient' || kind === 'rate_limited';
}
