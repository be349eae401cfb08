import type { GraphErrorKind } from './errors.ts';

/** Graph's error codes by their names in Meta's Block Users guide and Graph's error handling guide. */
export const GRAPH_CODE = {
  unknown: 1,
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

const KINDS: ReadonlyMap<number, GraphErrorKind> = new Map([
  ...[4, 17, 341, 368, 80007, GRAPH_CODE.rateLimitHit].map((code) => [code, 'rate_limited'] as const),
  ...[1, 2, GRAPH_CODE.internal].map((code) => [code, 'transient'] as const),
  ...[GRAPH_CODE.accessTokenMissing, GRAPH_CODE.accessTokenInvalid].map((code) => [code, 'token'] as const),
  ...[3, 10].map((code) => [code, 'permission'] as const),
  [GRAPH_CODE.listFull, 'list_full'],
  [GRAPH_CODE.listChanged, 'list_changed'],
  ...[GRAPH_CODE.invalidParameter, GRAPH_CODE.ownNumber, GRAPH_CODE.reEngagementRequired].map(
    (code) => [code, 'permanent'] as const,
  ),
]);

/**
 * What a code means for whoever asked. The code decides; the HTTP status only where the code says nothing, since Graph and
 * its proxies send permanent refusals with 500 and throttling with 400.
 */
export function kindOf(code: number, isTransient = false, httpStatus = 400): GraphErrorKind {
  const known = KINDS.get(code);
  if (known === 'rate_limited' || known === 'token') return known;
  if (isTransient) return 'transient';
  if (known !== undefined) return known;
  if (code >= 200 && code <= 299) return 'permission';
  if (httpStatus === 429) return 'rate_limited';
  return httpStatus >= 500 ? 'transient' : 'permanent';
}

/** Whether a user that failed with this code may succeed when sent again shortly. */
export function isRetryableForUser(code: number): boolean {
  const kind = KINDS.get(code);
  return kind === 'transient' || kind === 'rate_limited';
}
