import { beforeEach, describe, expect, it } from 'vitest';
import type { MirrorItem } from '../../../lambdas/core/users/mirror.ts';
import { countedAs, mirrorUser, ofSize } from '../../support/contract-fixtures.ts';
import { createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import {
  change,
  failOnce,
  MINUTE_MS,
  reconcile,
  recordedHistory,
  rightBefore,
  size,
  stored,
  watchWrites,
} from './reconciliation-steps.ts';

const [A = '', B = '', C = ''] = phones(3);

let world: World;
beforeEach(async () => {
  world = createWorld();
  await change(world, [A, B], { reason: 'spam' });
});

describe('a reconciliation', () => {
  it('records users that are only on Graph’s list as blocked by another application', async () => {
    world.graph.blockElsewhere(C);
    const began = world.clock.iso();
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(stored(world, C)).toMatchObject({
      state: 'blocked',
      source: 'external',
      actor: 'external',
      blockedAt: began,
      observedAt: began,
    });
    expect(recordedHistory(world, C)).toEqual(['block external external']);
    expect(recordedHistory(world, A)).toEqual(['block api support spam']);
    expect(size(world)).toBe(3);
  });

  it('records users that are only in the mirror as unblocked by another application', async () => {
    world.graph.unblockElsewhere(A);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', source: 'external', actor: 'external' });
    expect(stored(world, A)).not.toMatchObject({ reason: 'spam' });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock external external']);
    expect(size(world)).toBe(1);
  });

  it('records a block of users that this service unblocked, or that Graph refused before', async () => {
    await change(world, [A], { action: 'unblock' });
    world.graph.failures.set(C, [{ code: 131047, message: 'no' }]);
    await change(world, [C]);
    world.graph.blockElsewhere(A, C);
    expect(await reconcile(world)).toEqual({ added: 2, removed: 0 });
    expect(recordedHistory(world, A).at(-1)).toBe('block external external');
    expect(recordedHistory(world, C)).toEqual(['block failed api support', 'block external external']);
    expect(size(world)).toBe(3);
  });

  it('corrects thousands, in both directions', async () => {
    world = createWorld();
    const elsewhere = phones(2_500, 16_505_560_000);
    await change(world, phones(900));
    world.graph.unblockElsewhere(...phones(450));
    world.graph.blockElsewhere(...elsewhere);
    expect(await reconcile(world)).toEqual({ added: 2_500, removed: 450 });
    expect(size(world)).toBe(2_950);
    expect((await world.store.pageBlocked(NUMBER, { limit: 10_000 })).users).toHaveLength(2_950);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
  });

  it('writes neither users nor history if both lists are the same', async () => {
    const writes = watchWrites(world);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(writes).toEqual([]);
  });

  it('changes nothing when it is repeated', async () => {
    world.graph.blockElsewhere(C);
    world.graph.unblockElsewhere(A);
    await reconcile(world);
    const writes = watchWrites(world);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(writes).toEqual([]);
    expect(size(world)).toBe(2);
  });

  it('records its time and drift, and removes the failure of an earlier one', async () => {
    await world.store.failReconciliation(NUMBER, { at: world.clock.iso(), code: 190, message: 'expired' });
    world.graph.blockElsewhere(C);
    const began = world.clock.iso();
    await reconcile(world);
    expect(await world.store.getSummary(NUMBER)).toEqual({
      ...countedAs(3),
      reconciledAt: began,
      drift: { added: 1, removed: 0 },
      blockCounts: expect.objectContaining({ total: 3 }),
    });
  });

  it('registers a number that has a list for the schedules', async () => {
    world = createWorld();
    await reconcile(world);
    expect(await world.store.listNumbers({ limit: 10 })).toEqual([NUMBER]);
  });

  it('that could not read the whole list changes nothing, and registers no number', async () => {
    world = createWorld();
    world.graph.pageSize = 2;
    world.graph.blockElsewhere(A, B, C);
    world.graph.refuseListing(undefined, { kind: 'permanent', code: 100, subcode: 33, message: 'no such object' });
    await expect(reconcile(world)).rejects.toMatchObject({ subcode: 33 });
    expect(world.store.users.size).toBe(0);
    expect(world.store.events.size).toBe(0);
    expect(world.store.summaries.size).toBe(0);
    expect(world.store.numbers.size).toBe(0);
  });

  it('that died between its writes is finished by the next one, and each change is recorded once', async () => {
    world.graph.blockElsewhere(C);
    world.graph.unblockElsewhere(A);
    failOnce(world, 'finishReconciliation');
    await expect(reconcile(world)).rejects.toThrow('DynamoDB is down');
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock external external']);
    expect(recordedHistory(world, C)).toEqual(['block external external']);
    expect(size(world)).toBe(2);
  });
});

it('corrects counts that are wrong because somebody changed the table by hand', async () => {
  world.store.users.set(`${NUMBER}/${C}`, mirrorUser(C));
  expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
  expect(size(world)).toBe(2);
});

describe('the counts of the list', () => {
  it('are corrected', async () => {
    world.store.summaries.set(NUMBER, { size: 40, deferred: 7, expiring: 9, countsRevision: 5 });
    await reconcile(world);
    expect(await world.store.getSummary(NUMBER)).toMatchObject(ofSize(2));
  });

  it('are set for a list that was never changed through this service', async () => {
    world = createWorld();
    world.graph.blockElsewhere(...phones(7));
    await reconcile(world);
    expect(size(world)).toBe(7);
  });

  it('are not replaced while an operation is in progress; only the corrections are added', async () => {
    world.graph.blockElsewhere(C);
    const [D = ''] = phones(1, 16_505_559_999);
    failOnce(world, 'completeOperation');
    await expect(change(world, [D])).rejects.toThrow('DynamoDB is down');
    world.clock.advance(1_000);
    await reconcile(world);
    // D is in the mirror, and not counted: the worker that completes the operation counts it.
    expect(size(world)).toBe(3);
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(size(world)).toBe(4);
  });

  it('are not set to an old value if other operations change them and change them back', async () => {
    world.graph.blockElsewhere(C);
    const { listMirror } = world.store;
    world.store.listMirror = async function* (number) {
      await change(world, [A], { action: 'unblock' });
      yield* listMirror.call(world.store, number);
    };
    rightBefore(world, 'putUsersWithEvents', () => change(world, [A]));
    await reconcile(world);
    expect([...world.graph.blocked].sort()).toEqual([A, B, C].sort());
    expect(size(world)).toBe(3);
  });

  it.each(['putUsersWithEvents', 'finishReconciliation'] as const)(
    'are correct after one that died before %s, if the drift was undone in between',
    async (step) => {
      world.graph.unblockElsewhere(A);
      failOnce(world, step);
      await expect(reconcile(world)).rejects.toThrow('DynamoDB is down');
      world.clock.advance(1_000);
      world.graph.blockElsewhere(A);
      await reconcile(world);
      expect(stored(world, A)).toMatchObject({ state: 'blocked' });
      expect(size(world)).toBe(2);
    },
  );

  it('are correct after two reconciliations at once', async () => {
    world.graph.blockElsewhere(C);
    world.graph.unblockElsewhere(A);
    rightBefore(world, 'putUsersWithEvents', async () => void (await reconcile(world)));
    await reconcile(world);
    expect(size(world)).toBe(2);
    await reconcile(world);
    expect(size(world)).toBe(2);
  });

  it('counts an operation once that completes while the lists are compared', async () => {
    const [D = ''] = phones(1, 16_505_559_999);
    world.graph.blockElsewhere(C);
    rightBefore(world, 'putUsersWithEvents', () => change(world, [D]));
    await reconcile(world);
    expect(size(world)).toBe(4);
  });
});

describe('an alias whose user is gone', () => {
  const alias = (aliasOf: string) => ({ aliasOf, isPreviousId: true, revision: 1 });
  const put = (id: string, item: MirrorItem) => world.store.users.set(`${NUMBER}/${id}`, item);

  it('gets an expiry, and loses it once the user is there again, in any state', async () => {
    put('US.1', alias(A));
    put('US.2', alias(C));
    await reconcile(world);
    expect(stored(world, 'US.1')).toEqual(alias(A));
    expect(stored(world, 'US.2')).toEqual({ ...alias(C), ends: true, revision: 2 });
    const writes = watchWrites(world);
    await reconcile(world);
    expect(writes).toEqual([]);
    put(C, mirrorUser(C, { state: 'unblocked' }));
    await reconcile(world);
    expect(stored(world, 'US.2')).toEqual({ ...alias(C), revision: 3 });
  });

  it('gets no expiry if the same reconciliation finds the user', async () => {
    put('US.1', alias(C));
    world.graph.blockElsewhere(C);
    await reconcile(world);
    expect(stored(world, 'US.1')).toEqual(alias(C));
  });

  it('gets no expiry if it becomes a user, or leads to another one, in between', async () => {
    put('US.1', alias(C));
    put('US.2', alias(C));
    const { getUsers } = world.store;
    world.store.getUsers = (number, ids) => {
      put('US.1', mirrorUser('US.1', { revision: 2 }));
      put('US.2', { ...alias(A), revision: 2 });
      return getUsers.call(world.store, number, ids);
    };
    await reconcile(world);
    expect(stored(world, 'US.1')).toMatchObject({ state: 'blocked', revision: 2 });
    expect(stored(world, 'US.2')).toEqual({ ...alias(A), revision: 2 });
  });
});
