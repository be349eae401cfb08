import { describe, expect, test } from 'vitest';
import { aCall, type Canned, cannedGraph, graphError, SPLASHIFY, TOKEN } from './canned-graph.ts';

async function list(canned: Canned, call = aCall()) {
  const { graph } = await cannedGraph(canned);
  return graph.listUsers(call, { limit: 10 });
}
function user(wa_id: unknown = '16505551234') {
  return { messaging_product: 'whatsapp', wa_id };
}
async function refusal(canned: Canned) {
  return graphError(list(canned));
}

describe('the list', () => {
  test('of Meta', async () => {
    const body = {
      data: [
        { messaging_product: 'whatsapp', wa_id: '16505551234' },
        { messaging_product: 'whatsapp', user_id: 'US.134' },
        { messaging_product: 'whatsapp', wa_id: '14155559876', user_id: 'US.999' },
      ],
      paging: { cursors: { after: 'QVFIUm9=', before: 'QVFIUmI=' } },
    };
    expect(await list({ body })).toEqual({
      users: [{ waId: '16505551234' }, { userId: 'US.134' }, { waId: '14155559876', userId: 'US.999' }],
      after: 'QVFIUm9=',
      before: 'QVFIUmI=',
    });
  });

  test('of Splashify', async () => {
    const body = {
      data: [
        { user: '919999999999', block_reason: 'manual' },
        { user: '+919888888888', block_reason: null },
      ],
      paging: { cursors: { before: 'b', after: 'a' } },
    };
    expect(await list({ body }, aCall({ credentials: SPLASHIFY }))).toEqual({
      users: [{ waId: '919999999999' }, { waId: '919888888888' }],
      after: 'a',
      before: 'b',
    });
  });

  const ANNA = { input: '+16505551234', wa_id: '16505551234' };
  const BEN = { input: '+14155559876', wa_id: '14155559876' };
  const both = [{ waId: '16505551234' }, { waId: '14155559876' }];

  test.each<[string, unknown, readonly unknown[]]>([
    ['all users in one item', [{ messaging_product: 'whatsapp', block_users: [ANNA, BEN] }], both],
    ['an item for each', [{ block_users: [ANNA] }, { block_users: [BEN] }], both],
    ['no list around a single user', [{ block_users: ANNA }, { block_users: BEN }], both],
    ['no list around a single item', { block_users: [ANNA, BEN] }, both],
    ['a single item that is a user', ANNA, both.slice(0, 1)],
    ['both layouts', [ANNA, { block_users: [BEN] }], both],
    ['both layouts in one item', [{ ...ANNA, block_users: [BEN] }], both],
    [
      'BSUIDs',
      [{ block_users: [{ input: 'US.134', user_id: 'US.134' }, { user_id: 'US.ENT.9' }] }],
      [{ userId: 'US.134' }, { userId: 'US.ENT.9' }],
    ],
    ['nobody', [{ messaging_product: 'whatsapp', block_users: [] }], []],
    ['an empty list', [], []],
    [
      'a wa_id that is not what was sent',
      [{ block_users: [{ input: '+5511987654321', wa_id: '551187654321' }] }],
      [{ waId: '551187654321' }],
    ],
  ])('of other layouts: %s', async (_, data, users) => {
    expect((await list({ body: { data } })).users).toEqual(users);
  });

  test.each<[string, object, object]>([
    ['with a plus', { wa_id: '+16505551234' }, { waId: '16505551234' }],
    ['with separators', { wa_id: '+1 650-555-1234' }, { waId: '16505551234' }],
    ['without quotes', { wa_id: 16505551234 }, { waId: '16505551234' }],
    ['with unseen characters', { wa_id: '\u200e+16505551234' }, { waId: '16505551234' }],
    ['shorter than a number', { wa_id: '0' }, { waId: '0' }],
    ['longer than a number', { wa_id: '1234567890123456789' }, { waId: '1234567890123456789' }],
    ['as user', { user: '+919999999999' }, { waId: '919999999999' }],
    ['a BSUID as user', { user: 'US.134' }, { userId: 'US.134' }],
    ['a BSUID as wa_id', { wa_id: 'US.134' }, { userId: 'US.134' }],
    ['a number as user_id', { user_id: '+16505551234' }, { waId: '16505551234' }],
    ['both, with a plus', { user_id: 'US.134', wa_id: '+16505551234' }, { waId: '16505551234', userId: 'US.134' }],
    ['an empty wa_id beside a BSUID', { user_id: 'US.134', wa_id: '' }, { userId: 'US.134' }],
    ['wa_id before user', { user: '+5511987654321', wa_id: '551187654321' }, { waId: '551187654321' }],
  ])('names users by this service’s ids, however they are written: %s', async (_, item, expected) => {
    for (const data of [[item], [{ block_users: [item] }]]) {
      expect((await list({ body: { data } })).users).toEqual([expected]);
    }
  });

  test('keeps each user who is listed twice', async () => {
    expect((await list({ body: { data: [user(), { block_users: [ANNA] }] } })).users).toEqual([both[0], both[0]]);
  });

  test('with links to its neighbours', async () => {
    const paging = { cursors: { after: 'a' }, next: 'https://graph.facebook.com/next', previous: 'https://…' };
    expect(await list({ body: { data: [], paging } })).toMatchObject({ hasNext: true, hasPrevious: true });
    expect(await list({ body: { data: [], paging: { cursors: { after: 'a' }, next: null } } })).toEqual({
      users: [],
      after: 'a',
    });
  });

  test.each([undefined, null, {}, { cursors: null }, { cursors: { after: null } }])(
    'ends if paging is %j',
    async (paging) => {
      const page = await list({ body: { data: [], paging } });
      expect(page).toEqual({ users: [] });
    },
  );
});

describe('a list that is refused', () => {
  test('because it changed', async () => {
    const error = { message: '(#139102) Blocklist changed', code: 139102, fbtrace_id: 'AbC' };
    expect(await refusal({ status: 400, body: { error } })).toMatchObject({
      kind: 'list_changed',
      code: 139102,
      fbtraceId: 'AbC',
    });
  });

  test('is refused even if it has data: a partial list is not used', async () => {
    expect(await refusal({ status: 200, body: { data: [], error: { code: 2, message: 'x' } } })).toMatchObject({
      kind: 'transient',
    });
  });

  test.each<[string, unknown]>([
    ['an empty object', {}],
    ['no data', { messaging_product: 'whatsapp', paging: {} }],
    ['data that is null', { data: null }],
    ['data that is a text', { data: '16505551234' }],
    ['data that is an object without an id', { data: {} }],
    ['the results of a change', { messaging_product: 'whatsapp', block_users: { added_users: [user()] } }],
    ['a list that is not in data', { block_users: [user()] }],
    ['users that are texts', { data: ['16505551234'] }],
    ['users that are null', { data: [user(), null] }],
    ['users that are lists', { data: [[user()]] }],
    ['an item without an id', { data: [user(), { messaging_product: 'whatsapp' }] }],
    ['an item whose ids are empty', { data: [user(), { wa_id: '', user_id: null, user: '' }] }],
    ['an item that says only what was sent', { data: [{ input: '+16505551234' }] }],
    ['an inner item that says only what was sent', { data: [{ block_users: [user(), { input: '+16505551234' }] }] }],
    ['an inner list that is none', { data: [{ block_users: 'none' }] }],
    ['an inner list that is null', { data: [{ block_users: null }] }],
    ['an inner item that is none', { data: [{ block_users: [user(), '16505551235'] }] }],
    ['an id that is none', { data: [{ wa_id: 'Anna' }] }],
    ['an id of several numbers', { data: [{ wa_id: '16505551234@s.whatsapp.net' }] }],
    ['an id that is an object', { data: [{ wa_id: { id: '16505551234' } }] }],
    ['an id that is no whole number', { data: [{ wa_id: 1.5 }] }],
    ['one good id beside one that cannot be read', { data: [{ wa_id: 'Anna', user_id: 'US.134' }] }],
    ['one good number beside a BSUID that cannot be read', { data: [{ wa_id: '16505551234', user_id: '?' }] }],
  ])('with %s fails, and never leaves a user out', async (_, body) => {
    const error = await refusal({ body });
    expect(error).toMatchObject({ kind: 'unreadable', code: 139103, maybeApplied: false });
    expect(error.message).toMatch(/^Graph's list cannot be read: /);
    expect(error.message).not.toMatch(/\d{4}|Anna/);
  });

  test('names the item that cannot be read, but no user', async () => {
    const { message } = await refusal({ body: { data: [user(), user(), { id: 1 }] } });
    expect(message).toBe("Graph's list cannot be read: item 3 of a page names nobody whom this service can read");
  });

  test.each<[string, Canned]>([
    ['HTML', { status: 502, body: '<html></html>' }],
    ['nothing', { body: '' }],
    ['half of it', { body: '{"data":[{"wa_id":"1650' }],
    ['an empty list of a server that broke', { status: 500, body: { data: [] } }],
    ['JSON null', { body: 'null' }],
    ['a cursor that is none', { body: { data: [user()], paging: { cursors: { after: 7 } } } }],
  ])('%s is never taken for an empty list', async (_, canned) => {
    expect(await refusal(canned)).toMatchObject({ kind: 'transient', code: 2 });
  });

  test('contains no token', async () => {
    const error = await refusal({ status: 401, body: { error: { code: 190, message: `Bad ${TOKEN}` } } });
    expect(error).toMatchObject({ kind: 'token', message: 'Bad [token]' });
  });
});
