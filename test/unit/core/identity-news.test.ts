/** News of other ids that comes late, twice, out of order, in another form of a number, or of an id that somebody else has. */
import { beforeEach, describe, expect, it } from 'vitest';
import { getUserHistory } from '../../../lambdas/core/history/get-user-history.ts';
import { getUser } from '../../../lambdas/core/users/get-user.ts';
import { isAlias } from '../../../lambdas/core/users/mirror.ts';
import type { ChangedIdentity } from '../../../lambdas/core/webhook/notice.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import { createWorld, delivery, NUMBER, phones, type World } from '../../support/world.ts';
import { change, failOnce, reconcile, stored } from './reconciliation-steps.ts';
import { DAY_MS, defer, HOUR_MS, MINUTE_MS, message, state, totals } from './scheduled-steps.ts';

const [X = '', Y = '', Z = ''] = phones(3);
const [OLD, NEW] = ['US.13491208655302741918', 'US.99991208655302741918'];
let world: World;
beforeEach(() => {
  world = createWorld();
});

type News = Partial<ChangedIdentity>;
const ago = (ms: number) => new Date(world.clock.now() - ms).toISOString();

/** News that comes now, and is of now unless it says otherwise. Gives how it ended. */
async function tell(...all: News[]): Promise<(string | number)[]> {
  const changes = all.map((one) => ({
    action: 'user_changed_number' as const,
    at: world.clock.iso(),
    from: [],
    ...one,
  }));
  const received = await receiveWebhook(
    world.deps,
    delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes }] }),
  );
  world.clock.advance(2_000);
  return [received.moved, ...received.notFollowed.map(({ reason }) => reason)];
}
const listed = () => [...world.graph.blocked].sort();
const seen = () => [new Map(world.store.users), world.graph.calls.length, world.store.events.size];

/** What Graph lists is what the mirror has, and what it counts. */
async function expectInStep() {
  const size = listed().length;
  expect(totals(world)).toMatchObject({ kept: { size }, mirror: { size } });
  expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
}

describe('news has a time', () => {
  beforeEach(() => change(world, [X], { reason: 'spam' }));

  it.each([
    ['too_old', 8 * DAY_MS + 1_000],
    ['in_the_future', -5 * MINUTE_MS - 1_000],
  ])('is not followed, and the answer says so, if that is %s', async (reason, age) => {
    const before = seen();
    expect(await tell({ from: [X], waId: Y, at: ago(age) })).toEqual([0, reason]);
    expect(seen()).toEqual(before);
    expect(world.logged).toContain('identity change not followed');
  });

  it.each([8 * DAY_MS, 0, -5 * MINUTE_MS])('is followed for as long as Meta delivers it: %d', async (age) => {
    if (age > 0) world.clock.advance(age);
    expect(await tell({ from: [X], waId: Y, at: ago(age) })).toEqual([1]);
    expect(listed()).toEqual([Y]);
  });

  it('without a signature is not followed, however old it is', async () => {
    world.deps.trustUnsigned = true;
    expect(await tell({ from: [X], waId: Y, at: ago(9 * DAY_MS) })).toEqual([0, 'too_old']);
  });

  it('does nothing if it is sent again after the user moved back', async () => {
    const away = { from: [X], waId: Y, at: world.clock.iso() };
    expect(await tell(away)).toEqual([1]);
    const back = { from: [Y], waId: X, at: world.clock.iso() };
    expect(await tell(back)).toEqual([1]);
    expect(listed()).toEqual([X]);
    const before = seen();
    expect(await tell(away)).toEqual([0, 'older_than_known']);
    expect(await tell(back)).toEqual([0]);
    expect(seen()).toEqual(before);
    // Also if the block was renewed, ended or made again since.
    await change(world, [X], { action: 'unblock' });
    await change(world, [X], { reason: 'again' });
    expect(await tell(away)).toEqual([0, 'older_than_known']);
    expect(listed()).toEqual([X]);
    expect(await tell({ from: [X], waId: Y })).toEqual([1]);
    expect(listed()).toEqual([Y]);
  });

  it('does not move another user who got the number since', async () => {
    const news = { from: [X], waId: Y, at: world.clock.iso() };
    await tell(news);
    await change(world, [X], { reason: 'somebody else' });
    await change(world, [X], { reason: 'somebody else, again' });
    expect(await tell(news)).toEqual([0]);
    expect(await tell({ ...news, waId: Z, at: ago(HOUR_MS) })).toEqual([0, 'older_than_known']);
    expect(listed()).toEqual([X, Y]);
    expect(await tell({ from: [X], waId: Z })).toEqual([1]);
    expect(listed()).toEqual([Y, Z]);
  });

  it('does not move a user who was blocked under the old number days later', async () => {
    const at = world.clock.iso();
    world.clock.advance(DAY_MS + 2_000);
    await change(world, [Z]);
    expect(await tell({ from: [Z], waId: Y, at })).toEqual([0, 'another_user']);
    expect(listed()).toEqual([X, Z]);
    // Graph may have blocked them for a message from before the move.
    expect(await tell({ from: [Z], waId: Y, at: ago(DAY_MS) })).toEqual([1]);
    expect(listed()).toEqual([X, Y]);
  });

  it('does not undo later news that arrived first', async () => {
    await change(world, [Y]);
    const first = { from: [X], waId: Y, at: world.clock.iso() };
    world.clock.advance(MINUTE_MS);
    expect(await tell({ from: [Y], waId: Z })).toEqual([1]);
    expect(await tell(first)).toEqual([0, 'older_than_known']);
    expect(listed()).toEqual([X, Z]);
  });

  it('has a time for a new BSUID with the same number, too', async () => {
    const news = { action: 'user_changed_user_id', from: [X], waId: X } as const;
    const first = { ...news, userId: OLD, at: world.clock.iso() };
    expect(await tell(first)).toEqual([1]);
    expect(await tell({ ...news, userId: NEW })).toEqual([1]);
    expect(await tell(first)).toEqual([0, 'older_than_known']);
    expect(stored(world, X)).toMatchObject({ userId: NEW, previousIds: [OLD] });
  });
});

describe('a user who moved twice', () => {
  it('is found by every id that they had, and by no other', async () => {
    world.graph.names.set(X, { waId: X, userId: OLD });
    await change(world, [X]);
    await tell({ from: [X, OLD], waId: Y, userId: 'US.2' });
    await tell({ from: [Y, 'US.2'], waId: Z, userId: NEW });
    for (const id of [X, Y]) {
      expect(await getUser(world.store, NUMBER, id)).toEqual({ previousId: { id, changedTo: Z } });
    }
    for (const id of [OLD, 'US.2', NEW]) {
      expect(await getUser(world.store, NUMBER, id)).toMatchObject({ user: { user: Z }, askedAs: id });
    }
    expect(listed()).toEqual([Z]);
    await expectInStep();
  });

  it('leaves each number at the time of its own news', async () => {
    await change(world, [X]);
    await tell({ from: [X], waId: Y });
    const between = world.clock.iso();
    world.clock.advance(MINUTE_MS);
    await tell({ from: [Y], waId: Z });
    await change(world, [X], { reason: 'somebody else' });
    expect(await tell({ from: [X], waId: '16505559999', at: between })).toEqual([1]);
    expect(listed()).toEqual([Z, '16505559999']);
  });
});

it('news whose first delivery died when all but the old id was written is finished by the next', async () => {
  await change(world, [X]);
  await change(world, [X], { action: 'unblock' });
  const news = { from: [X], waId: Y, at: world.clock.iso() };
  const put = world.store.putUsers.bind(world.store);
  world.store.putUsers = (number, writes) =>
    writes.some(({ next }) => isAlias(next)) ? Promise.reject(new Error('DynamoDB is down')) : put(number, writes);
  await expect(tell(news)).rejects.toThrow('DynamoDB is down');
  Reflect.deleteProperty(world.store, 'putUsers');
  expect(await tell(news)).toEqual([0]);
  expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
});

describe.each([
  ['Brazil', '5511987650007', '551187650007'],
  ['Mexico', '525550001234', '5215550001234'],
  ['Argentina', '5491123456789', '541123456789'],
])('a number of %s', (_, one, other) => {
  it.each([
    [one, other],
    [other, one],
  ])('is followed from %s if the block is by %s', async (recorded, blocked) => {
    await change(world, [blocked], { reason: 'spam' });
    const news = { from: [recorded], waId: Y, at: world.clock.iso() };
    expect(await tell(news)).toEqual([1]);
    expect(listed()).toEqual([Y]);
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', reason: 'spam', previousIds: [blocked] });
    for (const id of [recorded, blocked])
      expect(await getUser(world.store, NUMBER, id)).toEqual({ previousId: { id, changedTo: Y } });
    expect(await tell(news)).toEqual([0]);
    await expectInStep();
  });

  it('is followed if the user there is known by its other form', async () => {
    await change(world, [X]);
    const news = { from: [X], waId: one, at: world.clock.iso() };
    world.clock.advance(2_000);
    await change(world, [other], { reason: 'of their own' });
    expect(await tell(news)).toEqual([1]);
    expect(listed()).toEqual([other]);
    expect(stored(world, other)).toMatchObject({ state: 'blocked', reason: 'of their own', previousIds: [X] });
    await expectInStep();
  });

  it('is followed if Graph names its other form in the answer to the unblock', async () => {
    await defer(world, [one], { reason: 'spam' });
    world.graph.failures.delete(one);
    for (const id of [one, other]) world.graph.names.set(id, { waId: other });
    expect(await tell({ from: [other], waId: Y })).toEqual([1]);
    expect(listed()).toEqual([Y]);
    for (const id of [one, other])
      expect(await getUser(world.store, NUMBER, id)).toEqual({ previousId: { id, changedTo: Y } });
    expect(
      (await getUserHistory(world.store, { phoneNumberId: NUMBER, id: Y }, { limit: 100 })).events.at(-1),
    ).toMatchObject({ user: one });
  });

  it('is left by all its forms', async () => {
    world.graph.names.set(one, { waId: other });
    await change(world, [one]);
    expect(await tell({ from: [other], waId: Y })).toEqual([1]);
    for (const id of [one, other])
      expect(await getUser(world.store, NUMBER, id)).toEqual({ previousId: { id, changedTo: Y } });
  });

  it('is left by all its forms, also by the one that they were blocked by until that block ended', async () => {
    world.graph.names.set(one, { waId: other });
    await change(world, [one]);
    await change(world, [other], { action: 'unblock' });
    expect(await tell({ from: [other], waId: Y })).toEqual([1]);
    for (const id of [one, other])
      expect(stored(world, id)).toMatchObject({
        aliasOf: Y,
        isPreviousId: true,
      });
  });

  it('is left by all its forms at the next move as well', async () => {
    world.graph.names.set(one, { waId: other });
    await change(world, [one], { reason: 'spam' });
    expect(await tell({ from: [one], waId: X })).toEqual([1]);
    expect(await tell({ from: [X], waId: Y })).toEqual([1]);
    for (const id of [one, other, X]) expect(stored(world, id)).toMatchObject({ aliasOf: Y, isPreviousId: true });
  });

  it('is left by all its forms, and so is the number before it, if Graph first names the other form at the unblock', async () => {
    await defer(world, [X], { reason: 'spam' });
    world.graph.failures.set(one, world.graph.failures.get(X) ?? []);
    expect(await tell({ from: [X], waId: one })).toEqual([1]);
    world.graph.failures.delete(one);
    for (const id of [one, other]) world.graph.names.set(id, { waId: other });
    expect(await tell({ from: [one], waId: Y })).toEqual([1]);
    expect(listed()).toEqual([Y]);
    for (const id of [X, one, other])
      expect(await getUser(world.store, NUMBER, id)).toEqual({ previousId: { id, changedTo: Y } });
    await expectInStep();
  });

  it('and the number before it lead to the user, even if Graph names the other form when a deferred block is made', async () => {
    await defer(world, [X], { reason: 'spam' });
    world.graph.failures.set(one, world.graph.failures.get(X) ?? []);
    await tell({ from: [X], waId: one });
    world.graph.failures.delete(one);
    for (const id of [one, other]) world.graph.names.set(id, { waId: other });
    await message(world, other);
    expect(listed()).toEqual([other]);
    expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: other } });
    expect(await getUser(world.store, NUMBER, one)).toMatchObject({ user: { user: other, state: 'blocked' } });
    expect(await tell({ from: [other], waId: Y })).toEqual([1]);
    for (const id of [X, one, other])
      expect(await getUser(world.store, NUMBER, id)).toEqual({ previousId: { id, changedTo: Y } });
    await expectInStep();
  });

  it('stays one user if only its form changes, and Graph lists both', async () => {
    world.graph.names.set(one, { waId: one, userId: OLD });
    await change(world, [one], { reason: 'spam' });
    const news = { from: [one], waId: other, at: world.clock.iso() };
    expect(await tell(news)).toEqual([1]);
    expect(listed()).toEqual([other]);
    await expectOneUser(other);
    expect(await getUser(world.store, NUMBER, OLD)).toMatchObject({ user: { user: other, userId: OLD } });
    const before = seen();
    expect(await tell(news)).toEqual([0]);
    expect(seen()).toEqual(before);
  });

  it.each([one, other])('stays one user, and blocked throughout, if both are %s for Graph', async (waId) => {
    await change(world, [one], { reason: 'spam' });
    for (const id of [one, other]) world.graph.names.set(id, { waId });
    if (waId === other) {
      world.graph.unblockElsewhere(one);
      world.graph.blockElsewhere(other);
    }
    await tell({ from: [one], waId: other });
    expect(listed()).toEqual([waId]);
    expect(world.graph.calls.every(({ action }) => action === 'block')).toBe(true);
    await expectOneUser(waId);
  });

  it('stays one user who is unblocked or deferred', async () => {
    await change(world, [one]);
    await change(world, [one], { action: 'unblock' });
    await tell({ from: [one], waId: other });
    await expectOneUser(other, 'unblocked');
    expect(listed()).toEqual([]);
  });

  it('stays one user whose block is deferred', async () => {
    await defer(world, [one], { reason: 'spam' });
    world.graph.failures.set(other, world.graph.failures.get(one) ?? []);
    await tell({ from: [one], waId: other });
    await expectOneUser(other, 'deferred');
    expect(totals(world)).toMatchObject({ kept: { size: 0, deferred: 1 }, mirror: { size: 0, deferred: 1 } });
  });

  async function expectOneUser(user: string, is = 'blocked') {
    for (const id of [one, other]) {
      const found = await getUser(world.store, NUMBER, id);
      expect(found).toMatchObject({ user: { user, state: is } });
      expect(found.previousId).toBeUndefined();
      const { events } = await getUserHistory(world.store, { phoneNumberId: NUMBER, id: id }, { limit: 100 });
      expect(events.at(-1)).toMatchObject({ action: 'block', user: one });
    }
    await expectInStep();
  }
});

describe('a number that somebody else has', () => {
  /** X and Y swap, in the one order or the other, at one moment or one after the other. */
  const SWAPS = [
    ['X first, at one moment', [X, Y], 0],
    ['Y first, at one moment', [Y, X], 0],
    ['X first, a minute apart', [X, Y], MINUTE_MS],
    ['Y first, a minute apart', [Y, X], MINUTE_MS],
  ] as const;

  async function swap([first, second]: readonly [string, string], ms: number) {
    const at = world.clock.iso();
    const ends = await tell({ from: [first], waId: second, at });
    if (ms > 0) world.clock.advance(ms);
    return [ends, await tell({ from: [second], waId: first, at: new Date(Date.parse(at) + ms).toISOString() })];
  }

  it.each(SWAPS)('passes to the blocked user if its owner is not blocked: %s', async (_, order, ms) => {
    await change(world, [X, Y], { reason: 'spam' });
    await change(world, [Y], { action: 'unblock' });
    await swap(order, ms);
    expect(listed()).toEqual([Y]);
    expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', previousIds: [X] });
    await expectInStep();
  });

  it.each(SWAPS)(
    'stays with its owner if both are blocked, each on their own terms, and the answer says so: %s',
    async (_, order, ms) => {
      await change(world, [X], { reason: 'spam' });
      await change(world, [Y], { reason: 'threats' });
      const before = seen();
      expect(await swap(order, ms)).toEqual([
        [0, 'another_user'],
        [0, 'another_user'],
      ]);
      expect(seen()).toEqual(before);
      expect(listed()).toEqual([X, Y]);
    },
  );

  it.each(SWAPS)('passes on, and blocks nobody, if neither is blocked: %s', async (_, order, ms) => {
    await change(world, [X, Y]);
    await change(world, [X, Y], { action: 'unblock' });
    await swap(order, ms);
    expect(listed()).toEqual([]);
    await expectInStep();
  });

  it.each(SWAPS)('passes on, and a deferred block stays with its user: %s', async (_, order, ms) => {
    await change(world, [X], { reason: 'spam' });
    await defer(world, [Y], { reason: 'threats' });
    await swap(order, ms);
    expect(listed()).toEqual([X]);
    expect(state(world, Y)).toBe('deferred');
  });

  it.each(SWAPS.slice(0, 2))(
    'passes to the blocked user if nothing is known about its owner: %s',
    async (_, order, ms) => {
      await change(world, [X]);
      await swap(order, ms);
      expect(listed()).toEqual([Y]);
    },
  );

  it('does not pass the block of its owner on to the next one', async () => {
    await change(world, [X, Y]);
    await change(world, [X], { action: 'unblock' });
    expect(await tell({ from: [X], waId: Y })).toEqual([0, 'another_user']);
    expect(stored(world, X)).toMatchObject({ state: 'unblocked' });
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', previousIds: undefined });
  });

  it('is no longer found by the BSUID of its previous owner, which leads to them', async () => {
    world.graph.names.set(Y, { waId: Y, userId: OLD });
    await change(world, [Y]);
    await change(world, [Y], { action: 'unblock' });
    world.graph.names.set(Y, { waId: Y });
    await change(world, [X], { reason: 'spam' });
    expect(await tell({ from: [X], waId: Y, userId: NEW })).toEqual([1]);
    expect(await getUser(world.store, NUMBER, NEW)).toMatchObject({ user: { user: Y, state: 'blocked', userId: NEW } });
    expect(await getUser(world.store, NUMBER, OLD)).toMatchObject({ user: { user: OLD, state: 'unblocked' } });
    await expectInStep();
  });

  it('does not merge the two users if a first delivery died halfway', async () => {
    await change(world, [X, Y]);
    await change(world, [Y], { action: 'unblock' });
    const news = { from: [X], waId: Y, at: world.clock.iso() };
    failOnce(world, 'putUsersWithEvents');
    await expect(tell(news)).rejects.toThrow('DynamoDB is down');
    world.clock.advance(MINUTE_MS);
    expect(await tell(news)).toEqual([1]);
    expect(await tell({ from: [Y], waId: X })).toEqual([0, 'another_user']);
    expect(listed()).toEqual([Y]);
  });

  it('takes over nothing of its previous owner', async () => {
    await change(world, [Z]);
    await change(world, [Z], { action: 'unblock' });
    await tell({ from: [Z], waId: Y });
    await change(world, [X], { reason: 'spam' });
    expect(await tell({ from: [X], waId: Y })).toEqual([1]);
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', previousIds: [X] });
  });

  it('may be left again after a day by its new owner', async () => {
    await change(world, [X, Y]);
    await change(world, [Y], { action: 'unblock' });
    await tell({ from: [X], waId: Y });
    world.clock.advance(HOUR_MS);
    expect(await tell({ from: [Y], waId: Z })).toEqual([0, 'another_user']);
    world.clock.advance(DAY_MS);
    expect(await tell({ from: [Y], waId: Z })).toEqual([1]);
    expect(listed()).toEqual([Z]);
    await expectInStep();
  });

  it('keeps the block that its new owner got since the move', async () => {
    await change(world, [X], { reason: 'spam' });
    const news = { from: [X], waId: Y, at: world.clock.iso() };
    world.clock.advance(HOUR_MS);
    await change(world, [Y], { reason: 'threats' });
    expect(await tell(news)).toEqual([1]);
    expect(listed()).toEqual([Y]);
    expect(stored(world, Y)).toMatchObject({ reason: 'threats', previousIds: [X] });
    await expectInStep();
  });

  it('keeps that block if a first delivery died halfway', async () => {
    await change(world, [X]);
    const news = { from: [X], waId: Y, at: world.clock.iso() };
    failOnce(world, 'putUsersWithEvents');
    await expect(tell(news)).rejects.toThrow('DynamoDB is down');
    expect(await tell(news)).toEqual([1]);
    expect(listed()).toEqual([Y]);
  });
});
