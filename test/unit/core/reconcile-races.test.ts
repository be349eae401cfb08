import { beforeEach, describe, expect, it } from 'vitest';
import { phone } from '../../support/fake-graph.ts';
import { createTestJob, createWorld, phones, runChunk, type World } from '../../support/world.ts';
import { change, reconcile, recordedHistory, rightBefore, size, stored } from './reconciliation-steps.ts';

const [A = '', B = '', C = '', STRANGER = ''] = phones(4);

let world: World;
beforeEach(async () => {
  world = createWorld();
  world.graph.endOfList = 'no-after';
  await change(world, [A, B], { reason: 'spam' });
});

/** Happens after Graph's list was read, and before it is compared with the mirror. */
function afterScan(happens: () => Promise<void>): void {
  world.graph.afterPage = async () => {
    world.graph.afterPage = undefined;
    world.clock.advance(1_000);
    await happens();
  };
}

/** Happens between the look for operations that are in progress, and the scan. */
function afterListingOperations(happens: () => Promise<void>): void {
  const { listOpenOperations } = world.store;
  world.store.listOpenOperations = async (number) => {
    world.store.listOpenOperations = listOpenOperations;
    const open = await listOpenOperations.call(world.store, number);
    await happens();
    return open;
  };
}

describe('a request that came after the scan began is not undone', () => {
  it('if it blocked', async () => {
    afterScan(() => change(world, [C]));
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, C)).toMatchObject({ state: 'blocked', source: 'api' });
    expect(recordedHistory(world, C)).toEqual(['block api support']);
    expect(size(world)).toBe(3);
  });

  it('if it unblocked', async () => {
    afterScan(() => change(world, [A], { action: 'unblock' }));
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', source: 'api' });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock api support']);
    expect(size(world)).toBe(1);
  });

  it('if it began before the scan, and Graph carried it out during the scan', async () => {
    const gate = Promise.withResolvers<void>();
    let request: Promise<void> | undefined;
    afterListingOperations(async () => {
      world.graph.meanwhile = () => gate.promise;
      request = change(world, [C]);
      await expect.poll(() => world.graph.calls.length).toBe(2);
      world.clock.advance(1_000);
    });
    afterScan(async () => {
      gate.resolve();
      await request;
    });
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(recordedHistory(world, C)).toEqual(['block api support']);
  });
});

describe('a reconciliation leaves alone the users of a request in progress', () => {
  it('if Graph has blocked them already', async () => {
    world.graph.meanwhile = async () => {
      world.graph.apply('block', [phone(C)]);
      expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
      expect(stored(world, C)).toBeUndefined();
    };
    await change(world, [C], { reason: 'late' });
    expect(recordedHistory(world, C)).toEqual(['block api support late']);
    expect(size(world)).toBe(3);
  });

  it('if Graph has unblocked them already', async () => {
    world.graph.meanwhile = async () => {
      world.graph.apply('unblock', [phone(A)]);
      expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    };
    await change(world, [A], { action: 'unblock' });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock api support']);
    expect(size(world)).toBe(1);
  });

  it('if a job sends them', async () => {
    const job = await createTestJob(world, [C]);
    world.graph.meanwhile = async () => {
      world.graph.apply('block', [phone(C)]);
      expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    };
    await runChunk(world, job, 0);
    expect(recordedHistory(world, C)).toEqual(['block job support']);
  });

  it('and everyone else is corrected', async () => {
    world.graph.meanwhile = async () => {
      world.graph.unblockElsewhere(A);
      expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
    };
    await change(world, [C]);
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock external external']);
    expect(size(world)).toBe(2);
  });
});

describe('a request that begins between the first look for operations and the scan', () => {
  /** Graph blocks, and the answer is recorded once the gate opens. */
  function blockSlowly() {
    const gate = Promise.withResolvers<void>();
    const started: Promise<void>[] = [];
    const start = async () => {
      rightBefore(world, 'appendEvents', () => gate.promise);
      started.push(change(world, [C], { reason: 'spam' }));
      await expect.poll(() => world.graph.blocked.has(C)).toBe(true);
      world.clock.advance(1_000);
    };
    const end = async () => {
      gate.resolve();
      await Promise.all(started);
    };
    return { start, end };
  }

  it('is left to itself while it is in progress', async () => {
    const { start, end } = blockSlowly();
    afterListingOperations(start);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, C)).toBeUndefined();
    await end();
    expect(recordedHistory(world, C)).toEqual(['block api support spam']);
    expect(size(world)).toBe(3);
  });

  it('gets its change back that was recorded as external, since the reconciliation did not see the request', async () => {
    const { start, end } = blockSlowly();
    afterListingOperations(async () => {
      await start();
      // The index of operations is a moment behind.
      const { listOpenOperations } = world.store;
      world.store.listOpenOperations = async () => {
        world.store.listOpenOperations = listOpenOperations;
        return [];
      };
    });
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(stored(world, C)).toMatchObject({ source: 'external' });
    await end();
    expect(stored(world, C)).toMatchObject({ state: 'blocked', source: 'api', reason: 'spam' });
    expect(recordedHistory(world, C)).toContain('block api support spam');
    expect(size(world)).toBe(3);
  });

  it.each(['block', 'unblock'] as const)('is found by its %s if the answer was lost', async (action) => {
    const user = action === 'block' ? C : A;
    const before = recordedHistory(world, user);
    afterListingOperations(async () => {
      const lockConflicts = { code: 139103, message: '(#139103) Internal error', maybeApplied: true };
      world.graph.failures.set(user, [lockConflicts, lockConflicts, lockConflicts]);
      world.graph.changedAnyway.add(user);
      await change(world, [user], { action, reason: 'late' });
    });
    expect(await reconcile(world)).toMatchObject(action === 'block' ? { added: 1 } : { removed: 1 });
    expect(stored(world, user)).toMatchObject({ source: 'api', reason: 'late' });
    expect(recordedHistory(world, user)).toHaveLength(before.length + 2);
    expect(recordedHistory(world, user).slice(before.length)).toContain(`${action} api support late`);
  });
});

describe('another writer who comes between reading and writing', () => {
  it('keeps its block, and nothing is recorded that did not happen', async () => {
    world.graph.unblockElsewhere(A);
    rightBefore(world, 'putUsersWithEvents', () => change(world, [A], { reason: 'fraud' }));
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, A)).toMatchObject({ state: 'blocked', reason: 'fraud' });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'block api support fraud']);
    expect(size(world)).toBe(2);
  });

  it('keeps its unblock', async () => {
    world.graph.blockElsewhere(C);
    rightBefore(world, 'putUsersWithEvents', () => change(world, [C], { action: 'unblock' }));
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, C)).toMatchObject({ state: 'unblocked', source: 'api' });
    expect(recordedHistory(world, C)).toEqual(['unblock api support']);
    expect(size(world)).toBe(2);
  });
});

describe('two reconciliations of one number at once', () => {
  it('record each change once', async () => {
    world.graph.blockElsewhere(C);
    world.graph.unblockElsewhere(A);
    afterScan(async () => void (await reconcile(world)));
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock external external']);
    expect(recordedHistory(world, C)).toEqual(['block external external']);
    expect(size(world)).toBe(2);
  });

  it('do not undo what changed between their scans', async () => {
    afterScan(async () => {
      world.graph.unblockElsewhere(A);
      await reconcile(world);
    });
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, A)).toMatchObject({ state: 'unblocked' });
    expect(size(world)).toBe(1);
  });
});

it('counts that were changed and changed back in between are not set to an old value', async () => {
  const job = await createTestJob(world, [C]);
  const gate = Promise.withResolvers<void>();
  rightBefore(world, 'completeOperation', () => gate.promise);
  const running = runChunk(world, job, 0);
  await expect.poll(() => stored(world, C)).toMatchObject({ state: 'blocked' });
  world.graph.blockElsewhere(STRANGER);
  // The mirror was counted with C by now, who is counted at the number only then, and not for long.
  rightBefore(world, 'putUsersWithEvents', async () => {
    gate.resolve();
    await running;
    world.clock.advance(1_000);
    await change(world, [C], { action: 'unblock' });
  });
  expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
  expect([...world.graph.blocked].sort()).toEqual([A, B, STRANGER].sort());
  expect(size(world)).toBe(3);
});
