import { describe, expect, test } from 'vitest';
import {
  DependencyError,
  GraphError,
  type GraphErrorKind,
  InvalidRequestError,
  LimitReachedError,
  MissingDataError,
  TokenMissingError,
} from '../../../lambdas/core/errors.ts';
import { isRetryableForUser, kindOf } from '../../../lambdas/core/graph-codes.ts';
import { gatewayEvent, REQUEST_ID, recordingLog, refusal, send } from '../../support/gateway.ts';

async function answerTo(error: unknown) {
  const { options, logged } = recordingLog();
  const answered = await send(gatewayEvent(), () => Promise.reject(error), options);
  return { ...answered, logged };
}

/** The status of each kind, and whether a repeat is announced. */
const STATUS: Record<GraphErrorKind, number> = {
  rate_limited: 429,
  transient: 503,
  timeout: 504,
  token: 502,
  permission: 502,
  unreadable: 502,
  list_full: 400,
  list_changed: 400,
  permanent: 400,
};

interface Refused {
  readonly code: number;
  readonly http?: number;
  readonly isTransient?: boolean;
  readonly kind: GraphErrorKind;
}

/** The table of codes in Meta's Block Users guide and Graph's error handling guide. */
const TABLE: Refused[] = [
  { code: 139100, kind: 'permanent' },
  { code: 139101, kind: 'list_full' },
  { code: 139102, kind: 'list_changed' },
  { code: 139103, kind: 'transient' },
  { code: 130429, kind: 'rate_limited' },
  { code: 131021, kind: 'permanent' },
  { code: 131047, kind: 'permanent' },
  { code: 131048, kind: 'permanent' },
  { code: 100, kind: 'permanent' },
  { code: 190, http: 401, kind: 'token' },
  { code: 104, http: 401, kind: 'token' },
  { code: 3, http: 403, kind: 'permission' },
  { code: 10, http: 403, kind: 'permission' },
  { code: 200, http: 403, kind: 'permission' },
  { code: 250, http: 403, kind: 'permission' },
  { code: 299, http: 403, kind: 'permission' },
  { code: 300, kind: 'permanent' },
  { code: 1, kind: 'transient' },
  { code: 2, kind: 'transient' },
  { code: 4, kind: 'rate_limited' },
  { code: 17, kind: 'rate_limited' },
  { code: 341, kind: 'rate_limited' },
  { code: 368, kind: 'rate_limited' },
  { code: 80007, kind: 'rate_limited' },
  // What the code says nothing of, is_transient and the status say.
  { code: 99, kind: 'permanent' },
  { code: 99, isTransient: true, kind: 'transient' },
  { code: 99, http: 429, kind: 'rate_limited' },
  ...[500, 502, 503, 504].map((http): Refused => ({ code: 99, http, kind: 'transient' })),
  // The code decides, and never the status alone.
  { code: 100, http: 500, kind: 'permanent' },
  { code: 131021, http: 500, kind: 'permanent' },
  { code: 131047, http: 500, kind: 'permanent' },
  { code: 139101, http: 500, kind: 'list_full' },
  { code: 139102, http: 500, kind: 'list_changed' },
  { code: 190, http: 500, kind: 'token' },
  { code: 10, http: 500, kind: 'permission' },
  { code: 4, http: 400, isTransient: true, kind: 'rate_limited' },
  { code: 80007, http: 500, kind: 'rate_limited' },
];

describe("Graph's refusal of a whole request", () => {
  test.each(TABLE)('$code (HTTP $http, transient $isTransient) is $kind', async ({ code, http, isTransient, kind }) => {
    expect(kindOf(code, isTransient, http)).toBe(kind);

    const error = new GraphError({
      kind: kindOf(code, isTransient, http),
      code,
      message: `(#${code}) Refused`,
      subcode: 33,
      type: 'GraphMethodException',
      details: 'Why it was refused',
      fbtraceId: 'AbC123',
    });
    const { status, headers, body, logged } = await answerTo(error);
    expect(status).toBe(STATUS[kind]);
    expect(body).toEqual({
      error: {
        message: `(#${code}) Refused`,
        type: 'GraphMethodException',
        code,
        error_subcode: 33,
        error_data: { details: 'Why it was refused' },
        fbtrace_id: 'AbC123',
      },
    });
    expect(headers['x-request-id']).toBe(REQUEST_ID);
    expect(headers['retry-after']).toEqual(
      [429, 503].includes(status) ? expect.stringMatching(/^[1-9]\d*$/) : undefined,
    );
    expect(logged.faults).toEqual([]);
  });

  test('that came too late is a 504 without Retry-After: the change may have been made', async () => {
    const error = new GraphError({ kind: 'timeout', code: 2, message: 'No answer in time', maybeApplied: true });
    const { status, headers, body } = await answerTo(error);
    expect(status).toBe(504);
    expect(headers).not.toHaveProperty('retry-after');
    expect(body).toMatchObject({ error: { code: 2, message: 'No answer in time', fbtrace_id: REQUEST_ID } });
  });

  test('is completed if Graph left fields out', async () => {
    const { body } = await answerTo(new GraphError({ kind: 'permanent', code: 100, message: 'No' }));
    expect(body).toEqual({
      error: {
        message: 'No',
        type: 'OAuthException',
        code: 100,
        error_data: { details: 'No' },
        fbtrace_id: REQUEST_ID,
      },
    });
  });

  test.each<[GraphErrorKind, number]>([
    ['rate_limited', 429],
    ['transient', 503],
  ])('%s names the time that Graph named', async (kind, status) => {
    const error = new GraphError({ kind, code: 4, message: 'Too many', retryAfterSeconds: 300 });
    expect(await answerTo(error)).toMatchObject({ status, headers: { 'retry-after': '300' } });
  });
});

test.each([
  [139103, true],
  [1, true],
  [2, true],
  [130429, true],
  [80007, true],
  [100, false],
  [131021, false],
  [131047, false],
  [139101, false],
  [190, false],
  [99, false],
])('a user that failed with %d may succeed when sent again: %s', (code, retryable) => {
  expect(isRetryableForUser(code)).toBe(retryable);
});

describe('our own refusals', () => {
  test.each([400, 404, 409, 413] as const)('%d names the field', async (status) => {
    const { logged, ...answered } = await answerTo(new InvalidRequestError('reason: too long', status));
    expect(answered).toMatchObject({ status, body: refusal('reason: too long') });
    expect(logged.faults).toEqual([]);
  });

  test('a missing token is a 502; the log has the reason and the command that sets it, the answer does not', async () => {
    const command = 'aws secretsmanager put-secret-value --secret-id arn:aws:secretsmanager:…';
    const { status, headers, body, logged } = await answerTo(new TokenMissingError('No token yet.', { command }));
    expect(status).toBe(502);
    expect(headers).not.toHaveProperty('retry-after');
    expect(body).toMatchObject({ error: { code: 190, message: 'No token yet.', fbtrace_id: REQUEST_ID } });
    expect(JSON.stringify({ headers, body })).not.toContain('arn:');
    expect(logged).toMatchObject({ faults: [], requests: [{ status: 502, reason: 'No token yet.', command }] });
  });

  test('a limit that a caller reached is a 429 with the limit and Retry-After', async () => {
    const { status, headers, body, logged } = await answerTo(new LimitReachedError('Too many open jobs: 3', 60));
    expect(status).toBe(429);
    expect(headers).toHaveProperty('retry-after', '60');
    expect(body).toMatchObject({ error: { code: 4, message: 'Too many open jobs: 3', fbtrace_id: REQUEST_ID } });
    expect(logged.faults).toEqual([]);
  });

  const named = (name: string, code?: string) =>
    Object.assign(new Error('+16505551234'), { name }, code ? { code } : {});

  test.each([
    ['the table after its retries', new DependencyError('Other writers keep changing the same users')],
    ['throttling by DynamoDB', named('ProvisionedThroughputExceededException')],
    ['throttling by AWS', named('ThrottlingException')],
    ['too many requests', named('RequestLimitExceeded')],
    ['a fault of DynamoDB', named('InternalServerError')],
    ['a fault of Secrets Manager', named('InternalServiceError')],
    ['a conflict', named('TransactionConflictException')],
    ['an AWS service that is out', named('ServiceUnavailableException')],
    ['no answer', named('TimeoutError')],
    ['no connection', named('AggregateError', 'ECONNREFUSED')],
    ['no name', named('Error', 'ENOTFOUND')],
  ])('%s is a 503 that names a time, is logged, and quotes nothing', async (_, error) => {
    const { status, headers, body, logged } = await answerTo(error);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(body).toMatchObject({ error: { code: 2, fbtrace_id: REQUEST_ID } });
    expect(JSON.stringify(body)).not.toContain('6505551234');
    expect(logged.faults).toEqual([{ requestId: REQUEST_ID, error }]);
  });

  test.each([
    ['missing data', new MissingDataError('Chunk 3 is missing')],
    ['a fault of ours', new TypeError('secret text')],
    ['a table that is missing', named('ResourceNotFoundException')],
    ['a permission that is missing', named('AccessDeniedException')],
    ['what is no error', 'secret text'],
    ['nothing', undefined],
  ])('%s is a 500 that is logged, and quotes nothing', async (_, error) => {
    const { status, headers, body, logged } = await answerTo(error);
    expect(status).toBe(500);
    expect(headers).not.toHaveProperty('retry-after');
    expect(body).toEqual({
      error: {
        message: 'An unexpected error occurred in this service; see its log',
        type: 'OAuthException',
        code: 1,
        error_data: { details: 'An unexpected error occurred in this service; see its log' },
        fbtrace_id: REQUEST_ID,
      },
    });
    expect(logged.faults).toEqual([{ requestId: REQUEST_ID, error }]);
  });
});

test('an error about a refused token says that it is the service’s own token, not the caller’s', async () => {
  const error = new GraphError({ kind: 'token', code: 190, message: 'Invalid OAuth access token' });
  expect((await answerTo(error)).body).toMatchObject({
    error: {
      message: 'Invalid OAuth access token',
      error_data: { details: expect.stringContaining('own access token') },
    },
  });
});
