import { describe, expect, test } from 'vitest';
import {
  DependencyError,
  GraphError,
  InvalidRequestError,
  LimitReachedError,
  TokenMissingError,
} from '../../../lambdas/core/errors.ts';
import { json } from '../../../lambdas/http/respond.ts';
import { ACTOR, gatewayEvent, NUMBER, REQUEST_ID, recordingLog, sendToAny } from '../../support/gateway.ts';

describe('every response', () => {
  test.each([
    ['a success', () => json(200, { ok: true }), 200],
    ['a refusal', () => Promise.reject(new InvalidRequestError('limit: no')), 400],
    ["Graph's refusal", () => Promise.reject(new GraphError({ kind: 'token', code: 190, message: 'No' })), 502],
    ['a fault', () => Promise.reject(new Error('boom')), 500],
  ])('carries x-request-id and is not cached: %s', async (_, answer, status) => {
    const answered = await sendToAny(gatewayEvent(), answer);
    expect(answered.status).toBe(status);
    expect(answered.headers).toMatchObject({ 'x-request-id': REQUEST_ID, 'cache-control': 'no-store' });
  });

  test('keeps the headers of the answer', async () => {
    expect(await sendToAny(gatewayEvent(), () => json(202, {}, { location: '/jobs/1' }))).toMatchObject({
      headers: { location: '/jobs/1', 'x-request-id': REQUEST_ID },
    });
  });

  test.each([
    ['nothing', undefined],
    ['no event of API Gateway', { Records: [] }],
    ['an event without a method', { requestContext: { requestId: REQUEST_ID } }],
    ['a request id that is no text', { ...gatewayEvent(), requestContext: { requestId: 7 } }],
  ])('fails if the event is %s', async (_, event) => {
    const { status, headers, body } = await sendToAny(event, () => json(200, {}));
    expect(status).toBe(500);
    expect(headers['x-request-id']).toMatch(/^(unknown|c6af9ac6.*)$/);
    expect(body).toMatchObject({ error: { code: 1 } });
  });
});

describe('the log', () => {
  test.each([
    ['106540352242922-01JDYKM0R00000000000000000', '106540352242922-01JDYKM0R00000000000000000'],
    ['16505551234', undefined],
  ])('names the job that a request is about, and no other text in its place: %s', async (id, job) => {
    const { options, logged } = recordingLog();
    const event = gatewayEvent({ method: 'GET', resource: '/jobs/{id}/users', path: { id } });
    await sendToAny(event, () => json(200, {}), options);
    expect(logged.requests[0]?.job_id).toBe(job);
  });

  test('has one line for a request: the route without its users, the caller and the status', async () => {
    const { options, logged } = recordingLog();
    const event = gatewayEvent({
      method: 'GET',
      resource: '/{version}/{phoneNumberId}/block_users/{user}',
      path: { version: 'v25.0', phoneNumberId: NUMBER, user: '%2B16505551234' },
    });
    await sendToAny(event, () => json(200, {}), options);
    expect(logged).toEqual({
      requests: [
        {
          request_id: REQUEST_ID,
          route: '/{version}/{phoneNumberId}/block_users/{user}',
          method: 'GET',
          phone_number_id: NUMBER,
          status: 200,
          ms: expect.any(Number),
          actor: ACTOR,
        },
      ],
      faults: [],
    });
  });

  test('has a line for our own error besides the line of its request, and none for a refusal', async () => {
    const { options, logged } = recordingLog();
    const fault = new Error('boom');
    await sendToAny(gatewayEvent(), () => Promise.reject(fault), options);
    await sendToAny(gatewayEvent(), () => Promise.reject(new InvalidRequestError('limit: no')), options);
    expect(logged.faults).toEqual([{ requestId: REQUEST_ID, error: fault }]);
    expect(logged.requests.map(({ status }) => status)).toEqual([500, 400]);
  });

  test('has Graph’s code if Graph refused the request', async () => {
    const { options, logged } = recordingLog();
    const refused = new GraphError({ kind: 'token', code: 190, message: '(#190) Invalid OAuth access token' });
    await sendToAny(gatewayEvent(), () => Promise.reject(refused), options);
    expect(logged.requests).toMatchObject([{ request_id: REQUEST_ID, status: 502, code: 190 }]);
  });

  test.each([
    ['an error of ours', new Error('boom'), { status: 500, is_fault: true }],
    ['a part of ours that failed', new DependencyError('DynamoDB'), { status: 503, is_fault: true }],
    ['a refusal of ours', new InvalidRequestError('limit: no'), { status: 400 }],
    ['a limit of ours', new LimitReachedError('too many', 5), { status: 429 }],
    ['Graph, which fails', new GraphError({ kind: 'transient', code: 2, message: 'No' }), { status: 503, code: 2 }],
    [
      'a token that Graph refuses',
      new GraphError({ kind: 'token', code: 190, message: 'No' }),
      { status: 502, code: 190 },
    ],
    ['a token that is missing', new TokenMissingError('none'), { status: 502, reason: 'none' }],
  ])('says whether the service is at fault: %s', async (_, error, expected) => {
    const { options, logged } = recordingLog();
    await sendToAny(gatewayEvent(), () => Promise.reject(error), options);
    expect(logged.requests).toMatchObject([expected]);
    expect(logged.requests[0]?.is_fault).toBe('is_fault' in expected ? true : undefined);
  });

  test('has the route of a request whose parameters cannot be read', async () => {
    const { options, logged } = recordingLog();
    const resource = '/{version}/{phoneNumberId}/block_users/{user}';
    const event = gatewayEvent({
      method: 'GET',
      resource,
      path: { version: 'v25.0', phoneNumberId: NUMBER, user: '%E0%A4%A' },
    });
    expect(await sendToAny(event, () => json(200, {}), options)).toMatchObject({ status: 400 });
    expect(logged.requests).toMatchObject([{ request_id: REQUEST_ID, route: resource, method: 'GET', status: 400 }]);
    expect(logged.faults).toEqual([]);
  });

  test('has a line for an event that cannot be read', async () => {
    const { options, logged } = recordingLog();
    await sendToAny({}, () => json(200, {}), options);
    expect(logged.requests).toEqual([
      {
        request_id: 'unknown',
        route: 'unknown',
        method: 'unknown',
        status: 500,
        ms: expect.any(Number),
        is_fault: true,
      },
    ]);
    expect(logged.faults).toHaveLength(1);
  });
});
