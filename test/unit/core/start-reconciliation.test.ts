import { beforeEach, describe, expect, it } from 'vitest';
import {
  type StartedReconciliation,
  startReconciliation,
} from '../../../lambdas/core/reconciliation/start-reconciliation.ts';
import { createWorld, NUMBER, type World } from '../../support/world.ts';

const HOUR_MS = 60 * 60 * 1000;

let world: World;
beforeEach(() => {
  world = createWorld();
});

const start = (actor = 'ana', receivedAt = world.clock.iso(), onBehalfOf?: string) =>
  startReconciliation(world.deps, { phoneNumberId: NUMBER, actor, onBehalfOf, receivedAt });
const endAll = () => {
  for (const execution of world.executions.keys()) world.executions.set(execution, 'ended');
};
const names = (started: readonly StartedReconciliation[]) => new Set(started.map(({ request }) => request.execution));

describe('a reconciliation on request', () => {
  it('is recorded with who asked, before it is started under the name that is recorded', async () => {
    const { start: startExecution } = world.deps.reconciliations;
    const seen: unknown[] = [];
    world.deps.reconciliations.start = async (numbers, execution) => {
      seen.push((await world.store.getSummary(NUMBER))?.reconcileRequest?.execution === execution);
      return startExecution(numbers, execution);
    };
    const { request, isOwn } = await start('ana', world.clock.iso(), 'kim');
    expect(isOwn).toBe(true);
    expect(request).toMatchObject({ at: world.clock.iso(), actor: 'ana', onBehalfOf: 'kim', ofHour: 1 });
    expect(seen).toEqual([true]);
    expect(await world.store.getSummary(NUMBER)).toMatchObject({ reconcileRequest: request });
    // What Step Functions takes for a name.
    expect(request.execution).toMatch(/^[\w-]{1,80}$/);
  });

  it('is one for thirty requests of the same moment; one of them started it', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, (_, index) => start(`caller-${index}`)));
    expect(world.reconciled).toEqual([NUMBER]);
    expect(names(all).size).toBe(1);
    expect(all.filter(({ isOwn }) => isOwn)).toHaveLength(1);
  });

  it('runs once for simultaneous requests, even if the worker of the last one starts after it ended', async () => {
    const receivedAt = world.clock.iso();
    const all = [await start('ana', receivedAt)];
    for (const actor of ['bob', 'cy']) {
      world.clock.advance(3_000);
      endAll();
      all.push(await start(actor, receivedAt));
    }
    expect(names(all).size).toBe(1);
    expect(all.map(({ isOwn }) => isOwn)).toEqual([true, false, false]);
    expect(all.at(-1)?.request.actor).toBe('ana');
  });

  it('is shared by callers who ask while it runs, and not by those who ask afterwards', async () => {
    const first = await start('ana');
    world.clock.advance(1_000);
    expect(await start('bob')).toMatchObject({ isOwn: false, request: first.request });
    endAll();
    world.clock.advance(1_000);
    const next = await start('bob');
    expect(next).toMatchObject({ isOwn: true, request: { actor: 'bob' } });
    expect(world.reconciled).toEqual([NUMBER, NUMBER]);
  });

  it('that was recorded but not started is started by the next request, under the same name, or under a new one if it is old', async () => {
    const { start: startExecution } = world.deps.reconciliations;
    world.deps.reconciliations.start = () => Promise.reject(new Error('killed'));
    await expect(start('ana')).rejects.toThrow('killed');
    world.deps.reconciliations.start = startExecution;
    world.clock.advance(1_000);
    expect(await start('bob')).toMatchObject({ isOwn: false, request: { actor: 'ana' } });
    expect(world.reconciled).toEqual([NUMBER]);

    // 90 days later Step Functions knows nothing of the name any more.
    world.executions.clear();
    world.clock.advance(90 * 24 * HOUR_MS);
    expect(await start('bob')).toMatchObject({ isOwn: true, request: { actor: 'bob' } });
  });

  it('is answered with the one that runs if another caller was first', async () => {
    const { requestReconciliation } = world.store;
    world.store.requestReconciliation = async (...args) => {
      world.store.requestReconciliation = requestReconciliation;
      await start('bob');
      return requestReconciliation.apply(world.store, args);
    };
    expect(await start('ana')).toMatchObject({ isOwn: false, request: { actor: 'bob' } });
    expect(world.reconciled).toEqual([NUMBER]);
  });

  it('is refused once the limit of the hour is reached, until the hour is over', async () => {
    for (let count = 1; count <= 60; count += 1) {
      await start();
      endAll();
      world.clock.advance(10_000);
    }
    await expect(start()).rejects.toMatchObject({
      name: 'LimitReachedError',
      message:
        'This number was reconciled 60 times on request in this hour, and the limit is 60; its schedule still runs',
      retryAfterSeconds: 50 * 60,
    });
    expect(world.reconciled).toHaveLength(60);
    world.clock.advance(50 * 60_000);
    expect(await start()).toMatchObject({ isOwn: true, request: { ofHour: 1 } });
  });
});
