/** Graph names two ids of which the mirror has a user each: one of them becomes an alias, and what is known of its moves stays. */
import { beforeEach, describe, expect, it } from 'vitest';
import { getHistoryEverywhere } from '../../../lambdas/core/history/get-history-everywhere.ts';
import { getUserHistory } from '../../../lambdas/core/history/get-user-history.ts';
import { getUser } from '../../../lambdas/core/users/get-user.ts';
import { isAlias } from '../../../lambdas/core/users/mirror.ts';
import type { ChangedIdentity } from '../../../lambdas/core/webhook/notice.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import { createTestJob, createWorld, delivery, NUMBER, phones, runChunk, type World } from '../../support/world.ts';
import { attempt } from './job-steps.ts';
import { change, reconcile, rightBefore, stored } from './reconciliation-steps.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, totals } from './scheduled-steps.ts';

const [X = '', Y = '', Z = ''] = phones(3);
const PARENT = 'US.ENT.11815799212886844830';
const BSUID = 'US.13491208655302741918';
let world: World;
beforeEach(() => {
  world = createWorld();
});

async function tell(one: Partial<ChangedIdentity>): Promise<(string | number)[]> {
  const news = { action: 'user_changed_number' as const, at: world.clock.iso(), from: [], ...one };
  const received = await receiveWebhook(
    world.deps,
    delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [news] }] }),
  );
  world.clock.advance(2_000);
  return [received.moved, ...received.notFollowed.map(({ reason }) => reason)];
}

async function historyOf(id: string) {
  const { events } = await getUserHistory(world.store, { phoneNumberId: NUMBER, id: id }, { limit: 100 });
  return events.map(({ action, user }) => `${action} ${user}`).reverse();
}

/** The user hides their number, and is known by their BSUID from then on. */
async function hideNumber() {
  world.graph.names.set(X, { waId: X, userId: PARENT });
  await change(world, [X]);
  await tell({ action: 'user_changed_user_id', from: [X, PARENT], userId: BSUID });
  expect(stored(world, PARENT)).toMatchObject({ aliasOf: BSUID });
  expect(stored(world, BSUID)).toMatchObject({ state: 'blocked', previousIds: expect.arrayContaining([X]) });
}

it('the history of a user who was known by the BSUID alone begins with the events of the BSUID', async () => {
  await change(world, [BSUID], { reason: 'spam' });
  world.graph.names.set(Y, { waId: Y, userId: BSUID });
  await change(world, [Y], { action: 'unblock' });
  expect(stored(world, BSUID)).toMatchObject({ aliasOf: Y });
  expect(await historyOf(Y)).toEqual([`block ${BSUID}`, `unblock ${Y}`]);
  expect(await historyOf(BSUID)).toEqual(await historyOf(Y));
});

it('a reconciliation corrects the counts if two items turn out to be one user, while others change the list', async () => {
  await change(world, [Y, BSUID]);
  world.graph.unblockElsewhere(BSUID);
  world.graph.listedAs.set(Y, { waId: Y, userId: BSUID });
  rightBefore(world, 'finishReconciliation', () => change(world, [Z]));
  await reconcile(world);
  expect(totals(world)).toMatchObject({ kept: { size: 2 }, mirror: { size: 2 } });
});

it('the previous owner of a number is not overwritten by another writer of their BSUID', async () => {
  world.graph.names.set(Y, { waId: Y, userId: BSUID });
  await change(world, [Y]);
  await change(world, [Y], { action: 'unblock' });
  await change(world, [X]);
  const news = { from: [X], waId: Y, at: world.clock.iso() };
  rightBefore(world, 'putUsers', async () => {
    const prior = stored(world, BSUID);
    if (!isAlias(prior)) throw new Error('no alias');
    await world.store.putUsers(NUMBER, [{ id: BSUID, prior, next: { ...prior, revision: prior.revision + 1 } }]);
  });
  world.graph.names.set(Y, { waId: Y });
  await expect(tell(news)).rejects.toThrow('Another writer');
  expect(await tell(news)).toEqual([1]);
  expect(await getUser(world.store, NUMBER, BSUID)).toMatchObject({ user: { user: BSUID, state: 'unblocked' } });
  expect(await getUser(world.store, NUMBER, Y)).toMatchObject({ user: { state: 'blocked' } });
});

it('a chunk that died before the alias was written leaves one user, who knows every id', async () => {
  await hideNumber();
  await change(world, [BSUID], { action: 'unblock' });
  world.graph.names.set(Y, { waId: Y, userId: BSUID });
  const job = await createTestJob(world, [Y]);
  const put = world.store.putRecords.bind(world.store);
  world.store.putRecords = async (number, { writes, events }) => {
    Reflect.deleteProperty(world.store, 'putRecords');
    await put(number, { writes: writes.filter(({ next }) => !isAlias(next)), events });
    throw new Error('The worker died');
  };
  await expect(attempt(world, job, 0)).rejects.toThrow('The worker died');
  world.clock.advance(MINUTE_MS);
  await runChunk(world, job, 0);
  expect(stored(world, BSUID)).toMatchObject({ aliasOf: Y });
  expect(stored(world, Y)).toMatchObject({ state: 'blocked', userId: BSUID });
  expect(await historyOf(Y)).toEqual(expect.arrayContaining([`block ${X}`, `block ${Y}`]));
  expect(totals(world)).toMatchObject({ kept: { size: 1 }, mirror: { size: 1 } });
});

it('another writer of the same user does not remove the ids that they had before', async () => {
  await hideNumber();
  world.graph.names.set(Y, { waId: Y, userId: BSUID });
  rightBefore(world, 'completeWithRecords', () => change(world, [Y], { reason: 'first' }));
  await change(world, [Y], { reason: 'second' });
  expect(stored(world, BSUID)).toMatchObject({ aliasOf: Y });
  expect(stored(world, Y)).toMatchObject({ previousIds: expect.arrayContaining([X]) });
});

describe.each([
  [
    'a caller’s block',
    async () => {
      world.graph.names.set(Y, { waId: Y, userId: BSUID });
      await change(world, [Y]);
    },
  ],
  [
    'a reconciliation, of two blocked users',
    async () => {
      await change(world, [Y]);
      world.graph.unblockElsewhere(BSUID);
      world.graph.listedAs.set(Y, { waId: Y, userId: BSUID });
      await reconcile(world);
    },
  ],
  [
    'a reconciliation, of a user who was blocked elsewhere',
    async () => {
      await change(world, [BSUID], { action: 'unblock' });
      world.graph.blockElsewhere(Y);
      world.graph.listedAs.set(Y, { waId: Y, userId: BSUID });
      await reconcile(world);
    },
  ],
])('by %s', (_, meet) => {
  beforeEach(async () => {
    await hideNumber();
    world.clock.advance(MINUTE_MS);
    await meet();
    expect(stored(world, BSUID)).toMatchObject({ aliasOf: Y });
  });

  it('the ids that the user had before are kept, with their history', async () => {
    expect(stored(world, Y)).toMatchObject({ previousIds: expect.arrayContaining([X]) });
    const events = [`block ${X}`, `user_changed_user_id ${BSUID}`];
    expect(await historyOf(Y)).toEqual(expect.arrayContaining(events));
    expect(await getUser(world.store, NUMBER, X)).toMatchObject({ previousId: { id: X } });
  });

  it('every id leads to the one user, and still does after a reconciliation', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
      expect(await getUser(world.store, NUMBER, PARENT)).toMatchObject({ user: { user: Y }, askedAs: PARENT });
      expect(await historyOf(X)).toEqual(await historyOf(Y));
      await reconcile(world);
    }
    for (const id of [X, PARENT]) expect(stored(world, id)).toMatchObject({ aliasOf: Y });
    expect(stored(world, X)).not.toHaveProperty('ends', true);
  });

  it('news from before the move is still not followed', async () => {
    const at = new Date(world.clock.now() - HOUR_MS).toISOString();
    const before = [...world.graph.blocked];
    expect(await tell({ from: [BSUID], waId: Z, at })).toEqual([0, 'older_than_known']);
    expect([...world.graph.blocked]).toEqual(before);
  });
});

it('a user who got a number, and later another BSUID, is followed to the next number', async () => {
  await change(world, [Y]);
  await change(world, [Y], { action: 'unblock' });
  await change(world, [X]);
  world.clock.advance(MINUTE_MS);
  expect(await tell({ from: [X], waId: Y })).toEqual([1]);
  expect(stored(world, Y)).toMatchObject({ tookOver: true, state: 'blocked' });
  world.clock.advance(3 * DAY_MS);
  expect(await tell({ action: 'user_changed_user_id', from: [Y], waId: Y, userId: BSUID })).toEqual([1]);
  world.clock.advance(HOUR_MS);
  expect(await tell({ from: [Y], waId: Z })).toEqual([1]);
  expect([...world.graph.blocked]).toEqual([Z]);
});

it('a number that a user has left still says so after a block of it was refused', async () => {
  await change(world, [X]);
  await tell({ from: [X], waId: Y });
  world.graph.failures.set(X, [{ code: 131047, message: 'Re-engagement required' }]);
  await change(world, [X]);
  expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
  // The refusal concerns whoever has the number now.
  expect(await historyOf(X)).toEqual([...(await historyOf(Y)), `block ${X}`]);
});

it('a number that a user has left still says so after an unblock that changed nothing', async () => {
  await change(world, [X]);
  await tell({ from: [X], waId: Y });
  const before = stored(world, X);
  await change(world, [X], { action: 'unblock' });
  expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
  expect(await historyOf(X)).toEqual([...(await historyOf(Y)), `unblock ${X}`]);
  // When Graph had the number unblocked is known from this call now.
  expect(stored(world, X)?.observedAt).not.toBe(before?.observedAt);
  expect(totals(world)).toMatchObject({ kept: { size: 1 }, mirror: { size: 1 } });
  expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
});

describe('the history of a number that its user has left has once', () => {
  const ofCallers = async () => {
    const { events } = await getUserHistory(world.store, { phoneNumberId: NUMBER, id: X }, { limit: 100 });
    return events.flatMap(({ action, outcome, user, source }) =>
      user === X && source === 'api' ? `${action} ${outcome}` : [],
    );
  };

  it('an unblock that changed nothing, until the number is blocked', async () => {
    // What happened to the user before they left does not count.
    await change(world, [X]);
    await change(world, [X], { action: 'unblock' });
    await tell({ from: [X], waId: Y });
    for (const onBehalfOf of ['ana', 'ana', 'ben']) await change(world, [X], { action: 'unblock', onBehalfOf });
    expect(await ofCallers()).toEqual(['unblock succeeded', 'unblock succeeded', 'block succeeded']);
    await change(world, [X]);
    await change(world, [X], { action: 'unblock' });
    expect((await ofCallers()).slice(0, 3)).toEqual(['unblock succeeded', 'block succeeded', 'unblock succeeded']);
  });

  it('the same refusal, within a day', async () => {
    await change(world, [X]);
    await tell({ from: [X], waId: Y });
    const refuse = (code: number) => world.graph.failures.set(X, [{ code, message: 'no' }]);
    const attempts = [
      { code: 131047, request: {}, events: 1 },
      { code: 131047, request: {}, events: 1 },
      { code: 131047, request: { reason: 'spam' }, events: 2 },
      { code: 131021, request: { reason: 'spam' }, events: 3 },
      { code: 131021, request: { reason: 'spam', onBehalfOf: 'ana' }, events: 4 },
      { code: 131021, request: { reason: 'spam', onBehalfOf: 'ana' }, events: 4 },
    ];
    for (const { code, request, events } of attempts) {
      refuse(code);
      await change(world, [X], request);
      expect((await ofCallers()).filter((one) => one === 'block failed')).toHaveLength(events);
    }
    world.clock.advance(DAY_MS);
    refuse(131021);
    await change(world, [X], { reason: 'spam', onBehalfOf: 'ana' });
    expect((await ofCallers()).filter((one) => one === 'block failed')).toHaveLength(5);
    expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
  });
});

it('nothing leads to a number that its user has left, after an unblock of another form of it', async () => {
  const [long, short] = ['5511987650007', '551187650007'];
  world.graph.names.set(long, { waId: short });
  await change(world, [long]);
  expect(await tell({ from: [long], waId: Y })).toEqual([1]);
  await change(world, [long], { action: 'unblock' });
  for (const id of [long, short]) expect(stored(world, id)).toMatchObject({ aliasOf: Y, isPreviousId: true });
});

it.each([
  ['one number', (id: string) => getUserHistory(world.store, { phoneNumberId: NUMBER, id }, { limit: 4 })],
  ['all numbers', (id: string) => getHistoryEverywhere(world.store, { id }, { limit: 4 })],
])('the history of a user on %s ends, under a number that they left, when they left it', async (_, history) => {
  await change(world, [X]);
  await tell({ from: [X], waId: Y });
  for (const action of ['block', 'unblock', 'block'] as const) await change(world, [X], { action });
  const { events, more } = await history(Y);
  expect(events.map(({ action, user }) => `${action} ${user}`).sort()).toEqual(
    [`block ${X}`, `unblock ${X}`, `block ${Y}`, `user_changed_number ${Y}`].sort(),
  );
  expect(more).toBe(false);
  // Whoever has the number now is asked for by it.
  const own = (await history(X)).events.map(({ action }) => action);
  expect(own.slice(0, 3)).toEqual(['block', 'unblock', 'block']);
});
