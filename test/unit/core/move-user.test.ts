import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { getUserHistory } from '../../../lambdas/core/history/get-user-history.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import type { Log } from '../../../lambdas/core/ports/services.ts';
import { getUser } from '../../../lambdas/core/users/get-user.ts';
import { mirrorUser } from '../../../lambdas/core/users/mirror.ts';
import type { ChangedIdentity } from '../../../lambdas/core/webhook/notice.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import { changeRequest, createWorld, delivery, NUMBER, phones, RECEIVER, type World } from '../../support/world.ts';
import {
  change,
  failOnce,
  MINUTE_MS,
  reconcile,
  recordedHistory,
  rightBefore,
  stored,
} from './reconciliation-steps.ts';
import { blockFor, defer, HOUR_MS, message, run, state, totals, writes } from './scheduled-steps.ts';

const [X = '', Y = '', Z = ''] = phones(3);
let world: World;
beforeEach(() => {
  world = createWorld();
});

async function move(changed: Partial<ChangedIdentity> & Pick<ChangedIdentity, 'from'>) {
  const news: ChangedIdentity = { action: 'user_changed_number', at: world.clock.iso(), ...changed };
  const received = await receiveWebhook(
    world.deps,
    delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [news] }] }),
  );
  world.clock.advance(1_000);
  return received.moved;
}

/** Something happens right after a move was recorded, before other ids lead to the user. */
function afterTheRecord(action: ChangedIdentity['action'], happens: () => void): void {
  const { store } = world;
  const write = store.putUsersWithEvents.bind(store);
  store.putUsersWithEvents = async (number, writes) => {
    const conflicts = await write(number, writes);
    if (writes.some(({ event }) => event?.action === action)) {
      store.putUsersWithEvents = write;
      happens();
    }
    return conflicts;
  };
}

const recorded = async (id: string) =>
  (await getUserHistory(world.store, { phoneNumberId: NUMBER, id: id }, { limit: 100 })).events.map(
    ({ action, outcome, source, user }) => `${user === X ? 'X' : 'Y'} ${action} ${outcome} ${source}`,
  );

describe('a user who changed their number', () => {
  it('stays blocked under the new number, at Graph too, with their history and the caller who blocked them', async () => {
    await change(world, [X], { reason: 'spam', onBehalfOf: 'ana' });
    const blockedAt = Reflect.get(stored(world, X) ?? {}, 'blockedAt');
    expect(await move({ from: [X], waId: Y })).toBe(1);
    expect([...world.graph.blocked]).toEqual([Y]);
    expect(stored(world, Y)).toMatchObject({
      state: 'blocked',
      blockedAt,
      reason: 'spam',
      onBehalfOf: 'ana',
      previousIds: [X],
    });
    expect(stored(world, X)).toMatchObject({ aliasOf: Y, isPreviousId: true });
    expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
    const history = [
      'Y user_changed_number succeeded webhook',
      'X unblock succeeded webhook',
      'Y block succeeded webhook',
    ];
    // All of it in one moment here.
    expect((await recorded(Y)).sort()).toEqual([...history, 'X block succeeded api'].sort());
    expect(await recorded(X)).toEqual(await recorded(Y));
    expect([...world.store.events.values()].at(-1)).toMatchObject({
      previous: X,
      actor: RECEIVER,
      onBehalfOf: 'whatsapp',
    });
    expect(totals(world)).toMatchObject({ kept: { size: 1 }, mirror: { size: 1 } });
  });

  it('is found by every id, although the delivery that recorded the move failed right after that', async () => {
    const news = { at: world.clock.iso(), from: [X], waId: Y, userId: 'US.13491208655302741918' };
    await change(world, [X]);
    afterTheRecord('user_changed_number', () => failOnce(world, 'putUsers'));
    await expect(move(news)).rejects.toThrow('DynamoDB is down');
    expect(await move(news)).toBe(0);
    expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
    expect(await getUser(world.store, NUMBER, news.userId)).toMatchObject({ user: { user: Y, state: 'blocked' } });
  });

  it('leaves the old number to the new one, although another writer was first at it', async () => {
    await change(world, [X]);
    afterTheRecord('user_changed_number', () =>
      rightBefore(world, 'putUsers', async () => {
        const prior = mirrorUser(stored(world, X));
        if (!prior) throw new Error('no such user');
        await world.store.putUsers(NUMBER, [{ id: X, prior, next: { ...prior, revision: prior.revision + 1 } }]);
      }),
    );
    expect(await move({ from: [X], waId: Y })).toBe(1);
    expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Y } });
  });

  it('is not taken for moved while other writers are first, every time', async () => {
    await change(world, [X]);
    const write = world.store.putUsersWithEvents;
    world.store.putUsersWithEvents = async (_number, [first]) => [first?.id ?? ''];
    await expect(move({ from: [X], waId: Y })).rejects.toMatchObject({ name: 'DependencyError' });
    world.store.putUsersWithEvents = write;
    expect(await move({ from: [X], waId: Y })).toBe(1);
  });

  it('moves once, even if the news is delivered several times', async () => {
    await change(world, [X]);
    const news = { at: world.clock.iso(), from: [X], waId: Y };
    await move(news);
    const [calls, events] = [world.graph.calls.length, world.store.events.size];
    expect(await move(news)).toBe(0);
    expect([world.graph.calls.length, world.store.events.size]).toEqual([calls, events]);
  });

  it('keeps the end of a temporary block', async () => {
    await blockFor(world, [X], { ms: HOUR_MS });
    const expiresAt = Reflect.get(stored(world, X) ?? {}, 'expiresAt');
    await move({ from: [X], waId: Y });
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', expiresAt });
    expect(totals(world)).toMatchObject({ kept: { size: 1, expiring: 1 }, mirror: { size: 1, expiring: 1 } });
    world.clock.advance(HOUR_MS);
    await run(world, 'expiry');
    expect(world.graph.blocked.size).toBe(0);
  });

  it('keeps a deferred block, which is made now or when they write', async () => {
    await defer(world, [X], { reason: 'spam' });
    world.graph.failures.set(Y, [{ code: 131047, message: 'no' }]);
    await move({ from: [X], waId: Y });
    expect(stored(world, Y)).toMatchObject({ state: 'deferred', reason: 'spam' });
    expect(totals(world)).toMatchObject({ kept: { deferred: 1 }, mirror: { deferred: 1 } });
    writes(world, Y);
    expect(await message(world, Y)).toMatchObject({ blocked: 1 });
  });

  it('who was unblocked keeps their history, without a call to Graph', async () => {
    await change(world, [X], { reason: 'spam' });
    await change(world, [X], { action: 'unblock' });
    const calls = world.graph.calls.length;
    expect(await move({ from: [X], waId: Y })).toBe(1);
    expect(world.graph.calls).toHaveLength(calls);
    expect(state(world, Y)).toBe('unblocked');
    expect(await recorded(Y)).toHaveLength(3);
  });

  it('about whom nothing is known costs one read', async () => {
    expect(await move({ from: [X], waId: Y })).toBe(0);
    expect([world.graph.calls.length, world.store.users.size, world.store.operations.size]).toEqual([0, 0, 0]);
  });

  it('stays under the old number if Graph refuses the new one', async () => {
    await change(world, [X]);
    world.graph.failures.set(Y, [{ code: 131021, message: 'own number' }]);
    expect(await move({ from: [X], waId: Y })).toBe(0);
    expect([...world.graph.blocked]).toEqual([X]);
    expect(state(world, X)).toBe('blocked');
    expect(world.logged).toContain('block not moved to the new identity');
  });

  it('is moved completely by a second delivery if the first died halfway', async () => {
    await change(world, [X], { reason: 'spam' });
    world.store.putUsersWithEvents = () => Promise.reject(new Error('DynamoDB is down'));
    await expect(move({ from: [X], waId: Y })).rejects.toThrow('DynamoDB is down');
    Reflect.deleteProperty(world.store, 'putUsersWithEvents');
    expect(await move({ from: [X], waId: Y })).toBe(1);
    expect([...world.graph.blocked]).toEqual([Y]);
    expect(await recorded(X)).toHaveLength(4);
  });

  it('and changes it again is followed from the first number on', async () => {
    await change(world, [X], { reason: 'spam' });
    await move({ from: [X], waId: Y });
    await move({ from: [Y], waId: Z });
    expect(stored(world, Z)).toMatchObject({ state: 'blocked', previousIds: [Y, X] });
    expect(await getUser(world.store, NUMBER, X)).toEqual({ previousId: { id: X, changedTo: Z } });
    expect(await getUser(world.store, NUMBER, Y)).toEqual({ previousId: { id: Y, changedTo: Z } });
    expect(
      (await getUserHistory(world.store, { phoneNumberId: NUMBER, id: Z }, { limit: 100 })).events.at(-1),
    ).toMatchObject({ user: X });
  });

  it('does not pass the block on to the next owner of the old number', async () => {
    await change(world, [X], { reason: 'spam' });
    await move({ from: [X], waId: Y });
    await submitChange(world.deps, changeRequest([X], { reason: 'another person' }));
    expect(stored(world, X)).toMatchObject({ state: 'blocked', reason: 'another person' });
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', reason: 'spam' });
    expect([...world.graph.blocked].sort()).toEqual([X, Y]);
    world.clock.advance(1_000);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
  });

  it('is named by the item of the next owner of the old number, also if that is somebody known who is not blocked', async () => {
    await change(world, [X]);
    await move({ from: [X], waId: Y });
    await change(world, [Z], { action: 'unblock' });
    expect(await move({ from: [Z], waId: X })).toBe(1);
    expect(stored(world, X)).toMatchObject({ state: 'unblocked', previousIds: [Z], leftBy: Y });
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', leftBy: undefined });
  });

  it('and comes back to it has left it to nobody', async () => {
    for (const action of ['block', 'unblock'] as const) {
      await change(world, [X], { action });
      await move({ from: [X], waId: Y });
      await move({ from: [Y], waId: X });
      expect(stored(world, X)).toMatchObject({ previousIds: [Y], leftBy: undefined });
    }
  });

  it('and comes back keeps the history of all their numbers, also if they leave one for the second time', async () => {
    const bsuid = 'US.13491208655302741918';
    world.graph.names.set(X, { waId: X, userId: bsuid });
    await change(world, [X]);
    const news = { from: [X], userId: bsuid };
    await move({ ...news, waId: Y });
    await move({ ...news, from: [Y], waId: X });
    expect(stored(world, X)).toMatchObject({ leftAt: { [Y]: expect.any(String) } });
    expect(Object.keys(Reflect.get(stored(world, X) ?? {}, 'leftAt'))).toEqual([Y]);
    await change(world, [X], { reason: 'again' });
    const all = await recorded(X);
    expect(all).toContain('X block succeeded api');
    expect(await recorded(bsuid)).toEqual(all);
    await move({ ...news, from: [X], waId: Z });
    expect((await recorded(Z)).filter((one) => one === 'X block succeeded api')).toHaveLength(2);
  });

  it('is not moved by news about the next owner of the old number', async () => {
    await change(world, [X]);
    await move({ from: [X], waId: Y });
    const calls = world.graph.calls.length;
    expect(await move({ from: [X], waId: Z })).toBe(0);
    expect([...world.graph.blocked]).toEqual([Y]);
    expect(world.graph.calls).toHaveLength(calls);
    expect(stored(world, Z)).toBeUndefined();
  });

  it('does not count as having written if the next owner of the old number writes', async () => {
    await defer(world, [X]);
    world.graph.failures.set(Y, [{ code: 131047, message: 'no' }]);
    await move({ from: [X], waId: Y });
    expect(await message(world, X)).toMatchObject({ blocked: 0 });
    expect(state(world, Y)).toBe('deferred');
    expect(await message(world, Y)).toMatchObject({ blocked: 1 });
  });

  it('leaves the old number to the user whom Graph lists by it', async () => {
    await change(world, [X]);
    await move({ from: [X], waId: Y });
    world.graph.blockElsewhere(X);
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(stored(world, X)).toMatchObject({ state: 'blocked', source: 'external' });
  });
});

describe('news that cannot be followed', () => {
  it('is logged and answered, each kind once, without an id of a user', async () => {
    const fields: unknown[] = [];
    const log: Log = { ...world.deps.log, error: (text, more) => void fields.push([text, more]) };
    const unclear = { phoneNumberId: NUMBER, action: 'user_changed_user_id', reason: 'no_old_id' } as const;
    const nowhere = { action: 'user_changed_number', reason: 'no_phone_number_id' } as const;
    const recorded = delivery({ notFollowed: [unclear, nowhere, unclear] });
    const { notFollowed } = await receiveWebhook({ ...world.deps, log }, recorded);
    expect(notFollowed).toEqual([
      { ...unclear, count: 2 },
      { ...nowhere, count: 1 },
    ]);
    const { action, reason } = unclear;
    expect(fields[0]).toEqual(['identity change not followed', { phone_number_id: NUMBER, action, reason, count: 2 }]);
    expect(fields).toHaveLength(2);
  });
});

describe('a user who has another BSUID', () => {
  const [OLD, NEW] = ['US.13491208655302741918', 'US.99991208655302741918'];
  const renewed = { action: 'user_changed_user_id', from: [OLD], userId: NEW } as const;

  it('beside the same number keeps their item, and is found, and unblocked, by the new one', async () => {
    world.graph.names.set(X, { waId: X, userId: OLD });
    await change(world, [X]);
    const calls = world.graph.calls.length;
    const beside = { ...renewed, from: [X, OLD], waId: X };
    expect(await move(beside)).toBe(1);
    expect(world.graph.calls).toHaveLength(calls);
    expect(stored(world, X)).toMatchObject({ state: 'blocked', userId: NEW });
    expect(stored(world, NEW)).toEqual({ aliasOf: X, isPreviousId: undefined, revision: 1 });
    expect([...world.store.events.values()].at(-1)).toMatchObject({ action: 'user_changed_user_id', previous: OLD });
    expect(await move(beside)).toBe(0);
  });

  it('is found by the new one, although the delivery that recorded it failed right after that', async () => {
    world.graph.names.set(X, { waId: X, userId: OLD });
    await change(world, [X]);
    const beside = { ...renewed, at: world.clock.iso(), from: [X, OLD], waId: X };
    afterTheRecord('user_changed_user_id', () => failOnce(world, 'putUsers'));
    await expect(move(beside)).rejects.toThrow('DynamoDB is down');
    expect(await move(beside)).toBe(0);
    expect(stored(world, NEW)).toMatchObject({ aliasOf: X });
  });

  it('is not taken for known if another writer is first: the delivery is to be repeated', async () => {
    world.graph.names.set(X, { waId: X, userId: OLD });
    await change(world, [X]);
    const beside = { ...renewed, at: world.clock.iso(), from: [X, OLD], waId: X };
    rightBefore(world, 'putUsersWithEvents', () => change(world, [X], { reason: 'spam' }).then(() => undefined));
    await expect(move(beside)).rejects.toMatchObject({ name: 'DependencyError' });
    expect(await move(beside)).toBe(1);
    expect(stored(world, X)).toMatchObject({ reason: 'spam', userId: NEW });
  });

  it('and a number that Meta no longer shares is blocked by the BSUID, and their old number is unblocked', async () => {
    world.graph.names.set(X, { waId: X, userId: OLD });
    await change(world, [X], { reason: 'spam' });
    expect(await move(renewed)).toBe(1);
    expect([...world.graph.blocked]).toEqual([NEW]);
    expect(stored(world, NEW)).toMatchObject({ state: 'blocked', reason: 'spam', previousIds: [X, OLD] });
    expect(totals(world)).toMatchObject({ kept: { size: 1 }, mirror: { size: 1 } });
  });

  it('and no number moves to it', async () => {
    await submitChange(world.deps, {
      ...changeRequest([]),
      list: { entries: [], distinct: [{ input: OLD, identity: { kind: 'bsuid', id: OLD } }], users: 1 },
    });
    world.clock.advance(1_000);
    expect(await move(renewed)).toBe(1);
    expect([...world.graph.blocked]).toEqual([NEW]);
    expect(stored(world, NEW)).toMatchObject({ state: 'blocked', previousIds: [OLD] });
    expect(await getUser(world.store, NUMBER, OLD)).toEqual({ previousId: { id: OLD, changedTo: NEW } });
  });
});

describe('the mirror remembers the state of an old id at Graph after its user moved', () => {
  beforeEach(() => change(world, [X], { reason: 'spam' }));

  it('so a list that was read before the move does not bring back the old block', async () => {
    world.graph.endOfList = 'no-after';
    world.graph.afterPage = async () => {
      world.graph.afterPage = undefined;
      world.clock.advance(100);
      await move({ from: [X], waId: Y });
    };
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, X)).toMatchObject({ aliasOf: Y, isPreviousId: true });
    expect(recordedHistory(world, X)).toEqual(['block api support spam', 'unblock webhook receiver']);
  });

  const movesMeanwhile = (...refused: GraphErrorFields[]) =>
    rightBefore(world, 'appendEvents', async () => {
      world.clock.advance(100);
      await move({ from: [X], waId: Y });
      world.graph.refuse(...refused);
    });

  it('so a block of the old id that was in progress ends as the mirror says', async () => {
    movesMeanwhile();
    await change(world, [X], { reason: 'fraud' });
    expect([...world.graph.blocked].sort()).toEqual([X, Y]);
    expect(stored(world, X)).toMatchObject({ state: 'blocked', reason: 'fraud' });
    expect(recordedHistory(world, X).at(-1)).toBe('block api support fraud');
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
  });

  it('so a block of the old id that was in progress, and its end, are both recorded if it does not converge', async () => {
    movesMeanwhile({ kind: 'permanent', code: 100, message: 'no' });
    await change(world, [X], { reason: 'fraud' });
    expect([...world.graph.blocked]).toEqual([Y]);
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'uncertain', conflicting: [X] }]);
    world.clock.advance(20 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
    expect(stored(world, X)).toMatchObject({ state: 'unblocked', source: 'webhook' });
    expect(recordedHistory(world, X).join()).not.toContain('external');
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
  });

  it('but the next owner of the old id, blocked by another application, is another user', async () => {
    await move({ from: [X], waId: Y });
    world.graph.blockElsewhere(X);
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(recordedHistory(world, X).at(-1)).toBe('block external external');
  });
});

it('so an unblock of the old id whose worker died is compared with that id, not with the user who moved', async () => {
  await change(world, [X]);
  await move({ from: [X], waId: Y });
  failOnce(world, 'appendEvents');
  await expect(change(world, [X], { action: 'unblock' })).rejects.toThrow('DynamoDB is down');
  world.clock.advance(20 * MINUTE_MS);
  await reconcile(world);
  expect([...world.graph.blocked]).toEqual([Y]);
  expect([...world.store.operations.values()].at(-1)).toMatchObject({ status: 'resolved', succeeded: 1, failed: 0 });
});
