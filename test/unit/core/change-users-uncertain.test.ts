import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { getUser } from '../../../lambdas/core/users/get-user.ts';
import { countedAs } from '../../support/contract-fixtures.ts';
import { phone } from '../../support/fake-graph.ts';
import { changeRequest, createWorld, historyOf, NUMBER, type World } from '../../support/world.ts';

const A = '16505550001';
const B = '16505550002';
const PASSING = { code: 139103, message: 'Internal error' };
const LOST: GraphErrorFields = { kind: 'transient', code: 2, message: 'connection reset', maybeApplied: true };
const LIMITED: GraphErrorFields = { kind: 'rate_limited', code: 4, message: 'slow down', retryAfterSeconds: 60 };

let world: World;
beforeEach(() => {
  world = createWorld();
});

async function submit(...args: Parameters<typeof changeRequest>) {
  const change = await submitChange(world.deps, changeRequest(...args));
  if (change.kind !== 'outcomes') throw new Error('Expected outcomes, not a job');
  return change.results.map(({ entry, failure, waId }) => [entry.input, failure?.code ?? waId]);
}

/** The operations, by the users that they were for. */
const operations = () => [...world.store.operations.values()].map(({ action, status }) => `${action} ${status}`);

/** A caller who unblocks the user while another request is in progress. */
function unblockMeanwhile(user: string, happens = () => {}): void {
  world.graph.meanwhile = async () => {
    world.clock.advance(1000);
    happens();
    await submit([user], { action: 'unblock' });
    world.clock.advance(1000);
  };
}

describe('two opposite requests that overlap on one user', () => {
  beforeEach(async () => {
    await submit([A]);
    world.clock.advance(60_000);
  });

  it('give their callers Graph’s answers, and converge to the one that began last: at Graph, in the mirror, in the history', async () => {
    unblockMeanwhile(A);
    expect(await submit([A, B], { reason: 'again' })).toEqual([
      [A, A],
      [B, B],
    ]);
    expect(world.graph.blocked).toEqual(new Set([B]));
    expect((await getUser(world.store, NUMBER, A)).user).toMatchObject({ state: 'unblocked' });
    expect(historyOf(world, A).at(-1)).toBe('unblock succeeded');
    expect(operations()).toEqual(['block finished', 'block finished', 'unblock finished']);
    expect([...world.store.operations.values()]).toMatchObject([{}, { succeeded: 2, failed: 0 }, { succeeded: 1 }]);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
  });

  it.each([
    ['Graph refuses that they converge', 4, () => world.graph.refuse(undefined, undefined, LIMITED)],
    ['the caller has no more time to wait', 3, () => world.clock.advance(world.deps.policy.budgetMs - 2_500)],
  ])('leave an uncertain operation, for that user alone, if %s', async (_, calls, meanwhile) => {
    unblockMeanwhile(A, meanwhile);
    await submit([A, B], { reason: 'again' });
    expect(world.graph.calls).toHaveLength(calls);
    expect(operations()).toEqual(['block finished', 'block uncertain', 'unblock finished']);
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([
      { reason: 'again', users: 2, ids: [A], conflicting: [A] },
    ]);
  });

  it('do not affect each other if they are about different users', async () => {
    unblockMeanwhile(A);
    await submit([B]);
    expect(world.graph.calls).toHaveLength(3);
    expect(operations()).toEqual(['block finished', 'block finished', 'unblock finished']);
  });
});

it('an operation keeps the ids of its users, so that after a crash a block can be attributed to it', async () => {
  world.store.putUsers = () => Promise.reject(new Error('DynamoDB is down'));
  await expect(submit([A, `+${B}`, 'nobody'])).rejects.toThrow('DynamoDB is down');
  expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'started', users: 2, ids: [A, B] }]);
});

describe('a request whose answer was lost once', () => {
  it('stays uncertain, although Graph definitely refused its repeat', async () => {
    world.graph.refuse(LOST, LIMITED);
    await expect(submit([A])).rejects.toMatchObject({ kind: 'rate_limited', code: 4, message: 'slow down' });
    expect(operations()).toEqual(['block uncertain']);
  });

  it('stays uncertain if the lost answer was to the repeat for some of its users', async () => {
    world.graph.failures.set(B, [PASSING]);
    world.graph.meanwhile = async () => {
      world.graph.meanwhile = async () => {
        world.graph.apply('block', [phone(B)]);
        world.graph.refuse(LOST);
      };
    };
    expect(await submit([A, B])).toEqual([
      [A, A],
      [B, 139103],
    ]);
    expect(operations()).toEqual(['block uncertain']);
    expect([...world.store.operations.values()]).toMatchObject([{ succeeded: 1, failed: 1 }]);
  });

  it('ends if its repeat succeeded', async () => {
    world.graph.refuse(LOST);
    expect(await submit([A])).toEqual([[A, A]]);
    expect(operations()).toEqual(['block finished']);
    expect(historyOf(world, A)).toEqual(['block succeeded']);
    expect(await getUser(world.store, NUMBER, A)).toMatchObject({ user: { state: 'blocked' } });
  });

  it('ends if Graph definitely refused the repeat for some of its users', async () => {
    world.graph.failures.set(B, [PASSING]);
    world.graph.meanwhile = async () => {
      world.graph.meanwhile = async () => world.graph.refuse(LIMITED);
    };
    await submit([A, B]);
    expect(operations()).toEqual(['block finished']);
  });
});
