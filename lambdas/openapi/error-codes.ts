import { GRAPH_CODE } from '../core/graph-codes.ts';

/** What each code that has a name here means. Graph's other codes are passed on as they come. */
const MEANINGS: Readonly<Record<keyof typeof GRAPH_CODE, string>> = {
  unknown: 'An unknown error; of this service if the status is 500',
  tooManyCalls: 'Too many requests, to Graph or to this service; or too many open jobs or reconciliations',
  permissionDenied: 'The caller may not do this; with 502, the token of this service may not',
  invalidParameter: 'The request is malformed, names something that does not exist, or an entry names no user',
  accessTokenMissing: 'The request is not signed, or there is no such route',
  accessTokenInvalid:
    'The credentials of the caller are wrong or have expired; with 502, the token of this service has',
  rateLimitHit: 'Graph is throttled',
  ownNumber: 'A number of the business itself cannot be blocked',
  reEngagementRequired: 'The user did not write in the last 24 hours; `defer` blocks them as soon as they do',
  someUsersFailed: 'Some users failed, see `block_users.failed_users`',
  listFull: 'The blocklist is full (64,000 users)',
  listChanged: "Graph's list has changed since the cursor was given; begin again",
  internal: "An error of Graph's, which passes; or Graph's list is in a layout that this service cannot read",
};

/** Also answered, and without a name of Graph's. */
const UNNAMED: readonly (readonly [number, string])[] = [
  [2, 'Graph or a part of this service is unavailable, or did not answer in time'],
];

/** The codes of the API, in order. */
export function errorCodes(): { code: number; meaning: string }[] {
  const named = Object.entries(GRAPH_CODE).map(([name, code]) => [code, meaningOf(name)] as const);
  return [...named, ...UNNAMED].sort(([a], [b]) => a - b).map(([code, meaning]) => ({ code, meaning }));
}

function meaningOf(name: string): string {
  return new Map(Object.entries(MEANINGS)).get(name) ?? '';
}
