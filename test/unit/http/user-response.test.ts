import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../../lambdas/core/history/audit-event.ts';
import type { GraphPage } from '../../../lambdas/core/ports/services.ts';
import type { MirrorPage } from '../../../lambdas/core/users/list-users.ts';
import type { MirrorUser } from '../../../lambdas/core/users/mirror.ts';
import type { Found } from '../../../lambdas/core/users/read-users.ts';
import { historyCursor, readCursor } from '../../../lambdas/http/cursor.ts';
import { readListRequest } from '../../../lambdas/http/list-request.ts';
import { graphListResponse, historyResponse, listResponse, userResponse } from '../../../lambdas/http/user-response.ts';
import { ACTOR, asPage, gatewayEvent, NUMBER, read, send } from '../../support/gateway.ts';

type Query = Record<string, string>;
const AT = '2026-06-01T10:00:00.000Z';
const COUNTS = { size: 3, deferred: 0, expiring: 0 };
const SUMMARY = { ...COUNTS, reconciledAt: '2026-06-01T09:00:00.000Z' };

function aUser(fields: Partial<MirrorUser> = {}): MirrorUser {
  return {
    user: '16505551234',
    state: 'blocked',
    input: '+16505551234',
    waId: '16505551234',
    blockedAt: AT,
    reason: 'spam',
    actor: ACTOR,
    source: 'api',
    operationId: '01JZ5W8Q6M3N4P5R6S7T8V9WXY',
    observedAt: AT,
    callDurationMs: 40,
    change: 'added',
    revision: 1,
    ...fields,
  };
}

/** The query of a `next` or `previous`, which must be an absolute URL of the list. */
function queryOf(body: unknown, name: 'next' | 'previous', below = ''): Query {
  const url = new URL(asPage(body).paging[name] ?? '');
  expect(url.origin + url.pathname).toBe(
    `https://abc123.execute-api.eu-central-1.amazonaws.com/prod/v25.0/${NUMBER}/block_users${below}`,
  );
  return Object.fromEntries(url.searchParams);
}

const USER = '/{version}/{phoneNumberId}/block_users/{user}';
const PATH = { version: 'v25.0', phoneNumberId: NUMBER, user: '16505551234' };

describe('one user', () => {
  const ask = async (user: MirrorUser | undefined, summary = {}) =>
    (
      await send(gatewayEvent({ method: 'GET', resource: USER }), () =>
        userResponse({ user }, { ...COUNTS, ...summary }),
      )
    ).body;

  test('who is blocked', async () => {
    expect(await ask(aUser({ userId: 'US.134' }), SUMMARY)).toEqual({
      blocked: true,
      state: 'blocked',
      wa_id: '16505551234',
      user_id: 'US.134',
      blocked_at: AT,
      reason: 'spam',
      blocked_by: ACTOR,
      source: 'api',
      reconciled_at: '2026-06-01T09:00:00.000Z',
    });
  });

  test('who is known by another id than was asked for, or had that id before', async () => {
    const present = async (found: Found) =>
      (await send(gatewayEvent({ method: 'GET', resource: USER }), () => userResponse(found, COUNTS))).body;
    expect(await present({ user: aUser({ userId: 'US.134' }), askedAs: 'US.134' })).toMatchObject({
      blocked: true,
      wa_id: '16505551234',
      user_id: 'US.134',
      asked_as: 'US.134',
    });
    const gone = { blocked: false, state: 'unblocked', reconciled_at: null };
    expect(await present({ previousId: { id: '16505550000', changedTo: '16505551234' } })).toEqual({
      ...gone,
      wa_id: '16505550000',
      changed_to: '16505551234',
    });
    expect(await present({ previousId: { id: 'US.134', changedTo: 'US.135' } })).toEqual({
      ...gone,
      user_id: 'US.134',
      changed_to: 'US.135',
    });
  });

  test('who is blocked by a BSUID only', async () => {
    const user = await ask(aUser({ user: 'US.134', waId: undefined, input: 'US.134' }));
    expect(user).toMatchObject({ blocked: true, user_id: 'US.134' });
    expect(user).not.toHaveProperty('wa_id');
  });

  test('who is blocked for a time', async () => {
    const expiresAt = '2026-06-02T10:00:00.000Z';
    expect(await ask(aUser({ expiresAt }))).toMatchObject({ blocked: true, blocked_at: AT, expires_at: expiresAt });
  });

  test('whose block is deferred until they write', async () => {
    const deferred = { state: 'deferred', blockedAt: undefined, deferredAt: AT, source: 'job' } as const;
    const user = {
      blocked: false,
      state: 'deferred',
      wa_id: '16505551234',
      deferred_at: AT,
      reason: 'spam',
      blocked_by: ACTOR,
      source: 'job',
      reconciled_at: null,
    };
    expect(await ask(aUser(deferred))).toEqual(user);
    const expiresAt = '2026-06-02T10:00:00.000Z';
    expect(await ask(aUser({ ...deferred, expiresAt }))).toEqual({ ...user, expires_at: expiresAt });
  });

  test('who was unblocked has no blocked_by', async () => {
    expect(await ask(aUser({ state: 'unblocked', source: 'job' }))).toEqual({
      blocked: false,
      state: 'unblocked',
      wa_id: '16505551234',
      source: 'job',
      reconciled_at: null,
    });
  });

  test.each([
    ['nothing is known of', undefined],
    ['only a refusal is known of', aUser({ state: 'unknown' })],
  ])('%s', async (_, user) => {
    expect(await ask(user)).toEqual({ blocked: false, state: 'unknown', reconciled_at: null });
  });
});

describe('a history', () => {
  const event: AuditEvent = {
    user: '16505551234',
    at: AT,
    operationId: '01JZ5W8Q6M3N4P5R6S7T8V9WXY',
    action: 'block',
    outcome: 'failed',
    code: 131047,
    reason: 'spam',
    actor: ACTOR,
    onBehalfOf: 'jo@example.com',
    source: 'job',
    jobId: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXY`,
  };
  const earlier: AuditEvent = {
    user: '16505551234',
    at: '2026-05-01T10:00:00.000Z',
    operationId: '01JW5W8Q6M3N4P5R6S7T8V9WXY',
    action: 'unblock',
    outcome: 'succeeded',
    actor: ACTOR,
    source: 'api',
  };
  const answer = (events: AuditEvent[], more: boolean, query: Query = {}) =>
    send(gatewayEvent({ method: 'GET', resource: `${USER}/history`, path: PATH, query }), (request) =>
      historyResponse(request, { events, more }),
    );

  test('has actor, action, time, reason and outcome', async () => {
    expect((await answer([event, earlier], false)).body).toMatchObject({
      data: [
        {
          at: AT,
          action: 'block',
          outcome: 'failed',
          code: 131047,
          reason: 'spam',
          actor: ACTOR,
          on_behalf_of: 'jo@example.com',
          source: 'job',
          operation_id: '01JZ5W8Q6M3N4P5R6S7T8V9WXY',
          job_id: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXY`,
        },
        { at: earlier.at, action: 'unblock', outcome: 'succeeded', operation_id: earlier.operationId },
      ],
    });
  });

  test('has the end of a block, and the previous number of a user', async () => {
    const expiresAt = '2026-06-02T10:00:00.000Z';
    const changed = { ...earlier, action: 'user_changed_number', previous: '16505550000', source: 'webhook' } as const;
    const { body } = await answer([{ ...earlier, expiresAt, outcome: 'deferred' }, changed], false);
    expect(asPage(body).data).toMatchObject([
      { outcome: 'deferred', expires_at: expiresAt },
      { action: 'user_changed_number', previous: '16505550000', source: 'webhook' },
    ]);
    expect(asPage(body).data[1]).not.toHaveProperty('expires_at');
  });

  test('goes on behind its last event', async () => {
    const { body } = await answer([event, earlier], true, { limit: '2' });
    const { after, limit } = queryOf(body, 'next', '/16505551234/history');
    expect(limit).toBe('2');
    expect(readCursor(historyCursor, 'after', after)).toEqual([`${earlier.at}#${earlier.operationId}`]);
  });

  test('ends without a next', async () => {
    expect((await answer([event], false)).body).not.toHaveProperty('paging.next');
    expect((await answer([], false)).body).toEqual({ data: [], paging: { cursors: {} } });
  });
});

describe('a page of the mirror', () => {
  const users = [
    { ...aUser({ userId: 'US.134', expiresAt: '2026-06-02T10:00:00.000Z' }), shard: 2 },
    { ...aUser({ user: 'US.999', waId: undefined, input: 'US.999', reason: undefined }), shard: 5 },
  ];
  const page: MirrorPage = { users, more: false, backward: false, middle: false, summary: SUMMARY };
  const list = (fields: Partial<MirrorPage> = {}, query: Query = {}) =>
    send(gatewayEvent({ method: 'GET', query }), (request) =>
      listResponse(request, { ...page, ...fields }, readListRequest(request).fields),
    );

  test("has Graph's own fields by default", async () => {
    const { body, headers } = await list();
    expect(body).toEqual({
      data: [
        { messaging_product: 'whatsapp', wa_id: '16505551234' },
        { messaging_product: 'whatsapp', user_id: 'US.999' },
      ],
      paging: { cursors: { before: expect.any(String), after: expect.any(String) } },
    });
    expect(headers['x-blocklist-reconciled-at']).toBe('2026-06-01T09:00:00.000Z');
  });

  test.each([
    ['wa_id', ['wa_id'], ['user_id']],
    ['user_id', ['wa_id'], ['user_id']],
    ['reason', ['reason', 'wa_id'], ['reason', 'user_id']],
    ['reason,user_id,wa_id', ['reason', 'wa_id'], ['reason', 'user_id']],
  ])('has an id of the user for fields=%s, even if they do not have that one', async (fields, byNumber, byUserId) => {
    const known = [aUser(), aUser({ user: 'US.134', waId: undefined })].map((user) => ({ ...user, shard: 7 }));
    const { body } = await list({ users: known }, { fields });
    expect(asPage(body).data.map((entry) => Object.keys(entry))).toEqual([byNumber, byUserId]);
  });

  test('has the requested fields that a user has, in the requested order', async () => {
    const fields = 'reason,input,wa_id,user_id,blocked_at,expires_at,blocked_by,source';
    const { body } = await list({}, { fields });
    expect(body).toMatchObject({
      data: [
        {
          reason: 'spam',
          input: '+16505551234',
          wa_id: '16505551234',
          user_id: 'US.134',
          blocked_at: AT,
          expires_at: '2026-06-02T10:00:00.000Z',
          blocked_by: ACTOR,
          source: 'api',
        },
        { input: 'US.999', user_id: 'US.999', blocked_at: AT, blocked_by: ACTOR, source: 'api' },
      ],
    });
    expect(Object.keys(asPage(body).data[0] ?? {})).toEqual(fields.split(','));
    expect(asPage(body).data[1]).not.toHaveProperty('expires_at');
  });

  test('says that no reconciliation has finished yet', async () => {
    expect((await list({ summary: undefined })).headers['x-blocklist-reconciled-at']).toBe('never');
    expect((await list({ summary: COUNTS })).headers['x-blocklist-reconciled-at']).toBe('never');
  });

  test.for<[string, Partial<MirrorPage>, boolean, boolean]>([
    ['the only one', {}, false, false],
    ['the first', { more: true }, true, false],
    ['in the middle', { more: true, middle: true }, true, true],
    ['the last', { middle: true }, false, true],
    ['in the middle, read backward', { more: true, middle: true, backward: true }, true, true],
    ['the first, reached backward', { middle: true, backward: true }, true, false],
  ])('that is %s has the links it needs', async ([_, fields, next, previous]) => {
    const { body } = await list(fields);
    expect(Object.keys(asPage(body).paging)).toEqual([
      'cursors',
      ...(next ? ['next'] : []),
      ...(previous ? ['previous'] : []),
    ]);
  });

  test("links without Graph's own general parameters, a token among them", async () => {
    const { body } = await list({ more: true }, { access_token: 'EAAGm0PX4ZCpsBA', locale: 'de_DE', limit: '2' });
    expect(queryOf(body, 'next')).toEqual({ limit: '2', after: expect.any(String) });
  });

  test('links absolutely to its neighbours, with what was asked', async () => {
    const { body } = await list(
      { more: true, middle: true },
      { fields: 'wa_id,input', limit: '2', after: 'WzEsIngiXQ' },
    );
    const next = queryOf(body, 'next');
    expect(next).toEqual({ fields: 'wa_id,input', limit: '2', after: expect.any(String) });
    const asked = { phoneNumberId: NUMBER, version: 'v25.0', limit: 2, fields: ['wa_id', 'input'], source: 'mirror' };
    expect((await read({ query: next }, readListRequest)).body).toEqual({
      ...asked,
      after: { shard: 5, user: 'US.999' },
    });
    expect((await read({ query: queryOf(body, 'previous') }, readListRequest)).body).toEqual({
      ...asked,
      before: { shard: 2, user: '16505551234' },
    });
  });

  describe('with a filter that is not full', () => {
    const end = { shard: 9, user: '16505550009' };
    const ends = { first: { shard: 2, user: '16505551234' }, last: { shard: 5, user: 'US.999' } };
    test.for<[string, Partial<MirrorPage>, object | undefined, object | undefined]>([
      ['goes on where it stopped', { more: true, end }, end, undefined],
      ['is the last', { middle: true, end }, undefined, ends.first],
      ['goes back where it stopped', { more: true, middle: true, backward: true, end }, ends.last, end],
      ['goes on without a user', { users: [], more: true, middle: true, end }, end, end],
      ['ends without a user', { users: [], middle: true, end }, undefined, end],
      ['goes back without a user', { users: [], more: true, middle: true, backward: true, end }, end, end],
      ['begins without a user', { users: [], middle: true, backward: true, end }, end, undefined],
    ])('%s', async ([_, fields, after, before]) => {
      const { body } = await list(fields, { reason_code: 'spam', limit: '2' });
      const { next, previous } = asPage(body).paging;
      const followed = async (name: 'next' | 'previous', link: unknown) =>
        link === undefined ? undefined : (await read({ query: queryOf(body, name) }, readListRequest)).body;
      const asked = { limit: 2, filter: { reasonCode: 'spam' } };
      const [forward, back] = [await followed('next', next), await followed('previous', previous)];
      if (after) expect(forward).toMatchObject({ ...asked, after });
      else expect(next).toBeUndefined();
      if (before) expect(back).toMatchObject({ ...asked, before });
      else expect(previous).toBeUndefined();
    });
  });

  test('that is empty has no cursor', async () => {
    expect((await list({ users: [] })).body).toEqual({ data: [], paging: { cursors: {} } });
  });
});

describe("a page of Graph's own list", () => {
  const page: GraphPage = {
    users: [{ waId: '16505551234' }, { userId: 'US.134' }],
    after: 'QVFIUm9=',
    before: 'QVFIUmI=',
  };
  const list = (fields: Partial<GraphPage> = {}, query: Query = { source: 'graph' }) =>
    send(gatewayEvent({ method: 'GET', query }), (request) =>
      graphListResponse(request, { ...page, ...fields, summary: SUMMARY }, readListRequest(request).fields),
    );

  test("has Graph's cursors as they are", async () => {
    const { body, headers } = await list();
    expect(body).toMatchObject({
      data: [
        { messaging_product: 'whatsapp', wa_id: '16505551234' },
        { messaging_product: 'whatsapp', user_id: 'US.134' },
      ],
      paging: { cursors: { before: 'QVFIUmI=', after: 'QVFIUm9=' } },
    });
    expect(headers['x-blocklist-reconciled-at']).toBe('2026-06-01T09:00:00.000Z');
  });

  test('links to our own list, which asks Graph again', async () => {
    const { body } = await list({ hasPrevious: true }, { source: 'graph', limit: '2' });
    expect(queryOf(body, 'next')).toEqual({ source: 'graph', limit: '2', after: 'QVFIUm9=' });
    expect(queryOf(body, 'previous')).toEqual({ source: 'graph', limit: '2', before: 'QVFIUmI=' });
  });

  test.each<[string, Partial<GraphPage>, Query]>([
    ['there are no users', { users: [] }, { source: 'graph' }],
    ['there is no cursor', { after: undefined }, { source: 'graph' }],
    ['the cursor repeats', {}, { source: 'graph', after: 'QVFIUm9=' }],
  ])('ends if %s', async (_, fields, query) => {
    expect((await list(fields, query)).body).not.toHaveProperty('paging.next');
  });

  test('has only ids, since Graph gives nothing else', async () => {
    const { body } = await list({}, { source: 'graph', fields: 'wa_id,input,reason' });
    expect(body).toMatchObject({ data: [{ wa_id: '16505551234' }, {}] });
  });
});
