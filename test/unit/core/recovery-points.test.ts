/** The worker dies right before, or right after, each step of the cycle in `changes/run-change.ts`: what a repeat makes of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { countedAs, ofSize } from '../../support/contract-fixtures.ts';
import { createTestJob, createWorld, historyOf, NUMBER, phones, runChunk, type World } from '../../support/world.ts';
import { progress } from './job-as-answered.ts';
import { attempt } from './job-steps.ts';
import { change, MINUTE_MS, reconcile } from './reconciliation-steps.ts';

const [A = '', B = '', ...OTHERS] = phones(8);
const AGAIN = { code: 131047, message: 'Re-engagement required' };
const DIED = 'The worker died';

let world: World;
beforeEach(() => {
  world = createWorld();
  world.graph.failures.set(B, [AGAIN, AGAIN]);
});

type Step = readonly [of: 'store' | 'jobs' | 'graph', method: string, nth?: number];
const STEPS = {
  started: ['store', 'startOperation'],
  asked: ['graph', 'changeUsers'],
  'the history of recorded': ['store', 'appendEvents'],
  recorded: ['store', 'putUsers'],
  completed: ['store', 'completeOperation'],
  registered: ['store', 'registerNumber'],
} as const satisfies Record<string, Step>;
const CHUNK_STEPS = {
  ...STEPS,
  // A chunk names its operation when it starts.
  started: ['jobs', 'saveChunk'],
  saved: ['jobs', 'saveChunk', 2],
} as const satisfies Record<string, Step>;

const beforeAndAfter = (steps: Record<string, Step>) =>
  Object.entries(steps).flatMap(([name, step]) => (['before', 'after'] as const).map((when) => ({ when, name, step })));

function dieAt([of, method, nth = 1]: Step, when: 'before' | 'after'): void {
  const target: object = world[of];
  const real: (...args: unknown[]) => Promise<unknown> = Reflect.get(target, method);
  let calls = 0;
  const dying = async (...args: unknown[]) => {
    calls += 1;
    if (calls !== nth) return real.apply(target, args);
    Reflect.deleteProperty(target, method);
    if (when === 'after') await real.apply(target, args);
    throw new Error(DIED);
  };
  Object.assign(target, { [method]: dying });
}

it.each(beforeAndAfter(CHUNK_STEPS))('a chunk is resumed that died $when $name', async ({ when, step }) => {
  const job = await createTestJob(world, [A, B]);
  dieAt(step, when);
  await expect(attempt(world, job, 0)).rejects.toThrow(DIED);
  world.clock.advance(MINUTE_MS);
  await runChunk(world, job, 0);
  expect(await progress(world, job)).toMatchObject({ succeeded: 1, failed: 1, remaining: 0 });
  expect([historyOf(world, A), historyOf(world, B)]).toEqual([['block succeeded'], ['block failed 131047']]);
  expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
  expect(world.store.operations.size).toBe(1);
  expect(world.store.numbers.has(NUMBER)).toBe(true);
});

describe.each([
  ['a few', []],
  ['many', OTHERS],
])('a request for %s', (_, others) => {
  const users = [A, B, ...others];
  const died = async (step: Step, when: 'before' | 'after') => {
    dieAt(step, when);
    await expect(change(world, users)).rejects.toThrow(DIED);
    world.clock.advance(MINUTE_MS);
  };
  const expectRight = async () => {
    const recorded = [...world.store.events.values()].filter(({ user }) => user === A);
    // Of two operations, if the first one died after it had recorded its event.
    expect(new Set(recorded.map(({ operationId }) => operationId)).size).toBe(recorded.length);
    expect(new Set(historyOf(world, A))).toEqual(new Set(['block succeeded']));
    expect(recorded.map(({ source }) => source)).not.toContain('external');
    expect(await world.store.getSummary(NUMBER)).toMatchObject(ofSize(1 + others.length));
    expect([...world.graph.blocked]).toEqual([A, ...others]);
  };

  it.each(beforeAndAfter(STEPS))('is repeated that died $when $name', async ({ when, step }) => {
    await died(step, when);
    await change(world, users);
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    await expectRight();
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
  });

  it.each(beforeAndAfter(STEPS))('is found that died $when $name, and was not repeated', async ({ when, step }) => {
    await died(step, when);
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
    if (world.graph.blocked.size > 0) await expectRight();
    else expect(world.store.events.size).toBe(0);
  });
});
