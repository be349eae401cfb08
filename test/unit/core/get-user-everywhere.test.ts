import { beforeEach, describe, expect, it } from 'vitest';
import { NO_TOTALS } from '../../../lambdas/core/changes/totals.ts';
import { getHistoryEverywhere } from '../../../lambdas/core/history/get-history-everywhere.ts';
import { EVERY_NUMBER } from '../../../lambdas/core/ids.ts';
import { getUserEverywhere } from '../../../lambdas/core/users/get-user-everywhere.ts';
import type { MirrorItem } from '../../../lambdas/core/users/mirror.ts';
import { auditEvent, mirrorUser } from '../../support/contract-fixtures.ts';
import { InMemoryBlocklistStore } from '../../support/in-memory-store.ts';

const [A, B, C, D] = ['106540352242921', '106540352242922', '106540352242923', '106540352242924'] as const;
const WA = '16505551234';
const BSUID = 'US.13491208655302741918';
const AT = '2026-11-01T00:00:00.000Z';
const hour = (n: number) => `2026-11-01T${String(n).padStart(2, '0')}:00:00.000Z`;

let store: InMemoryBlocklistStore;
beforeEach(async () => {
  store = new InMemoryBlocklistStore();
  for (const number of [A, B, C, D]) await store.registerNumber(number, AT);
  const put = (number: string, id: string, next = mirrorUser(id)) =>
    store.putUsers(number, [{ id, prior: undefined, next }]);
  await put(B, WA, mirrorUser(WA, { userId: BSUID }));
  await put(C, WA, mirrorUser(WA, { state: 'unknown', change: 'none' }));
  await put(D, BSUID, mirrorUser(BSUID, { waId: undefined, input: BSUID, state: 'deferred' }));
  store.summaries.set(D, { ...NO_TOTALS, reconciledAt: AT });
});

describe('one user on every number', () => {
  const pageOf = async (limit: number, after?: string) => {
    const { rows, ...page } = await getUserEverywhere(store, { id: WA }, { limit, after });
    return { ...page, rows: rows.map(({ phoneNumberId, user }) => [phoneNumberId, user?.state]) };
  };

  it('is paged by number, and each page says by which ids the user is known anywhere', async () => {
    const known = { waId: WA, userId: BSUID, isProtected: false };
    expect(await pageOf(2)).toEqual({
      ...known,
      more: true,
      rows: [
        [A, undefined],
        [B, 'blocked'],
      ],
    });
    const rest = [
      [C, 'unknown'],
      [D, 'deferred'],
    ];
    expect(await pageOf(2, B)).toEqual({ ...known, more: false, rows: rest });
    expect(await pageOf(2, `${B}5`)).toEqual({ ...known, more: false, rows: rest });
    expect(await pageOf(2, D)).toEqual({ ...known, more: false, rows: [] });
    expect((await pageOf(4)).more).toBe(false);
  });

  it('says whether the user is protected, by any id that a number knows', async () => {
    const entry = { user: BSUID, ids: [BSUID], actor: 'ana', protectedAt: AT, revision: 1 };
    store.protectedUsers.set(BSUID, entry);
    expect((await pageOf(1)).isProtected).toBe(true);
    store.protectedUsers.set(BSUID, { ...entry, ids: ['US.1'] });
    expect((await pageOf(1)).isProtected).toBe(false);
  });

  it('has no id if only a refusal is known of them', async () => {
    const page = await getUserEverywhere(store, { id: WA, within: new Set([A, C]) }, { limit: 10 });
    expect(page).toMatchObject({
      waId: undefined,
      userId: undefined,
      rows: [{ phoneNumberId: A }, { phoneNumberId: C }],
    });
  });

  it('says whether the user is protected, by any id that a number knows', async () => {
    const isProtected = async (id: string) => (await getUserEverywhere(store, { id }, { limit: 1 })).isProtected;
    const protect = (user: string) => {
      const next = { user, ids: [user], actor: 'ana', protectedAt: AT, revision: 1 };
      const event = auditEvent(user, AT, { operationId: 'op-1', action: 'protect' });
      return store.changeProtection({ prior: undefined, next, event });
    };
    await protect('16505550009');
    expect(await isProtected(WA)).toBe(false);
    await protect(BSUID);
    expect(await isProtected(WA)).toBe(true);
  });

  it('says of each number when it was last reconciled', async () => {
    const { rows } = await getUserEverywhere(store, { id: WA }, { limit: 10 });
    expect(rows.map(({ summary }) => summary?.reconciledAt)).toEqual([undefined, undefined, undefined, AT]);
  });
});

describe('the history of a user on every number', () => {
  const events = async (id: string, limit = 100, within?: ReadonlySet<string>) => {
    const found: string[][] = [];
    for (let before: string | undefined; ; ) {
      const page = await getHistoryEverywhere(store, { id, within }, { limit, before });
      found.push(page.events.map(({ phoneNumberId, operationId }) => `${phoneNumberId} ${operationId}`));
      const last = page.events.at(-1);
      before = last && `${last.at}#${last.operationId}`;
      if (!page.more) return found;
    }
  };

  it('is one, newest first, under every id that any number knows, also on numbers that have forgotten the user', async () => {
    await store.appendEvents(A, [auditEvent(BSUID, hour(4), { operationId: 'op-4' })]);
    await store.appendEvents(B, [auditEvent(WA, hour(1), { operationId: 'op-1' })]);
    await store.appendEvents(D, [auditEvent(WA, hour(3), { operationId: 'op-3' })]);
    await store.appendEvents(D, [auditEvent('16505550009', hour(2), { operationId: 'op-2' })]);
    const all = [`${A} op-4`, `${D} op-3`, `${B} op-1`];
    expect(await events(WA)).toEqual([all]);
    expect(await events(BSUID)).toEqual([[`${A} op-4`]]);
    expect(await events(WA, 1)).toEqual(all.map((one) => [one]));
    expect(await events(WA, 2)).toEqual([all.slice(0, 2), all.slice(2)]);
    expect(await events('16505550007')).toEqual([[]]);
  });

  it('keeps the events of one operation together, which no cursor can tell apart', async () => {
    const one = { operationId: 'op-1' };
    await store.appendEvents(B, [auditEvent(WA, hour(1), one), auditEvent(BSUID, hour(1), one)]);
    await store.appendEvents(C, [auditEvent(WA, hour(0), { operationId: 'op-0' })]);
    expect(await events(WA, 1)).toEqual([[`${B} op-1`, `${B} op-1`], [`${C} op-0`]]);
  });

  it('has what concerns every number, unless only some may be seen', async () => {
    await store.appendEvents(EVERY_NUMBER, [auditEvent(WA, hour(2), { operationId: 'op-2' })]);
    await store.appendEvents(B, [auditEvent(WA, hour(1), { operationId: 'op-1' })]);
    await store.appendEvents(C, [auditEvent(WA, hour(3), { operationId: 'op-3' })]);
    expect(await events(WA)).toEqual([[`${C} op-3`, `${EVERY_NUMBER} op-2`, `${B} op-1`]]);
    expect(await events(WA, 100, new Set([B]))).toEqual([[`${B} op-1`]]);
  });

  it('goes back to an earlier number of the user where their move is known, and nowhere else', async () => {
    const before = '16505550009';
    const [stored] = (await store.getUsers(B, [WA])).values();
    const moved = mirrorUser(WA, { userId: BSUID, previousIds: [before], revision: 2 });
    await store.putUsers(B, [{ id: WA, prior: stored, next: moved }]);
    await store.putUsers(B, [{ id: before, prior: undefined, next: { aliasOf: WA, isPreviousId: true, revision: 1 } }]);
    for (const [place, number] of [A, B].entries())
      await store.appendEvents(number, [auditEvent(before, hour(place), { operationId: `op-${place}` })]);
    expect(await events(WA)).toEqual([[`${B} op-1`]]);
    await store.appendEvents(B, [auditEvent(WA, hour(5), { operationId: 'op-5' })]);
    expect(await events(before)).toEqual([[`${B} op-5`, `${B} op-1`, `${A} op-0`]]);
  });

  describe('asked by a number that the user has left', () => {
    const [first, left, now] = ['16505550008', '16505550009', '16505550010'] as const;
    const moved = { previousIds: [left, first], leftAt: { [first]: hour(2), [left]: hour(5) } };
    /** A user who moved twice, and whom B knows by a BSUID too; what is done to their first number from then on is not theirs. */
    beforeEach(async () => {
      const put = (id: string, next: MirrorItem) => store.putUsers(B, [{ id, prior: undefined, next }]);
      await put(now, mirrorUser(now, { userId: 'US.7', ...moved }));
      for (const id of [first, left]) await put(id, { aliasOf: now, isPreviousId: true, revision: 1 });
      for (const [user, at] of [
        [first, 1],
        [first, 3],
        [left, 4],
        [now, 6],
        ['US.7', 7],
      ] as const) {
        await store.appendEvents(B, [auditEvent(user, hour(at), { operationId: `op-${at}` })]);
      }
      // Only the present id is known here.
      await store.appendEvents(C, [auditEvent(now, hour(8), { operationId: 'op-8' })]);
    });
    const all = ['op-7', 'op-6', 'op-4', 'op-1'].map((one) => `${B} ${one}`);

    it('is that of the present id, under every id, and ends for each number when they left it', async () => {
      expect(await events(now)).toEqual([[`${C} op-8`, ...all]]);
      expect(await events(left)).toEqual(await events(now));
    });

    it('is so also where a number knows the next owner, but only on the numbers that know of the move', async () => {
      await store.putUsers(D, [{ id: left, prior: undefined, next: mirrorUser(left) }]);
      await store.appendEvents(D, [auditEvent(left, hour(9), { operationId: 'op-9' })]);
      expect(await events(left)).toEqual([[`${D} op-9`, ...all]]);
      expect(await events(now)).toEqual([[`${C} op-8`, ...all]]);
    });
  });

  it('reads the other form of a number too, of which nothing else is left', async () => {
    await store.appendEvents(A, [auditEvent('553187654321', hour(1), { operationId: 'op-1' })]);
    expect(await events('5531987654321')).toEqual([[`${A} op-1`]]);
  });
});
