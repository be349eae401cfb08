import { describe, expect, it } from 'vitest';
import { getUserHistory } from '../../../lambdas/core/history/get-user-history.ts';
import { getUser } from '../../../lambdas/core/users/get-user.ts';
import type { MirrorUser } from '../../../lambdas/core/users/mirror.ts';
import { SummaryCache } from '../../../lambdas/core/users/summary-cache.ts';
import { auditEvent, freshNumber, mirrorUser } from '../../support/contract-fixtures.ts';
import { InMemoryBlocklistStore } from '../../support/in-memory-store.ts';

const FIRST = '16505550001';
const SECOND = '16505550002';
const NOW = '16505550003';

/** A user who had two other numbers before, and is still known by the last of them; counts the reads of the mirror. */
async function moved(change: Partial<MirrorUser> = { previousIds: [SECOND, FIRST] }) {
  const store = new InMemoryBlocklistStore();
  const number = freshNumber();
  await store.putUsers(number, [
    { id: NOW, prior: undefined, next: mirrorUser(NOW, change) },
    { id: SECOND, prior: undefined, next: { aliasOf: NOW, revision: 1 } },
  ]);
  await store.appendEvents(number, [
    auditEvent(FIRST, '2026-01-01T00:00:00.000Z', { operationId: 'op-1' }),
    auditEvent(SECOND, '2026-02-01T00:00:00.000Z', { operationId: 'op-2' }),
    auditEvent(NOW, '2026-03-01T00:00:00.000Z', {
      operationId: 'op-3',
      action: 'user_changed_number',
      previous: SECOND,
    }),
    auditEvent('16505550009', '2026-04-01T00:00:00.000Z', { operationId: 'op-4' }),
  ]);
  const reads: (readonly string[])[] = [];
  const counting = {
    getUsers: (phoneNumberId: string, ids: readonly string[]) => {
      reads.push(ids);
      return store.getUsers(phoneNumberId, ids);
    },
    pageEvents: (...page: Parameters<typeof store.pageEvents>) => store.pageEvents(...page),
  };
  const history = async (id: string, page: { limit: number; before?: string } = { limit: 10 }) => {
    const { events, more } = await getUserHistory(counting, { phoneNumberId: number, id: id }, page);
    return { ids: events.map(({ operationId }) => operationId), more };
  };
  return { history, reads };
}

describe('the history of a user', () => {
  it('includes what was done under the numbers that they had before, with one read of the mirror', async () => {
    const { history, reads } = await moved();
    expect(await history(NOW)).toEqual({ ids: ['op-3', 'op-2', 'op-1'], more: false });
    expect(reads).toEqual([[NOW]]);
  });

  it('is the same by a number that they had before, with two reads', async () => {
    const { history, reads } = await moved();
    expect(await history(SECOND)).toEqual({ ids: ['op-3', 'op-2', 'op-1'], more: false });
    expect(reads).toEqual([[SECOND], [NOW]]);
  });

  it('includes the events of an alias and of the user, even if nothing changed', async () => {
    const { history } = await moved({});
    expect((await history(SECOND)).ids).toEqual(['op-3', 'op-2']);
    expect((await history(NOW)).ids).toEqual(['op-3']);
  });

  it('has the refusals of a user about whom nothing else is known', async () => {
    const { history, reads } = await moved();
    expect((await history(FIRST)).ids).toEqual(['op-1']);
    expect(reads).toEqual([[FIRST]]);
  });

  it('comes in pages over all of these', async () => {
    const { history } = await moved();
    expect(await history(SECOND, { limit: 2 })).toEqual({ ids: ['op-3', 'op-2'], more: true });
    const before = '2026-02-01T00:00:00.000Z#op-2';
    expect(await history(SECOND, { limit: 2, before })).toEqual({ ids: ['op-1'], more: false });
  });
});

describe('a user who is asked for by the other form of their number', () => {
  const [long, short] = ['5531987654321', '553187654321'];

  /** A store that knows these; counts its reads. */
  async function knowing(...users: readonly MirrorUser[]) {
    const store = new InMemoryBlocklistStore();
    const number = freshNumber();
    await store.putUsers(
      number,
      users.map((next) => ({ id: next.user, prior: undefined, next })),
    );
    const reads: (readonly string[])[] = [];
    const getUsers = store.getUsers.bind(store);
    Object.assign(store, {
      getUsers: (phoneNumberId: string, ids: readonly string[]) => {
        reads.push(ids);
        return getUsers(phoneNumberId, ids);
      },
    });
    return { store, number, reads };
  }

  it.each([
    [long, short],
    [short, long],
  ])('as %s is found as %s, with one read more', async (asked, known) => {
    const { store, number, reads } = await knowing(mirrorUser(known));
    expect(await getUser(store, number, asked)).toMatchObject({
      user: { user: known, state: 'blocked' },
      askedAs: asked,
    });
    expect(reads).toEqual([[asked], [known]]);
  });

  it('is found with one read if they are known by the form in the request', async () => {
    const { store, number, reads } = await knowing(mirrorUser(long), mirrorUser(short, { state: 'unblocked' }));
    expect(await getUser(store, number, long)).toEqual({ user: mirrorUser(long) });
    expect(await getUser(store, number, short)).toEqual({ user: mirrorUser(short, { state: 'unblocked' }) });
    expect(reads).toEqual([[long], [short]]);
  });

  it('is found even if a refusal is stored under the form in the request', async () => {
    const { store, number } = await knowing(mirrorUser(long, { state: 'unknown' }), mirrorUser(short));
    expect(await getUser(store, number, long)).toMatchObject({ user: { user: short, state: 'blocked' } });
  });

  it('is found by a number that is an alias', async () => {
    const { store, number } = await knowing(mirrorUser('US.134'));
    await store.putUsers(number, [{ id: short, prior: undefined, next: { aliasOf: 'US.134', revision: 1 } }]);
    expect(await getUser(store, number, long)).toMatchObject({ user: { user: 'US.134' }, askedAs: long });
  });

  it('is unknown if neither is known', async () => {
    const { store, number, reads } = await knowing();
    expect(await getUser(store, number, long)).toEqual({ user: undefined });
    expect(reads).toEqual([[long], [short]]);
  });

  it('has one history, even if nothing else is left', async () => {
    const { store, number } = await knowing(mirrorUser(short));
    await store.appendEvents(number, [
      auditEvent(long, '2026-01-01T00:00:00.000Z', { operationId: 'op-1', outcome: 'failed', code: 131047 }),
      auditEvent(short, '2026-02-01T00:00:00.000Z', { operationId: 'op-2' }),
      auditEvent('525512345678', '2026-02-01T00:00:00.000Z', { operationId: 'op-3' }),
    ]);
    const historyOf = async (id: string) =>
      (await getUserHistory(store, { phoneNumberId: number, id: id }, { limit: 10 })).events.map(
        ({ operationId }) => operationId,
      );
    expect(await historyOf(long)).toEqual(['op-2', 'op-1']);
    expect(await historyOf('5215512345678')).toEqual(['op-3']);
  });
});

it('a page of a history has all events that one operation recorded at one moment', async () => {
  const store = new InMemoryBlocklistStore();
  const recorded = {
    at: '2026-11-01T12:00:00.000Z',
    operationId: 'op-2',
    action: 'block',
    outcome: 'succeeded',
  } as const;
  const by = { actor: 'a', source: 'api' } as const;
  const [before, now] = ['16505550001', '16505550002'];
  const number = freshNumber();
  await store.appendEvents(number, [
    { ...recorded, ...by, user: before },
    { ...recorded, ...by, user: now },
    { ...recorded, ...by, user: now, at: '2026-11-01T11:00:00.000Z', operationId: 'op-1' },
  ]);
  const next = mirrorUser(now, { previousIds: [before] });
  await store.putUsers(number, [{ id: now, prior: undefined, next }]);
  const first = await getUserHistory(store, { phoneNumberId: number, id: now }, { limit: 1 });
  expect(first.events.map(({ user }) => user).sort()).toEqual([before, now]);
  expect(first.more).toBe(true);
  const second = await getUserHistory(
    store,
    { phoneNumberId: number, id: now },
    { limit: 1, before: `${recorded.at}#op-2` },
  );
  expect(second).toMatchObject({ events: [{ operationId: 'op-1' }], more: false });
});

it('summaries are kept of so many numbers only', async () => {
  let reads = 0;
  const cache = new SummaryCache(
    {
      getSummary: async () => {
        reads += 1;
        return undefined;
      },
    },
    { now: () => 0 },
  );
  for (let number = 0; number < 1_001; number += 1) await cache.get(String(number));
  await cache.get('1000');
  expect(reads).toBe(1_001);
  await cache.get('0');
  expect(reads).toBe(1_002);
});
