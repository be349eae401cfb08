import { describe, expect, test } from 'vitest';
import type { RecordedOperation } from '../../../lambdas/core/changes/operation.ts';
import type { OperationPage } from '../../../lambdas/core/ports/blocklist-store.ts';
import { operationsCursor, readCursor, writeCursor } from '../../../lambdas/http/cursor.ts';
import { operationsResponse, readOperationsPage } from '../../../lambdas/http/operation-list.ts';
import { ACTOR, asPage, gatewayEvent, NUMBER, read, refusal, send } from '../../support/gateway.ts';

type Query = Record<string, string>;
const ID = '01K8ZB7Q6M3N4P5R6S7T8V9WXY';
const resource = '/{version}/{phoneNumberId}/operations';
const page = (query: Query) => read({ method: 'GET', resource, query }, readOperationsPage);
const answer = (found: OperationPage, query: Query = {}) =>
  send(gatewayEvent({ method: 'GET', resource, query }), (request) => operationsResponse(request, found));

describe('a request for operations', () => {
  test('is all of them, 100 a page', async () => {
    expect((await page({})).body).toEqual({ phoneNumberId: NUMBER, limit: 100 });
  });

  test('is those of a span and an actor, after an operation, so many', async () => {
    const query = {
      since: '2026-11-01T09:00:00Z',
      until: '2026-11-01T12:30:00.5+02:00',
      actor: ACTOR,
      reason_code: 'spam',
      after: writeCursor(['2026-11-01', ID]),
      limit: '5',
    };
    expect((await page(query)).body).toEqual({
      phoneNumberId: NUMBER,
      since: '2026-11-01T09:00:00.000Z',
      until: '2026-11-01T10:30:00.500Z',
      actor: ACTOR,
      reasonCode: 'spam',
      after: { day: '2026-11-01', operationId: ID },
      limit: 5,
    });
  });

  test.each<[string, Query, object]>([
    [
      'a day means the whole day',
      { since: '2024-02-29', until: '2024-02-29' },
      { since: '2024-02-29T00:00:00.000Z', until: '2024-02-29T23:59:59.999Z' },
    ],
    [
      'a plus that was not encoded is one',
      { since: '2026-11-01T09:00:00 02:00' },
      { since: '2026-11-01T07:00:00.000Z' },
    ],
    [
      'a time may have small letters, no seconds, and an offset without a colon',
      { since: '2026-11-01t09:00:00z', until: '2026-11-01T09:00-0200' },
      { since: '2026-11-01T09:00:00.000Z', until: '2026-11-01T11:00:00.000Z' },
    ],
    [
      'no time is too far away',
      { since: '0000-01-01T00:00:00+14:00', until: '9999-12-31T23:59:59-14:00' },
      { since: '1970-01-01T00:00:00.000Z', until: '9999-12-31T23:59:59.999Z' },
    ],
    [
      'a span may be one moment',
      { since: '2026-11-01T09:00:00Z', until: '2026-11-01T10:00:00+01:00' },
      { since: '2026-11-01T09:00:00.000Z', until: '2026-11-01T09:00:00.000Z' },
    ],
    ['a cursor may be the end of a day', { after: writeCursor(['2026-11-01']) }, { after: { day: '2026-11-01' } }],
  ])('%s', async (_, query, expected) => {
    expect((await page(query)).body).toMatchObject(expected);
  });

  const malformed = (name: string) =>
    `${name}: must be a time with its offset (RFC 3339), like 2030-01-31T18:00:00Z, or a day, like 2030-01-31`;
  test.each<[string, Query, string]>([
    ['a since that is no time', { since: 'yesterday' }, malformed('since')],
    ['an until that is no time', { until: '1793523600' }, malformed('until')],
    ['an empty since', { since: '' }, 'since: must not be empty; leave it out'],
    ['a time without an offset', { since: '2026-11-01T09:00:00' }, malformed('since')],
    ['a day that there is not', { until: '2026-02-30' }, malformed('until')],
    ['a time that there is not', { until: '2026-02-28T25:00:00Z' }, malformed('until')],
    [
      'a span that ends before it begins',
      { since: '2026-11-01T09:00:00.001Z', until: '2026-11-01T09:00:00Z' },
      'since: must not be later than until',
    ],
    [
      'a malformed code',
      { reason_code: 'Spam' },
      'reason_code: must be 1 to 32 lower-case letters, digits or underscores, a letter first, like spam',
    ],
    ['an empty actor', { actor: '' }, 'actor: must not be empty; leave it out'],
    ['no cursor', { after: 'not a cursor' }, 'after: is not a cursor of this list'],
    ['the cursor of another list', { after: writeCursor([3, '16505551234']) }, 'after: is not a cursor of this list'],
    ['a cursor without a day', { after: writeCursor(['2026-11-31', ID]) }, 'after: is not a cursor of this list'],
    ['a limit of 0', { limit: '0' }, 'limit: must be a whole number from 1 to 1000'],
    ['a limit of 1001', { limit: '1001' }, 'limit: must be a whole number from 1 to 1000'],
  ])('is not %s', async (_, query, message) => {
    expect(await page(query)).toMatchObject({ status: 400, body: refusal(message) });
  });
});

describe('operations', () => {
  const finished: RecordedOperation = {
    operationId: ID,
    phoneNumberId: NUMBER,
    action: 'block',
    startedAt: '2026-11-01T12:00:00.000Z',
    source: 'job',
    users: 1_000,
    jobId: `${NUMBER}-${ID}`,
    chunk: 2,
    actor: ACTOR,
    onBehalfOf: 'jo@example.com',
    reason: 'spam',
    status: 'finished',
    succeeded: 990,
    failed: 7,
    deferred: 3,
    durationMs: 840,
    code: 131047,
  };
  const started: RecordedOperation = {
    operationId: '01K8YB7Q6M3N4P5R6S7T8V9WXY',
    phoneNumberId: NUMBER,
    action: 'unblock',
    startedAt: '2026-10-31T12:00:00.000Z',
    source: 'expiry',
    users: 4,
    actor: 'blocklist',
    status: 'started',
  };

  test('have the action, actor, person, reason and result', async () => {
    const { body } = await answer({ operations: [finished, started] });
    expect(asPage(body).data).toEqual([
      {
        operation_id: ID,
        at: '2026-11-01T12:00:00.000Z',
        action: 'block',
        source: 'job',
        actor: ACTOR,
        on_behalf_of: 'jo@example.com',
        reason: 'spam',
        status: 'finished',
        users: 1_000,
        counts: { succeeded: 990, failed: 7, deferred: 3 },
        duration_ms: 840,
        code: 131047,
        job_id: `${NUMBER}-${ID}`,
      },
      {
        operation_id: started.operationId,
        at: '2026-10-31T12:00:00.000Z',
        action: 'unblock',
        source: 'expiry',
        actor: 'blocklist',
        status: 'started',
        users: 4,
        counts: { succeeded: 0, failed: 0, deferred: 0 },
      },
    ]);
  });

  test('go on behind the last of a page, with what was asked', async () => {
    const query = { limit: '2', since: '2026-10-01', until: '2026-11-02T00:00:00+00:00', actor: ACTOR };
    const end = { day: '2026-10-31', operationId: started.operationId };
    const { body } = await answer({ operations: [finished, started], end }, query);
    const next = new URL(asPage(body).paging.next ?? '');
    expect(next.origin + next.pathname).toBe(
      `https://abc123.execute-api.eu-central-1.amazonaws.com/prod/v25.0/${NUMBER}/operations`,
    );
    const { after = '', ...asked } = Object.fromEntries(next.searchParams);
    expect(asked).toEqual(query);
    expect(body).toMatchObject({ paging: { cursors: { before: writeCursor(['2026-11-01', ID]), after } } });
    expect((await page({ ...asked, after })).body).toMatchObject({ after: end, actor: ACTOR, limit: 2 });
  });

  test('may be missing on a page that has a next', async () => {
    const { body } = await answer({ operations: [], end: { day: '2026-09-01' } }, { actor: ACTOR });
    const { after } = Object.fromEntries(new URL(asPage(body).paging.next ?? '').searchParams);
    expect(readCursor(operationsCursor, 'after', after)).toEqual(['2026-09-01']);
    expect(body).toMatchObject({ paging: { cursors: { after } } });
    expect(asPage(body).data).toEqual([]);
  });

  test('end without a next', async () => {
    expect((await answer({ operations: [finished] })).body).not.toHaveProperty('paging.next');
    expect((await answer({ operations: [] })).body).toEqual({ data: [], paging: { cursors: {} } });
  });
});
