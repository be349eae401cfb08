import { describe, expect, test } from 'vitest';
import { EVERY_NUMBER } from '../../../lambdas/core/ids.ts';
import {
  historyEverywhereResponse,
  readHistoryEverywhere,
  readUserEverywhere,
  userEverywhereResponse,
} from '../../../lambdas/http/everywhere-response.ts';
import { auditEvent, mirrorUser } from '../../support/contract-fixtures.ts';
import { gatewayEvent, NUMBER, read, type Sent, send } from '../../support/gateway.ts';

const USER = '16505551234';
const AT = '2026-11-01T12:00:00.000Z';
const sentTo = (resource: string, query?: Sent['query'], user = USER): Sent => ({
  method: 'GET',
  resource,
  path: { user },
  ...(query && { query }),
});
const ONE = '/users/{user}';
const HISTORY = '/users/{user}/history';
const OF_API = 'https://abc123.execute-api.eu-central-1.amazonaws.com/prod';
const cursor = (...value: unknown[]) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a user on every number', () => {
  const rows = [
    { phoneNumberId: NUMBER, user: mirrorUser(USER), summary: { size: 1, deferred: 0, expiring: 0, reconciledAt: AT } },
    { phoneNumberId: `${NUMBER}1`, askedAs: USER, summary: undefined },
  ];
  const present = (more: boolean) =>
    send(gatewayEvent(sentTo(ONE, { limit: '2' })), (request) =>
      userEverywhereResponse(request, { waId: USER, userId: undefined, isProtected: true, rows, more }),
    );

  test('has a row for each number, as the route of that number has it', async () => {
    const { status, body } = await present(false);
    expect(status).toBe(200);
    expect(body).toEqual({
      wa_id: USER,
      protected: true,
      data: [
        {
          phone_number_id: NUMBER,
          blocked: true,
          state: 'blocked',
          wa_id: USER,
          blocked_at: AT,
          blocked_by: expect.any(String),
          source: 'api',
          reconciled_at: AT,
        },
        { phone_number_id: `${NUMBER}1`, blocked: false, state: 'unknown', reconciled_at: null },
      ],
      paging: { cursors: { before: cursor(NUMBER), after: cursor(`${NUMBER}1`) } },
    });
  });

  test('names the next page, which begins behind the last number', async () => {
    const { body } = await present(true);
    const after = cursor(`${NUMBER}1`);
    expect(body).toMatchObject({ paging: { next: `${OF_API}/users/${USER}?limit=2&after=${after}` } });
    expect((await read(sentTo(ONE, { limit: '2', after }), readUserEverywhere)).body).toEqual({
      asked: { id: USER },
      page: { limit: 2, after: `${NUMBER}1` },
    });
  });
});

test('a history says of each event on which number it was, and nothing if it was on all', async () => {
  const events = [
    { phoneNumberId: NUMBER, ...auditEvent(USER, AT, { operationId: 'op-2', reason: 'spam' }) },
    { phoneNumberId: EVERY_NUMBER, ...auditEvent(USER, AT, { operationId: 'op-1' }) },
  ];
  const { body } = await send(gatewayEvent(sentTo(HISTORY)), (request) =>
    historyEverywhereResponse(request, { events, more: true }),
  );
  const event = { at: AT, action: 'block', outcome: 'succeeded', actor: expect.any(String), source: 'api' };
  const after = cursor(`${AT}#op-1`);
  expect(body).toEqual({
    data: [
      { phone_number_id: NUMBER, ...event, reason: 'spam', operation_id: 'op-2' },
      { ...event, operation_id: 'op-1' },
    ],
    paging: {
      cursors: { before: cursor(`${AT}#op-2`), after },
      next: `${OF_API}/users/${USER}/history?after=${after}`,
    },
  });
  expect((await read(sentTo(HISTORY, { after }), readHistoryEverywhere)).body).toEqual({
    asked: { id: USER },
    page: { limit: 100, before: `${AT}#op-1` },
  });
});

test.each([
  { resource: ONE, reader: readUserEverywhere, user: 'me', message: /^user: / },
  { resource: HISTORY, reader: readHistoryEverywhere, user: '16505551234.0', message: /^user: A decimal/ },
  { resource: ONE, reader: readUserEverywhere, query: { limit: '1001' }, message: /^limit: must be .* from 1 to 1000/ },
  { resource: ONE, reader: readUserEverywhere, query: { after: cursor('me') }, message: /^after: is not a cursor/ },
  { resource: HISTORY, reader: readHistoryEverywhere, query: { after: cursor(1) }, message: /^after: is not a cursor/ },
])('$resource is refused by the name of the field: $message', async ({ resource, reader, query, user, message }) => {
  const { status, body } = await read(sentTo(resource, query, user), reader);
  expect(status).toBe(400);
  expect(body).toMatchObject({ error: { code: 100, error_data: { details: expect.stringMatching(message) } } });
});
