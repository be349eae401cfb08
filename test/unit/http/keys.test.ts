import { describe, expect, test } from 'vitest';
import type { ApiKey, ShownKey } from '../../../lambdas/core/keys/api-key.ts';
import type { ApiRequest } from '../../../lambdas/http/api-request.ts';
import { readCreateKey, readKeysPage, readRevokeKey, readRotateKey } from '../../../lambdas/http/key-request.ts';
import { keyResponse, keysResponse, shownKeyResponse } from '../../../lambdas/http/key-response.ts';
import { json } from '../../../lambdas/http/respond.ts';
import { ACTOR, gatewayEvent, read, refusal, type Sent, send } from '../../support/gateway.ts';
import { A_KEY } from '../../support/key-contract.ts';

const ID = 'Aa0000000001';
const create = (body: unknown, more: Sent = {}) => read({ resource: '/keys', path: {}, body, ...more }, readCreateKey);
const rotate = (more: Sent) => read({ resource: '/keys/{id}/rotate', path: { id: ID }, ...more }, readRotateKey);
const NEW = { name: 'support', scopes: ['write'] };

describe('POST /keys', () => {
  test('takes what a key is for, and a year where no life is given', async () => {
    expect((await create(NEW, { headers: { 'X-On-Behalf-Of': 'ana' } })).body).toEqual({
      ...NEW,
      lifeSeconds: 365 * 86_400,
      actor: ACTOR,
      onBehalfOf: 'ana',
    });
    const all = {
      name: 'A.b_c@d+e=f,g-1',
      scopes: ['read', 'webhook', 'read'],
      phone_number_ids: ['1', '22', '1'],
      expires_in: 60,
    };
    expect((await create(all)).body).toMatchObject({
      name: 'A.b_c@d+e=f,g-1',
      scopes: ['read', 'webhook'],
      phoneNumberIds: ['1', '22'],
      lifeSeconds: 60,
    });
  });

  test('takes it as a form too, and up to what is most', async () => {
    const form = new URLSearchParams({ name: 'x'.repeat(64), scopes: '["read"]', expires_in: String(730 * 86_400) });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await create(form.toString(), { headers })).body).toMatchObject({ lifeSeconds: 730 * 86_400 });
    const ids = Array.from({ length: 100 }, (_, index) => String(index + 1));
    expect((await create({ ...NEW, phone_number_ids: ids })).body).toMatchObject({ phoneNumberIds: ids });
  });

  const LIFE = 'expires_in: must be a whole number of seconds from 1 to 63072000';
  const SCOPES = 'read, write, operate, webhook';
  const CHARACTERS = 'name: may have English letters, digits and _ + = , . @ - only';
  test.each<[why: string, body: unknown, message: string]>([
    ['no name', { scopes: ['read'] }, 'name: must be a string of 1 to 64 characters'],
    ['an empty name', { ...NEW, name: '' }, 'name: must not be empty'],
    ['a long name', { ...NEW, name: 'x'.repeat(65) }, 'name: must have at most 64 characters'],
    ['a name with a line break', { ...NEW, name: 'support\nadmin' }, CHARACTERS],
    ['a name with a control character', { ...NEW, name: 'support\u0007' }, CHARACTERS],
    ['a name with a space at its end', { ...NEW, name: 'support ' }, CHARACTERS],
    ['a name like another', { ...NEW, name: 'suppоrt' }, CHARACTERS],
    ['a name with a slash', { ...NEW, name: 'a/b' }, CHARACTERS],
    ['no scopes', { name: 'support' }, `scopes: must be a list of ${SCOPES}`],
    ['an empty list of scopes', { ...NEW, scopes: [] }, `scopes: must name at least one of ${SCOPES}`],
    ['a scope that is none', { ...NEW, scopes: ['read', 'admin'] }, `scopes[1]: must be one of ${SCOPES}`],
    ['the scope that no key has', { ...NEW, scopes: ['keys'] }, `scopes[0]: must be one of ${SCOPES}`],
    ['no life', { ...NEW, expires_in: 0 }, LIFE],
    ['a life of more than two years', { ...NEW, expires_in: 730 * 86_400 + 1 }, LIFE],
    ['a life in parts of a second', { ...NEW, expires_in: 1.5 }, LIFE],
    ['a life in words', { ...NEW, expires_in: '1 year' }, LIFE],
    [
      'an empty list of numbers',
      { ...NEW, phone_number_ids: [] },
      'phone_number_ids: must have at least one phone number id; leave it out for every number',
    ],
    [
      '101 numbers',
      { ...NEW, phone_number_ids: Array(101).fill('1') },
      'phone_number_ids: must have at most 100 phone number ids',
    ],
    ['a number that is none', { ...NEW, phone_number_ids: ['1', 'x'] }, 'phone_number_ids[1]: must be 1 to 32 digits'],
    [
      'a number without quotes',
      { ...NEW, phone_number_ids: [1] },
      'phone_number_ids[0]: must be a string of 1 to 32 digits (in quotes)',
    ],
    ['a star', { ...NEW, phone_number_ids: '*' }, 'phone_number_ids: must be JSON text in a form or in the query'],
  ])('refuses %s, and says which', async (why, body, message) => {
    const asForm = why === 'a star';
    const refused = await (asForm
      ? create('name=support&scopes=["read"]&phone_number_ids=*', {
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        })
      : create(body));
    expect(refused).toMatchObject({ status: 400, body: refusal(message) });
  });
});

describe('POST /keys/{id}/rotate', () => {
  test.each<[string, Sent, number]>([
    ['seven days where nothing is sent', {}, 7 * 86_400],
    ['or an empty body', { body: {} }, 7 * 86_400],
    ['what is asked', { body: { overlap_seconds: 30 * 86_400 } }, 30 * 86_400],
    ['none at all', { query: { overlap_seconds: '0' } }, 0],
  ])('lets the secrets before hold for %s', async (_, sent, overlapSeconds) => {
    expect(await rotate(sent)).toMatchObject({ status: 200, body: { id: ID, overlapSeconds, actor: ACTOR } });
  });

  test.each([-1, 30 * 86_400 + 1, 0.5, true, '7 days'])('refuses an overlap of %s', async (overlap_seconds) => {
    const message = 'overlap_seconds: must be a whole number of seconds from 0 to 2592000';
    expect(await rotate({ body: { overlap_seconds } })).toMatchObject({ status: 400, body: refusal(message) });
  });
});

test.each(['x', 'Aa000000000', 'Aa0000000001x', 'Aa000000-001', '../../../keys'])(
  'the id of no key is %s',
  async (id) => {
    const message = 'id: no such key; the id of a key has 12 letters and digits, and GET /keys has them all';
    for (const reader of [readRotateKey, readRevokeKey]) {
      const sent = { method: 'DELETE', resource: '/keys/{id}', path: { id } };
      expect(await read(sent, reader)).toMatchObject({ status: 404, body: refusal(message) });
    }
  },
);

describe('an answer', () => {
  const now = Date.parse('2027-01-31T10:30:00.000Z');
  const shown = {
    id: ID,
    name: 'Support-Desk',
    scopes: ['read', 'webhook'],
    phone_number_ids: ['106540352242922', '106540352242923'],
    status: 'active',
    created_at: '2027-01-31T10:00:00.000Z',
    created_by: 'arn:aws:iam::1:role/x',
    expires_at: '2027-01-31T11:00:00.000Z',
    secrets: [{ created_at: '2027-01-31T10:00:00.000Z', expires_at: '2027-01-31T11:00:00.000Z' }],
    activity: [
      { at: '2027-01-31T10:00:00.000Z', verb: 'created', actor: 'arn:aws:iam::1:role/x', on_behalf_of: 'ana' },
    ],
  };

  test('shows the key once, where it was made, and never what could be used', () => {
    const made: ShownKey = { key: A_KEY, token: 'wabl_…' };
    const { statusCode, body, headers } = shownKeyResponse(201, made, now);
    expect({ statusCode, body: JSON.parse(body) }).toEqual({ statusCode: 201, body: { ...shown, key: 'wabl_…' } });
    expect(headers['cache-control']).toBe('no-store');
    expect(JSON.parse(keyResponse(A_KEY, now).body)).toEqual(shown);
    expect(body).not.toContain(A_KEY.secrets[0]?.hash);
  });

  test('says of a key that it has ended, or was revoked and by whom', () => {
    const after = Date.parse('2027-01-31T11:00:00.000Z');
    expect(JSON.parse(keyResponse(A_KEY, after).body)).toMatchObject({ status: 'expired' });
    const revoked = { at: '2027-01-31T12:00:00.000Z', verb: 'revoked', actor: 'arn:aws:iam::1:role/y' } as const;
    const key: ApiKey = { ...A_KEY, secrets: [], activity: [...A_KEY.activity, revoked], lastUsedAt: revoked.at };
    const body = JSON.parse(keyResponse(key, after).body);
    expect(body).toMatchObject({
      status: 'revoked',
      revoked_at: revoked.at,
      revoked_by: revoked.actor,
      last_used_at: revoked.at,
      secrets: [],
    });
    expect(body).not.toHaveProperty('expires_at');
  });

  test('lists keys by page, with a link to the next where there may be more', async () => {
    const list = (request: ApiRequest, found: number) => {
      const page = readKeysPage(request);
      const keys = Array.from({ length: found }, (_, index) => ({ ...A_KEY, id: `Aa000000000${index}` }));
      return { page, answer: keysResponse(request, keys, { limit: page.limit, nowMs: now }) };
    };
    const event = (query: Record<string, string>) =>
      gatewayEvent({ method: 'GET', resource: '/keys', path: {}, query });
    const full = await send(event({ limit: '2' }), (request) => list(request, 2).answer);
    const { paging } = Object(full.body);
    expect(paging.next).toMatch(/\/keys\?limit=2&after=/);
    const next = await send(event({ limit: '2', after: paging.cursors.after }), (request) => {
      const { page, answer } = list(request, 1);
      expect(page).toEqual({ limit: 2, after: 'Aa0000000001' });
      return answer;
    });
    expect(Object(next.body)).toMatchObject({ data: [{ id: 'Aa0000000000' }], paging: { cursors: {} } });
    expect(Object(next.body).paging).not.toHaveProperty('next');
    const refused = await send(event({ after: 'WyJ4Il0' }), (request) => json(200, readKeysPage(request)));
    expect(refused).toMatchObject({ status: 400, body: refusal('after: is not a cursor of this list') });
  });
});
