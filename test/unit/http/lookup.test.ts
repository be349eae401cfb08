import { describe, expect, test } from 'vitest';
import { lookupUsers } from '../../../lambdas/core/users/lookup-users.ts';
import type { MirrorUser } from '../../../lambdas/core/users/mirror.ts';
import { PROBLEMS, type Problem } from '../../../lambdas/core/users/problems.ts';
import { SummaryCache } from '../../../lambdas/core/users/summary-cache.ts';
import { lookupResponse, readLookup } from '../../../lambdas/http/lookup.ts';
import { mirrorUser, ofSize } from '../../support/contract-fixtures.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { gatewayEvent, NUMBER, read, refusal, send } from '../../support/gateway.ts';
import { InMemoryBlocklistStore } from '../../support/in-memory-store.ts';

const AT = '2026-11-01T12:00:00.000Z';
const RECONCILED = '2026-11-01T09:00:00.000Z';
const UNKNOWN = { blocked: false, state: 'unknown' };
const sent = (body: unknown) => ({ resource: '/{version}/{phoneNumberId}/block_users/lookup', body });

type Aliases = Record<string, string | { readonly aliasOf: string; readonly isPreviousId: true }>;

/** A store that knows these users, and these aliases of theirs; counts its reads. */
async function lookUp(users: unknown, known: readonly MirrorUser[] = [], aliases: Aliases = {}) {
  const store = new InMemoryBlocklistStore();
  await store.putUsers(NUMBER, [
    ...known.map((next) => ({ id: next.user, prior: undefined, next })),
    ...Object.entries(aliases).map(([id, alias]) => ({
      id,
      prior: undefined,
      next: { revision: 1, ...(typeof alias === 'string' ? { aliasOf: alias } : alias) },
    })),
  ]);
  const drift = { added: 0, removed: 0 };
  store.summaries.set(NUMBER, { ...ofSize(1), reconciledAt: RECONCILED, drift });
  const reads: (readonly string[])[] = [];
  const counting = {
    getUsers: (phoneNumberId: string, ids: readonly string[], consistent?: boolean) => {
      reads.push(ids);
      expect(consistent).toBe(false);
      return store.getUsers(phoneNumberId, ids);
    },
  };
  const deps = { store: counting, summaries: new SummaryCache(store, new FakeClock()) };
  const answer = await send(gatewayEvent(sent({ users })), async (request) =>
    lookupResponse(await lookupUsers(deps, readLookup(request))),
  );
  return { ...answer, reads };
}

describe('a lookup', () => {
  const blocked = mirrorUser('16505551234', {
    userId: 'US.134',
    reason: 'spam',
    expiresAt: '2026-12-01T00:00:00.000Z',
  });
  const row = {
    blocked: true,
    state: 'blocked',
    wa_id: '16505551234',
    user_id: 'US.134',
    blocked_at: AT,
    expires_at: '2026-12-01T00:00:00.000Z',
    reason: 'spam',
    blocked_by: blocked.actor,
    source: 'api',
  };

  test('has one row for each entry, in order, even for duplicates and other spellings', async () => {
    const inputs = ['+1 (650) 555-1234', '16502530000', '16505551234', 'US.13491208655302741918', '+1 (650) 555-1234'];
    const { status, body, headers, reads } = await lookUp(inputs, [blocked]);
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        { input: '+1 (650) 555-1234', ...row },
        { input: '16502530000', ...UNKNOWN },
        { input: '16505551234', ...row },
        { input: 'US.13491208655302741918', ...UNKNOWN },
        { input: '+1 (650) 555-1234', ...row },
      ],
      reconciled_at: RECONCILED,
    });
    expect(headers['x-blocklist-reconciled-at']).toBe(RECONCILED);
    expect(reads).toEqual([['16505551234', '16502530000', 'US.13491208655302741918']]);
  });

  test("takes entries of Graph's body, too", async () => {
    const { body } = await lookUp([{ user: '+16505551234' }, { user_id: 'US.134' }], [blocked]);
    expect(body).toMatchObject({
      data: [
        { input: '+16505551234', blocked: true },
        { input: 'US.134', ...UNKNOWN },
      ],
    });
  });

  test('finds users by their other ids, with one more read for all of them', async () => {
    const mexican = mirrorUser('525541237788', { input: '+5215541237788' });
    const aliases = { '5215541237788': '525541237788', 'US.134': '16505551234' };
    const { body, reads } = await lookUp(['+52 1 55 4123 7788', 'US.134', '16505551234'], [blocked, mexican], aliases);
    expect(body).toMatchObject({
      data: [
        { input: '+52 1 55 4123 7788', blocked: true, wa_id: '525541237788', asked_as: '5215541237788' },
        { input: 'US.134', blocked: true, wa_id: '16505551234', asked_as: 'US.134' },
        { input: '16505551234', blocked: true },
      ],
    });
    expect(reads).toEqual([
      ['5215541237788', 'US.134', '16505551234'],
      ['525541237788', '16505551234'],
    ]);
  });

  test('does not mistake the present owner of a number for the blocked user who had it before', async () => {
    const aliases = { '16505550000': { aliasOf: '16505551234', isPreviousId: true } } as const;
    const { body } = await lookUp(['+16505550000', '+16505551234'], [blocked], aliases);
    expect(body).toMatchObject({
      data: [
        { input: '+16505550000', blocked: false, state: 'unblocked', wa_id: '16505550000', changed_to: '16505551234' },
        { input: '+16505551234', blocked: true },
      ],
    });
    expect(Object(body).data[1]).not.toHaveProperty('asked_as');
  });

  test('shows who is deferred, and who is no longer blocked', async () => {
    const deferred = mirrorUser('16505550002', {
      state: 'deferred',
      blockedAt: undefined,
      deferredAt: AT,
      expiresAt: '2026-12-01T00:00:00.000Z',
      reason: 'spam',
    });
    const unblocked = mirrorUser('16505550003', { state: 'unblocked', blockedAt: undefined, reason: 'sorry' });
    const refused = mirrorUser('16505550004', { state: 'unknown', change: 'none' });
    const known = [deferred, unblocked, refused];
    expect((await lookUp(['16505550002', '16505550003', '16505550004'], known)).body).toMatchObject({
      data: [
        {
          input: '16505550002',
          blocked: false,
          state: 'deferred',
          wa_id: '16505550002',
          deferred_at: AT,
          expires_at: '2026-12-01T00:00:00.000Z',
          reason: 'spam',
          blocked_by: deferred.actor,
          source: 'api',
        },
        { input: '16505550003', blocked: false, state: 'unblocked', wa_id: '16505550003', source: 'api' },
        { input: '16505550004', ...UNKNOWN },
      ],
    });
  });

  test('lets a malformed entry fail alone', async () => {
    const { status, body, reads } = await lookUp(
      ['call me', '16505551234', '', { user_id: '16505551234' }, '16505551234.0'],
      [blocked],
    );
    const errors = (problem: Problem) => [
      { code: 100, message: '(#100) Invalid parameter', error_data: { details: PROBLEMS[problem] } },
    ];
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: [
        { input: 'call me', ...UNKNOWN, errors: errors('nobody') },
        { input: '16505551234', blocked: true },
        { input: '', ...UNKNOWN, errors: errors('empty') },
        { input: '16505551234', ...UNKNOWN, errors: errors('userId') },
        { input: '16505551234.0', ...UNKNOWN, errors: errors('decimal') },
      ],
    });
    expect(body).not.toHaveProperty('data.1.errors');
    expect(reads).toEqual([['16505551234']]);
  });

  test('finds a user by the other form of their number, with one more read, and names the form that it found', async () => {
    const { body, reads } = await lookUp(
      ['+55 31 98765-4321', '16505551234', '5215512345678', '5491112345678'],
      [blocked, mirrorUser('553187654321'), mirrorUser('5215512345678')],
    );
    expect(body).toMatchObject({
      data: [
        { input: '+55 31 98765-4321', blocked: true, wa_id: '553187654321' },
        { input: '16505551234', blocked: true, wa_id: '16505551234' },
        { input: '5215512345678', blocked: true, wa_id: '5215512345678' },
        { input: '5491112345678', ...UNKNOWN },
      ],
    });
    expect(reads).toEqual([
      ['5531987654321', '16505551234', '5215512345678', '5491112345678'],
      ['553187654321', '541112345678'],
    ]);
  });

  test('may name 1,000 users', async () => {
    const users = Array.from({ length: 1_000 }, (_, index) => String(16_505_550_000 + index));
    const { status, body } = await lookUp(users, [blocked]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: { length: 1_000, 999: { input: '16505550999' } } });
  });
});

test('the answer to an accepted lookup fits Lambda’s limit', async () => {
  const users = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(6_200, 'x'));
  expect(Buffer.byteLength(JSON.stringify({ users }))).toBeGreaterThan(6_000_000);
  const { status, body } = await lookUp(users);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    data: { 0: { input: expect.stringMatching(/^0x{254}…$/), ...UNKNOWN }, length: 1_000 },
  });
  expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(1_000_000);
});

describe('a whole lookup is refused if', () => {
  test.each<[string, unknown, string]>([
    ['there is no body', undefined, 'body: is empty; send JSON'],
    ['it is no JSON', '{', 'body: is not valid JSON'],
    ['it is no object', ['16505551234'], 'body: must be a JSON object'],
    ['there are no users', {}, 'users: must be a list of phone numbers and user ids'],
    ['the users are no list', { users: '16505551234' }, 'users: must be a list of phone numbers and user ids'],
    ['the list is empty', { users: [] }, 'users: must have at least one entry'],
    ['there are too many', { users: Array(1_001).fill('1') }, 'users: must have at most 1000 entries in one look-up'],
    [
      'an entry is no text',
      { users: ['16505551234', 16505551234] },
      'users[1]: must be a string (a phone number or a user id in quotes), or an object with user or user_id',
    ],
    [
      'an entry is null',
      { users: [null] },
      'users[0]: must be a string (a phone number or a user id in quotes), or an object with user or user_id',
    ],
    ['an entry is a list', { users: [['16505551234']] }, 'users[0]: must be an object with user or user_id'],
    ['an entry is empty', { users: [{}] }, 'users[0]: needs user or user_id'],
    [
      'a user is no text',
      { users: [{ user: 16505551234 }] },
      'users[0].user: must be a string (a phone number or a user id in quotes)',
    ],
  ])('%s', async (_, body, message) => {
    expect(await read(sent(body), readLookup)).toMatchObject({ status: 400, body: refusal(message) });
  });

  test('but messaging_product is accepted, and ignored', async () => {
    const body = { users: ['16505551234'], messaging_product: 'whatsapp' };
    expect(await read(sent(body), readLookup)).toMatchObject({
      status: 200,
      body: { phoneNumberId: NUMBER, entries: [{ input: '16505551234' }] },
    });
  });
});
