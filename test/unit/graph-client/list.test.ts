import { describe, expect, test } from 'vitest';
import { aCall, type Canned, cannedGraph, graphError, SPLASHIFY, TOKEN } from './canned-graph.ts';

async function list(canned: Canned, call = aCall()) {
  const { graph } = await cannedGraph(canned);
  return graph.listUsers(call, { limit: 10 });
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

  test('with links to its neighbours', async () => {
    const paging = { cursors: { after: 'a' }, next: 'https://graph.facebook.com/next', previous: 'https://…' };
    expect(await list({ body: { data: [], paging } })).toMatchObject({ hasNext: true, hasPrevious: true });
    expect(await list({ body: { data: [], paging: { cursors: { after: 'a' }, next: null } } })).toEqual({
      users: [],
      after: 'a',
    });
  });

  test.each([undefined, null, {}, { cursors: null }, { cursors: { after: null } }])(
    'ends where paging is %j',
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

  test('beside data is refused: half a list is none', async () => {
    expect(await refusal({ status: 200, body: { data: [], error: { code: 2, message: 'x' } } })).toMatchObject({
      kind: 'transient',
    });
  });

  test.each<[string, Canned]>([
    ['an empty object', { body: {} }],
    ['null', { body: { data: null } }],
    ['HTML', { status: 502, body: '<html></html>' }],
    ['nothing', { body: '' }],
    ['half of it', { body: '{"data":[{"wa_id":"1650' }],
    ['users that are none', { body: { data: ['16505551234'] } }],
  ])('%s is never taken for an empty list', async (_, canned) => {
    expect(await refusal(canned)).toMatchObject({ kind: 'transient', code: 2 });
  });

  test('tells no token', async () => {
    const error = await refusal({ status: 401, body: { error: { code: 190, message: `Bad ${TOKEN}` } } });
    expect(error).toMatchObject({ kind: 'token', message: 'Bad [token]' });
  });
});
