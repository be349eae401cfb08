import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import {
  type NumberToDo,
  type ReconcileResult,
  reconcileNumbers,
} from '../../../lambdas/core/reconciliation/reconcile-numbers.ts';
import { sweep } from '../../../lambdas/core/scheduled/sweep.ts';
import { phone } from '../../support/fake-graph.ts';
import { createTestJob, createWorld, NUMBER, phones, runJob, type World } from '../../support/world.ts';
import { attempt } from './job-steps.ts';
import { change, failOnce, MINUTE_MS, reconcile, recordedHistory, size, stored } from './reconciliation-steps.ts';

/** Once no fault occurs, nothing is open for longer than `docs/reliability.md` says, even if workers died before. */
const LONGEST_MS = 20 * MINUTE_MS;
const [A = '', B = '', C = '', STRANGER = ''] = phones(4);
const LOST: GraphErrorFields = { kind: 'transient', code: 2, message: 'reset', maybeApplied: true };

let world: World;
beforeEach(() => {
  world = createWorld();
});

const open = async () => (await world.store.listOpenOperations(NUMBER)).map(({ operationId }) => operationId);
const todo: readonly NumberToDo[] = [{ phoneNumberId: NUMBER, attempts: 0 }];

/** A request that Graph carried out, but whose answer never came. */
async function loseAnswer(users: readonly string[], reason: string): Promise<void> {
  world.graph.meanwhile = async () => {
    world.graph.apply('block', users.map(phone));
    world.graph.refuse({ ...LOST, kind: 'timeout' });
  };
  await expect(change(world, users, { reason })).rejects.toThrow();
}

/** Passes over the number as the workflow makes them, with something else after each of them. */
async function reconcileAll(deps = world.deps, afterPass: () => Promise<unknown> = async () => {}): Promise<void> {
  for (let numbers = todo; ; ) {
    const result: ReconcileResult = await reconcileNumbers(deps, numbers);
    await afterPass();
    if (result.result === 'done') return;
    world.clock.advance(result.requeueAfterSeconds * 1_000);
    numbers = result.numbers;
  }
}

describe('a request whose answer was lost, on users of a job that died', () => {
  let job: Job;
  let calmMs: number;
  beforeEach(async () => {
    await loseAnswer([A, B], 'spam');
    job = await createTestJob(world, [A, C], { reason: 'list' });
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    world.workflow.ended.add(`${job.id}/1`);
    calmMs = world.clock.now();
  });

  /** The sweep sets both going, and the reconciliation is the faster one: the job comes after its first attempt. */
  async function expectCompleted(): Promise<void> {
    await sweep(world.deps);
    expect(world.started).toContain(`${job.id}/2`);
    let attempts = 0;
    await reconcileAll(world.deps, async () => {
      attempts += 1;
      if (attempts === 1) expect(await open()).toHaveLength(2);
      const now = await world.jobs.getJob(job.id);
      if (now && attempts === 1) await runJob(world, now);
    });
    expect(await open()).toEqual([]);
    expect(recordedHistory(world, B)).toEqual(['block api support spam']);
    expect(recordedHistory(world, A).at(-1)).toMatch(/^block (api support spam|job support list)$/);
    expect(size(world)).toBe(3);
  }

  it('is completed by the first sweep that finds it', async () => {
    world.clock.advance(LONGEST_MS - 5 * MINUTE_MS);
    await expectCompleted();
    expect(world.clock.now() - calmMs).toBeLessThanOrEqual(LONGEST_MS);
  });

  it('is completed by that sweep even if the job was checked a moment before it died', async () => {
    await world.jobs.postponeJob(job.id, world.clock.iso());
    world.clock.advance(6 * MINUTE_MS);
    await expectCompleted();
    expect(world.clock.now() - calmMs).toBeLessThanOrEqual(LONGEST_MS);
  });

  it('is checked again a few times, and then by the next sweep, if the job makes no progress', async () => {
    world.clock.advance(6 * MINUTE_MS);
    const beforeMs = world.clock.now();
    const asked = world.graph.listings.length;
    const listed = () => world.graph.listings.slice(asked).filter(({ after }) => after === undefined).length;
    await reconcileAll();
    expect(listed()).toBe(5);
    expect(world.clock.now() - beforeMs).toBeLessThan(15 * MINUTE_MS);
    expect(await open()).toHaveLength(2);
    expect(world.store.summaries.get(NUMBER)?.reconcileFailure).toBeUndefined();
  });
});

it('a request that delays another for some minutes does not keep it open until the next sweep', async () => {
  await loseAnswer([A], 'spam');
  world.clock.advance(4 * MINUTE_MS);
  failOnce(world, 'appendEvents');
  await expect(change(world, [A, B])).rejects.toThrow('DynamoDB is down');
  world.clock.advance(MINUTE_MS);
  await reconcileAll();
  expect(await open()).toEqual([]);
});

it('if a refusal is written before a correction, the operation stays open, and the next attempt corrects the user', async () => {
  world.graph.failures.set(A, [
    { code: 139103, message: 'Internal error', maybeApplied: true },
    { code: 100, message: 'Invalid parameter' },
  ]);
  world.graph.changedAnyway.add(A);
  await change(world, [A], { reason: 'spam', expiresAt: new Date(world.clock.now() + 90 * MINUTE_MS).toISOString() });
  world.clock.advance(6 * MINUTE_MS);
  const { putUsersWithEvents } = world.store;
  world.store.putUsersWithEvents = async (...write) => {
    world.store.putUsersWithEvents = putUsersWithEvents;
    world.graph.failures.set(A, [{ code: 131047, message: 'Re-engagement required' }]);
    await change(world, [A], { reason: 'another' });
    return putUsersWithEvents.apply(world.store, write);
  };
  expect(await reconcile(world)).toEqual({ added: 0, removed: 0, isIncomplete: true });
  expect(await open()).toHaveLength(1);
  await reconcile(world);
  expect(stored(world, A)).toMatchObject({ state: 'blocked', source: 'api', reason: 'spam' });
  expect(await open()).toEqual([]);
});

describe('a reconciling worker that is killed, with lists that change under it', () => {
  /** Its process is gone from its nth call to the outside on: nothing that it began comes back. */
  function dyingAt(nth: number) {
    let calls = 0;
    const killed = Promise.withResolvers<never>();
    const gated = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(object, name): unknown {
          const method: unknown = Reflect.get(object, name);
          if (typeof method !== 'function') return method;
          return (...args: unknown[]): unknown => {
            calls += 1;
            if (calls < nth) return Reflect.apply(method, object, args);
            killed.reject(new Error('killed'));
            return new Promise(() => {});
          };
        },
      });
    const deps = { ...world.deps, store: gated(world.store), graph: gated(world.graph) };
    return { run: () => Promise.race([reconcileAll(deps), killed.promise]), died: () => calls >= nth };
  }

  /** How many calls a whole attempt makes here: a worker that dies later than that does not die. */
  const CALLS = 20;

  it.each(Array.from({ length: CALLS }, (_, index) => index + 1))('at its call %d, again and again', async (nth) => {
    world.graph.endOfList = 'no-after';
    await change(world, [C]);
    await loseAnswer([A, B], 'spam');
    world.clock.advance(6 * MINUTE_MS);
    for (let kills = 0; kills < 4; kills += 1) {
      world.graph.beforePage = (pages) => {
        if (pages % 2 === 0) world.graph.blockElsewhere(`${STRANGER}${kills}`);
      };
      const worker = dyingAt(nth);
      await worker.run().catch((error: unknown) => expect(error).toMatchObject({ message: 'killed' }));
      world.clock.advance(5_000);
    }
    world.graph.beforePage = undefined;

    world.clock.advance(LONGEST_MS - MINUTE_MS);
    await sweep(world.deps);
    await reconcileAll();
    expect(await open()).toEqual([]);
    expect([recordedHistory(world, A), recordedHistory(world, B)]).toEqual([
      ['block api support spam'],
      ['block api support spam'],
    ]);
    expect([...world.graph.blocked].every((user) => stored(world, user) !== undefined)).toBe(true);
    expect(size(world)).toBe(world.graph.blocked.size);
  });

  it('dies at each of these calls, and a whole attempt makes no more', async () => {
    world.graph.endOfList = 'no-after';
    await change(world, [C]);
    await loseAnswer([A, B], 'spam');
    world.graph.blockElsewhere(STRANGER);
    world.clock.advance(6 * MINUTE_MS);
    const worker = dyingAt(CALLS + 1);
    await worker.run();
    expect(worker.died()).toBe(false);
  });
});
