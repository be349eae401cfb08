/** Where what was counted says that the mirror is Graph's list, no user is read; and where it is not, that is found. */
import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../lambdas/core/blocklist/digest.ts';
import { mirrorUser, ofSize, ofUsers } from '../../support/contract-fixtures.ts';
import { createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import { blockFor, counts, DAY_MS, defer, HOUR_MS } from './due-steps.ts';
import {
  change,
  failOnce,
  MINUTE_MS,
  reconcile,
  rightBefore,
  size,
  stored,
  toldOf,
  watchWrites,
} from './reconciliation-steps.ts';

const [A = '', B = '', C = '', D = ''] = phones(4);

let world: World;
/** Times that every user of the mirror was read. */
let comparisons: number;
beforeEach(async () => {
  world = createWorld();
  comparisons = 0;
  const { listCounted } = world.store;
  world.store.listCounted = (number) => {
    comparisons += 1;
    return listCounted.call(world.store, number);
  };
  await change(world, [A, B], { reason: 'spam' });
  await reconcile(world);
  world.clock.advance(HOUR_MS);
  comparisons = 0;
});

const summary = () => world.store.getSummary(NUMBER);

/** What the next reconciliation finds, and whether it read the users for that. */
async function look(): Promise<{ added: number; removed: number; reads: number }> {
  const before = comparisons;
  return { ...(await reconcile(world)), reads: comparisons - before };
}

const IN_STEP = { added: 0, removed: 0, reads: 0 };

describe('a mirror that is in step', () => {
  it('is found so without reading a user; only the summary is written', async () => {
    const before = await summary();
    const writes = watchWrites(world);
    const began = world.clock.iso();
    expect(await look()).toEqual(IN_STEP);
    expect(writes).toEqual([]);
    expect(await summary()).toEqual({ ...before, reconciledAt: began, drift: { added: 0, removed: 0 } });
  });

  it('is so after blocks and unblocks of its own, temporary and deferred ones, and all the same to Graph’s order', async () => {
    await change(world, [C, D]);
    await change(world, [A], { action: 'unblock' });
    await blockFor(world, [A], 7 * DAY_MS);
    await defer(world, phones(1, 16_505_559_999));
    const listed = [...world.graph.blocked].reverse();
    world.graph.blocked.clear();
    world.graph.blockElsewhere(...listed);
    expect(await look()).toEqual(IN_STEP);
    expect(counts(world).kept).toEqual({ size: 4, deferred: 1, expiring: 1 });
  });

  it('forgets that an earlier reconciliation failed', async () => {
    await world.store.failReconciliation(NUMBER, { at: world.clock.iso(), code: 190, message: 'expired' });
    expect(await look()).toEqual(IN_STEP);
    expect(await summary()).not.toHaveProperty('reconcileFailure');
  });

  it('is compared again after a day, and that corrects what a digest knows nothing of', async () => {
    const { comparedAt, ...rest } = { ...ofUsers(A, B), ...(await summary()) };
    world.store.summaries.set(NUMBER, { ...rest, comparedAt, deferred: 7, expiring: 2 });
    world.clock.ms = Date.parse(comparedAt ?? '') + DAY_MS - 1;
    expect(await look()).toEqual(IN_STEP);
    expect(await summary()).toMatchObject({ deferred: 7, expiring: 2, comparedAt });
    world.clock.ms = Date.parse(comparedAt ?? '') + DAY_MS;
    const began = world.clock.iso();
    expect(await look()).toEqual({ ...IN_STEP, reads: 1 });
    expect(await summary()).toMatchObject({ ...ofUsers(A, B), comparedAt: began });
    expect(await look()).toEqual(IN_STEP);
  });

  it('is compared where its digest was never counted, and is in step the time after', async () => {
    world.store.summaries.set(NUMBER, { ...ofSize(0), size: 2, reconciledAt: world.clock.iso() });
    expect(await look()).toEqual({ ...IN_STEP, reads: 1 });
    expect(await summary()).toMatchObject(ofUsers(A, B));
    expect(await look()).toEqual(IN_STEP);
  });

  it.each(['size', 'digest'] as const)('is compared where its %s is wrong, and that corrects it', async (name) => {
    await world.store.finishReconciliation(NUMBER, {
      reconciliationId: 'wrong',
      reconciledAt: world.clock.iso(),
      drift: { added: 0, removed: 0 },
      change: { ...ofSize(0), [name]: 1 },
    });
    expect(await look()).toEqual({ ...IN_STEP, reads: 1 });
    expect(await summary()).toMatchObject(ofUsers(A, B));
  });
});

describe('a mirror that is not', () => {
  it.each([
    ['somebody is on Graph’s list only', [C], [], { added: 1, removed: 0 }],
    ['somebody is on the mirror only', [], [A], { added: 0, removed: 1 }],
    ['as many others are on Graph’s list', [C], [A], { added: 1, removed: 1 }],
    ['nobody is on Graph’s list', [], [A, B], { added: 0, removed: 2 }],
  ] as const)('is compared where %s; the time after it is in step', async (_, add, remove, drift) => {
    world.graph.blockElsewhere(...add);
    world.graph.unblockElsewhere(...remove);
    const began = world.clock.iso();
    expect(await look()).toEqual({ ...drift, reads: 1 });
    const listed = [...world.graph.blocked];
    expect(await summary()).toMatchObject({ ...ofUsers(...listed), comparedAt: began });
    expect(await look()).toEqual(IN_STEP);
    for (const user of add) expect(toldOf(world, user)).toEqual(['block external external']);
  });

  it('is compared where somebody’s hand was in the table, within a day', async () => {
    world.store.users.set(`${NUMBER}/${C}`, mirrorUser(C));
    expect(await look()).toEqual(IN_STEP);
    world.clock.advance(DAY_MS);
    expect(await look()).toEqual({ added: 0, removed: 1, reads: 1 });
  });

  it('is compared where Graph names a user by another id than the mirror', async () => {
    world.graph.names.set('US.1', { userId: 'US.1' });
    await change(world, ['US.1']);
    world.graph.listedAs.set('US.1', { waId: C, userId: 'US.1' });
    expect(await look()).toEqual({ ...IN_STEP, reads: 1 });
    expect(stored(world, C)).toMatchObject({ aliasOf: 'US.1' });
  });
});

describe('an operation without a known end', () => {
  /** Recorded but for its end, so that the counts lack it. */
  async function crash(users: readonly string[]) {
    failOnce(world, 'settleOperation');
    await expect(change(world, users)).rejects.toThrow('DynamoDB is down');
    world.clock.advance(1_000);
  }

  it.each([
    ['under way', 1_000],
    ['abandoned', 6 * MINUTE_MS],
  ])('has every user compared while it is %s, though the counts are those of Graph’s list', async (_, ms) => {
    await crash([C]);
    world.graph.unblockElsewhere(C);
    world.clock.advance(ms);
    expect((await summary())?.digest).toBe(digestOf(world.graph.blocked));
    expect(await look()).toMatchObject({ reads: 1 });
  });

  it('leaves nothing behind once it is resolved', async () => {
    await crash([C]);
    world.graph.unblockElsewhere(C);
    world.clock.advance(6 * MINUTE_MS);
    expect(await look()).toEqual({ added: 0, removed: 1, reads: 1 });
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
    expect(await look()).toEqual(IN_STEP);
    expect(size(world)).toBe(2);
  });

  it('has them compared where it was not seen at first', async () => {
    const { listOpenOperations } = world.store;
    world.store.listOpenOperations = async () => {
      world.store.listOpenOperations = listOpenOperations;
      return [];
    };
    await crash([C]);
    world.graph.unblockElsewhere(C);
    expect(await look()).toMatchObject({ reads: 1 });
    expect(await world.store.listOpenOperations(NUMBER)).toHaveLength(1);
  });

  it('has them compared where it is ended, without its counts, before these are read', async () => {
    await crash([C]);
    world.graph.unblockElsewhere(C);
    world.clock.advance(6 * MINUTE_MS);
    world.graph.afterPage = async () => {
      for (const operation of await world.store.listOpenOperations(NUMBER)) {
        await world.store.resolveOperation(operation, { succeeded: 0, failed: 1 });
      }
    };
    expect(await look()).toEqual({ added: 0, removed: 1, reads: 1 });
    expect(stored(world, C)).toMatchObject({ state: 'unblocked' });
  });

  it('has them compared until its counts are right, where others changed them meanwhile', async () => {
    // The worker died with the end of a deferred block, which no list of Graph shows.
    failOnce(world, 'settleOperation');
    await defer(world, [C]).catch(() => undefined);
    world.clock.advance(6 * MINUTE_MS);
    rightBefore(world, 'finishReconciliation', () => change(world, [D]));
    expect(await look()).toMatchObject({ reads: 1 });
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
    expect(await summary()).toMatchObject({ ...ofUsers(A, B, D), deferred: 0 });
    expect(await look()).toEqual({ ...IN_STEP, reads: 1 });
    expect(await summary()).toMatchObject({ ...ofUsers(A, B, D), deferred: 1 });
    expect(await look()).toEqual(IN_STEP);
  });
});

describe('a request that comes while Graph’s list is read', () => {
  beforeEach(() => {
    world.graph.endOfList = 'no-after';
  });

  it.each([
    ['is recorded before the counts are read', (request: () => Promise<void>) => request()],
    ['is still to be recorded', (request: () => Promise<void>) => rightBefore(world, 'settleOperation', request)],
  ])('and %s is not undone', async (_, when) => {
    world.graph.afterPage = async () => {
      world.graph.afterPage = undefined;
      world.clock.advance(1_000);
      await when(() => change(world, [C]));
    };
    expect(await look()).toMatchObject({ added: 0, removed: 0 });
    await change(world, [D]);
    expect(stored(world, C)).toMatchObject({ state: 'blocked', source: 'api' });
    expect(await summary()).toMatchObject(ofUsers(A, B, C, D));
    expect(await look()).toEqual(IN_STEP);
  });
});

describe('a reconciliation that stops', () => {
  it.each(['putUsersWithEvents', 'finishReconciliation'] as const)(
    'before %s has every user compared by the next one, though Graph’s list is again as the counts say',
    async (step) => {
      world.graph.unblockElsewhere(A);
      failOnce(world, step);
      await expect(reconcile(world)).rejects.toThrow('DynamoDB is down');
      world.clock.advance(1_000);
      world.graph.blockElsewhere(A);
      expect((await summary())?.digest).toBe(digestOf(world.graph.blocked));
      expect(await look()).toMatchObject({ reads: 1 });
      expect(stored(world, A)).toMatchObject({ state: 'blocked' });
      expect(await summary()).toMatchObject(ofUsers(A, B));
      expect(await look()).toEqual(IN_STEP);
    },
  );

  it('and is repeated by the next, in step, counts nothing twice', async () => {
    failOnce(world, 'finishReconciliation');
    await expect(reconcile(world)).rejects.toThrow('DynamoDB is down');
    expect(await look()).toEqual(IN_STEP);
    expect(await summary()).toMatchObject(ofUsers(A, B));
  });
});

it('two reconciliations at once leave counts that the next one finds right, or corrects', async () => {
  world.graph.blockElsewhere(C);
  world.graph.unblockElsewhere(A);
  rightBefore(world, 'putUsersWithEvents', async () => void (await reconcile(world)));
  await reconcile(world);
  await reconcile(world);
  expect(await summary()).toMatchObject(ofUsers(B, C));
  expect(await look()).toEqual(IN_STEP);
});
