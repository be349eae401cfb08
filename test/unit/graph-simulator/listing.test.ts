import { describe, expect, test } from 'vitest';
import type { StartOptionsInput } from '../../../local/graph-simulator/options.ts';
import type { GraphSimulator } from '../../../local/graph-simulator/server.ts';
import { block, digits, list, NUMBER, pageOf, phones, start, unblock } from './harness.ts';

const blockedUsers = phones(5).map(digits);
const five: StartOptionsInput = { blocked: { [NUMBER]: blockedUsers } };

/** Follows `after` until there is none, it repeats, or a page is empty. */
async function scan(simulator: GraphSimulator, limit: number) {
  const users: unknown[] = [];
  const seen = new Set<string>();
  let pages = 0;
  let query = `?limit=${limit}`;
  for (;;) {
    const page = pageOf(await list(simulator, query));
    pages++;
    users.push(...page.users);
    if (page.users.length === 0 || page.after === undefined || seen.has(page.after)) return { users, pages };
    seen.add(page.after);
    query = `?limit=${limit}&after=${page.after}`;
  }
}

describe('pages', () => {
  test('hold messaging_product and wa_id, in the order of blocking, and cursors', async () => {
    const page = pageOf(await list(await start(five), '?limit=2'));
    expect(page.data).toEqual([
      { messaging_product: 'whatsapp', wa_id: blockedUsers[0] },
      { messaging_product: 'whatsapp', wa_id: blockedUsers[1] },
    ]);
    expect(page.paging).toEqual({ cursors: { after: expect.any(String), before: expect.any(String) } });
  });

  test('an empty list is empty data', async () => {
    const reply = await list(await start());
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({ data: [] });
  });

  test('25 users without a limit; option defaultPageSize', async () => {
    const simulator = await start({ blocked: { [NUMBER]: phones(30) } });
    expect(pageOf(await list(simulator)).users).toHaveLength(25);
    simulator.control.patchOptions({ defaultPageSize: 7 });
    expect(pageOf(await list(simulator)).users).toHaveLength(7);
  });

  test('never more than 1,000 users; option pageSizeCap', async () => {
    const simulator = await start({ blocked: { [NUMBER]: phones(1_500) } });
    expect(pageOf(await list(simulator, '?limit=5000')).users).toHaveLength(1_000);
    simulator.control.patchOptions({ pageSizeCap: 3 });
    expect(pageOf(await list(simulator, '?limit=5000')).users).toHaveLength(3);
  });

  test.each(['0', '-1', 'x', '1.5', ''])('100 for limit=%s', async (limit) => {
    expect((await list(await start(five), `?limit=${limit}`)).json).toMatchObject({ error: { code: 100 } });
  });
});

describe('cursors', () => {
  test('before goes back', async () => {
    const simulator = await start(five);
    const first = pageOf(await list(simulator, '?limit=2'));
    const second = pageOf(await list(simulator, `?limit=2&after=${first.after}`));
    expect(second.users).toEqual(blockedUsers.slice(2, 4));
    expect(pageOf(await list(simulator, `?limit=2&before=${second.before}`)).users).toEqual(blockedUsers.slice(0, 2));
    expect(pageOf(await list(simulator, `?limit=9&before=${second.before}`)).users).toEqual(blockedUsers.slice(0, 2));
    expect(pageOf(await list(simulator, `?limit=2&before=${first.before}`)).users).toEqual([]);
  });

  test.each(['nonsense', 'e30', 'eyJvZAmZAzZAXQiOi0x'])('100 for the cursor %s', async (cursor) => {
    expect((await list(await start(five), `?after=${cursor}`)).json).toMatchObject({ error: { code: 100 } });
  });

  test('100 for after together with before', async () => {
    const simulator = await start(five);
    const { after, before } = pageOf(await list(simulator, '?limit=2'));
    const reply = await list(simulator, `?after=${after}&before=${before}`);
    expect(reply.json).toMatchObject({ error: { code: 100 } });
  });

  const [newcomer = ''] = phones(1, 50);
  test.each<[string, (simulator: GraphSimulator) => unknown]>([
    ['a block', (simulator) => block(simulator, [newcomer])],
    ['an unblock', (simulator) => unblock(simulator, blockedUsers.slice(0, 1))],
    [
      'an unblock and a block of the same user',
      async (simulator) => {
        await unblock(simulator, blockedUsers.slice(0, 1));
        await block(simulator, blockedUsers.slice(0, 1));
      },
    ],
    [
      'a change made elsewhere',
      (simulator) => simulator.control.changeNumber(NUMBER, { remove: blockedUsers.slice(4) }),
    ],
    ['a list that was set', (simulator) => simulator.control.setNumber(NUMBER, blockedUsers)],
    ['a reset', (simulator) => simulator.control.reset()],
  ])('139102 after %s', async (_, change) => {
    const simulator = await start(five);
    const { after, before } = pageOf(await list(simulator, '?limit=2'));
    await change(simulator);
    for (const query of [`?after=${after}`, `?before=${before}`]) {
      const reply = await list(simulator, query);
      expect(reply.status).toBe(400);
      expect(reply.json).toMatchObject({ error: { code: 139102 } });
    }
    expect((await list(simulator)).status).toBe(200);
  });

  test('a call that changes nothing leaves them good', async () => {
    const simulator = await start(five);
    const { after } = pageOf(await list(simulator, '?limit=2'));
    await block(simulator, blockedUsers);
    expect((await list(simulator, `?after=${after}`)).status).toBe(200);
  });

  test('139102 for the cursor of another list', async () => {
    const simulator = await start({ blocked: { [NUMBER]: blockedUsers, 42: blockedUsers } });
    const { after } = pageOf(await list(simulator, '?limit=2'));
    expect((await list(simulator, `?after=${after}`, { number: '42' })).json).toMatchObject({
      error: { code: 139102 },
    });
  });
});

describe('the end of the list', () => {
  test.each([
    ['empty-data', 2, 4],
    ['no-after', 2, 3],
    ['no-after', 5, 1],
    ['empty-data', 5, 2],
  ] as const)('option endOfList %s: %i users a page take %i pages', async (endOfList, limit, pages) => {
    const simulator = await start({ ...five, endOfList });
    expect(await scan(simulator, limit)).toEqual({ users: blockedUsers, pages });
  });

  test('empty-data is the default', async () => {
    expect(await scan(await start(five), 5)).toEqual({ users: blockedUsers, pages: 2 });
  });

  test('option endOfList repeated-after: the last page leads to itself', async () => {
    const simulator = await start({ ...five, endOfList: 'repeated-after' });
    const first = pageOf(await list(simulator, '?limit=3'));
    const last = pageOf(await list(simulator, `?limit=3&after=${first.after}`));
    expect(last.users).toEqual(blockedUsers.slice(3));
    expect(last.after).toBe(first.after);
    const only = pageOf(await list(simulator, '?limit=10'));
    expect(only.after).toBe(only.before);
  });
});

describe('paging links', () => {
  test('are not given by default', async () => {
    expect((await list(await start(five), '?limit=2')).text).not.toMatch(/"next"|"previous"/);
  });

  test('option pagingLinks: next and previous lead on and back, and hold no token', async () => {
    const simulator = await start({ ...five, pagingLinks: true });
    const first = pageOf(await list(simulator, '?limit=2'));
    expect(first.paging?.previous).toBeUndefined();
    const next = new URL(first.paging?.next ?? '');
    expect(next.origin).toBe(simulator.url);
    expect(next.search).not.toContain('token');
    const second = pageOf(await list(simulator, next.search));
    expect(second.users).toEqual(blockedUsers.slice(2, 4));
    const previous = new URL(second.paging?.previous ?? '');
    expect(pageOf(await list(simulator, previous.search)).users).toEqual(blockedUsers.slice(0, 2));
    const last = pageOf(await list(simulator, new URL(second.paging?.next ?? '').search));
    expect(last.paging?.next).toBeUndefined();
  });
});
