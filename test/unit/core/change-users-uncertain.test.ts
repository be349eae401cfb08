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

describe('two requests that overlap on one user, and want opposite things', () => {
  beforeEach(async () => {
    await submit([A]);
    world.clock.advance(60_000);
  });

  it('tell their callers what Graph said, and converge to the one that began last: at Graph, on the mirror, in the history', async () => {
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
  ])('leave an operation that is found, of that user alone, where %s', async (_, calls, meanwhile) => {
    unblockMeanwhile(A, meanwhile);
    await submit([A, B], { reason: 'again' });
    expect(world.graph.calls).toHaveLength(calls);
    expect(operations()).toEqual(['block finished', 'block uncertain', 'unblock finished']);
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([
      { reason: 'again', users: 2, ids: [A], conflicting: [A] },
    ]);
  });

  it('have nothing to do with each other where they are about different users', async () => {
    unblockMeanwhile(A);
    await submit([B]);
    expect(world.graph.calls).toHaveLength(3);
    expect(operations()).toEqual(['block finished', 'block finished', 'unblock finished']);
  });
});

it('an operation keeps the ids of its users, so that after a crash it is known whose doing a block was', async () => {
  world.store.putUsers = () => Promise.reject(new Error('DynamoDB is down'));
  await expect(submit([A, `+${B}`, 'nobody'])).rejects.toThrow('DynamoDB is down');
  expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'started', users: 2, ids: [A, B] }]);
});

describe('a request whose answer was lost once', () => {
  it('stays findable though its repeat was refused for certain', async () => {
    world.graph.refuse(LOST, LIMITED);
    await expect(submit([A])).rejects.toMatchObject({ kind: 'rate_limited', code: 4, message: 'slow down' });
    expect(operations()).toEqual(['block uncertain']);
  });

  it('stays findable where that was the repeat for some of its users', async () => {
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

  it('is over where its repeat succeeded', async () => {
    world.graph.refuse(LOST);
    expect(await submit([A])).toEqual([[A, A]]);
    expect(operations()).toEqual(['block finished']);
    expect(historyOf(world, A)).toEqual(['block succeeded']);
    expect(await getUser(world.store, NUMBER, A)).toMatchObject({ user: { state: 'blocked' } });
  });

  it('is over where the repeat for some of its users was refused for certain', async () => {
    world.graph.failures.set(B, [PASSING]);
    world.graph.meanwhile = async () => {
      world.graph.meanwhile = async () => world.graph.refuse(LIMITED);
    };
    await submit([A, B]);
    expect(operations()).toEqual(['block finished']);
  });
});
