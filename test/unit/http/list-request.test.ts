import { describe, expect, test } from 'vitest';
import { historyCursor, readCursor, writeCursor } from '../../../lambdas/http/cursor.ts';
import { readJobUsersPage } from '../../../lambdas/http/job-response.ts';
import { readListRequest } from '../../../lambdas/http/list-request.ts';
import { NUMBER, read, refusal } from '../../support/gateway.ts';

type Query = Record<string, string>;
const list = (query: Query) => read({ method: 'GET', query }, readListRequest);
const jobUsers = (query: Query) => read({ method: 'GET', query }, readJobUsersPage);
const history = (query: Query) =>
  read({ method: 'GET', query }, (request) => readCursor(historyCursor, 'after', request.query.get('after')));

describe('a list', () => {
  test('comes from the mirror, 100 users a page', async () => {
    expect((await list({})).body).toEqual({
      phoneNumberId: NUMBER,
      version: 'v25.0',
      limit: 100,
      source: 'mirror',
    });
  });

  test('continues at a cursor of this service', async () => {
    const cursor = writeCursor([7, '16505551234']);
    const place = { shard: 7, user: '16505551234' };
    expect((await list({ after: cursor })).body).toMatchObject({ after: place });
    expect((await list({ before: cursor })).body).toMatchObject({ before: place });
  });

  test("passes Graph's own cursors on as they are", async () => {
    expect((await list({ source: 'graph', after: 'QVFIUk=', limit: '10' })).body).toEqual({
      phoneNumberId: NUMBER,
      version: 'v25.0',
      limit: 10,
      source: 'graph',
      after: 'QVFIUk=',
    });
  });

  test('names the fields it wants', async () => {
    const fields = [
      'wa_id',
      'user_id',
      'input',
      'reason',
      'reason_code',
      'blocked_at',
      'expires_at',
      'blocked_by',
      'source',
    ];
    expect((await list({ fields: fields.join(',') })).body).toMatchObject({ fields });
    expect((await list({ fields: ' wa_id , input ' })).body).toMatchObject({ fields: ['wa_id', 'input'] });
  });

  test('may be of some users only', async () => {
    const filter: Query = {
      reason_code: 'no_longer_configured',
      blocked_by: 'arn:aws:sts::111122223333:assumed-role/support/ana',
      source: 'job',
      expires_before: '2026-12-01',
      blocked_after: '2026-11-01T09:00:00+01:00',
      blocked_before: '2026-11-02',
    };
    expect((await list(filter)).body).toEqual({
      phoneNumberId: NUMBER,
      version: 'v25.0',
      limit: 100,
      source: 'mirror',
      filter: {
        reasonCode: 'no_longer_configured',
        actor: 'arn:aws:sts::111122223333:assumed-role/support/ana',
        source: 'job',
        expiresBefore: '2026-12-01T00:00:00.000Z',
        blockedAfter: '2026-11-01T08:00:00.000Z',
        blockedBefore: '2026-11-02T00:00:00.000Z',
      },
    });
    for (const source of ['api', 'job', 'external', 'expiry', 'deferred', 'webhook']) {
      expect((await list({ source })).body).toMatchObject({ source: 'mirror', filter: { source } });
    }
    expect((await list({ source: 'mirror' })).body).not.toHaveProperty('filter');
  });

  test.each(['reason_code', 'blocked_by', 'expires_before', 'blocked_after', 'blocked_before'])(
    'is refused with %s of a list that is from Graph',
    async (name) => {
      const value = name === 'reason_code' || name === 'blocked_by' ? 'spam' : '2026-11-01';
      expect(await list({ source: 'graph', [name]: value })).toMatchObject({
        status: 400,
        body: refusal(`${name}: cannot be combined with source=graph, which has only ids`),
      });
    },
  );

  test.each<[string, Query, string]>([
    [
      'a malformed code',
      { reason_code: 'Spam' },
      'reason_code: must be 1 to 32 lower-case letters, digits or underscores, a letter first, like spam',
    ],
    [
      'a time without its offset',
      { blocked_after: '2026-11-01T09:00:00' },
      'blocked_after: must be a time with its offset (RFC 3339), like 2030-01-31T18:00:00Z, or a day, like 2030-01-31',
    ],
    [
      'words for a time',
      { expires_before: 'next week' },
      'expires_before: must be a time with its offset (RFC 3339), like 2030-01-31T18:00:00Z, or a day, like 2030-01-31',
    ],
    [
      'a span that is empty',
      { blocked_after: '2026-11-01', blocked_before: '2026-11-01' },
      'blocked_after: must be earlier than blocked_before',
    ],
    ['both directions', { after: 'x', before: 'y' }, 'after: cannot be combined with before'],
    [
      'another source',
      { source: 'cache' },
      'source: must be one of mirror, graph, api, job, external, expiry, deferred, webhook',
    ],
    ['an empty source', { source: '' }, 'source: must not be empty; leave it out'],
    ['no cursor', { after: 'not a cursor' }, 'after: is not a cursor of this list'],
    ["Graph's cursor on the mirror", { before: 'QVFIUk' }, 'before: is not a cursor of this list'],
    ['the cursor of another list', { after: writeCursor(['x']) }, 'after: is not a cursor of this list'],
    ['a cursor of no place', { after: writeCursor([-1, 'x']) }, 'after: is not a cursor of this list'],
    [
      'an unknown field',
      { fields: 'wa_id,name' },
      'fields: name is not one of messaging_product, wa_id, user_id, input, reason, reason_code, blocked_at, expires_at, blocked_by, source',
    ],
    [
      'a cursor that is not from Graph',
      { source: 'graph', after: 'x'.repeat(2_049) },
      'after: must have at most 2048 characters; no cursor of Graph is longer',
    ],
    [
      'one to go back with',
      { source: 'graph', before: 'x'.repeat(20_000) },
      'before: must have at most 2048 characters; no cursor of Graph is longer',
    ],
    ['a limit of 0', { limit: '0' }, 'limit: must be a whole number from 1 to 1000'],
  ])('is refused with %s', async (_, query, message) => {
    expect(await list(query)).toMatchObject({ status: 400, body: refusal(message) });
  });

  test.each(['after', 'before', 'fields', 'limit'])('is refused with an empty %s', async (name) => {
    expect(await list({ [name]: '' })).toMatchObject({
      status: 400,
      body: refusal(`${name}: must not be empty; leave it out`),
    });
  });

  test('quotes no more than a bit of an unknown field, and no part of a character', async () => {
    const { body } = await list({ fields: `${'x'.repeat(39)}${'🙂'.repeat(5_000)}` });
    expect(JSON.stringify(body).length).toBeLessThan(500);
    expect(JSON.stringify(body)).not.toContain('\\ud83d');
  });
});

describe("a job's users", () => {
  test('are all of them by default', async () => {
    expect((await jobUsers({})).body).toEqual({ limit: 100 });
  });

  test.each(['failed', 'deferred', 'succeeded'])('can be those who %s', async (outcome) => {
    const after = writeCursor([3, 17]);
    expect((await jobUsers({ outcome, after, limit: '5' })).body).toEqual({
      limit: 5,
      outcome,
      after: { chunk: 3, place: 17 },
    });
  });

  test.each<[Query, string]>([
    [{ outcome: 'pending' }, 'outcome: must be one of failed, deferred, succeeded'],
    [{ outcome: '' }, 'outcome: must not be empty; leave it out'],
    [{ after: writeCursor([3, 'x']) }, 'after: is not a cursor of this list'],
    [{ limit: '1001' }, 'limit: must be a whole number from 1 to 1000'],
  ])('are refused for %j', async (query, message) => {
    expect(await jobUsers(query)).toMatchObject({ status: 400, body: refusal(message) });
  });
});

describe('a history', () => {
  test('continues at a cursor', async () => {
    expect((await history({ after: writeCursor(['2026-06-01T10:00:00.000Z#01J']) })).body).toEqual([
      '2026-06-01T10:00:00.000Z#01J',
    ]);
    expect((await history({})).body).toBeNull();
  });

  test.each(['x', writeCursor([1]), writeCursor([]), 'bnVsbA'])('refuses the cursor %s', async (after) => {
    expect(await history({ after })).toMatchObject({
      status: 400,
      body: refusal('after: is not a cursor of this list'),
    });
  });
});
