import { beforeEach, describe, expect, it } from 'vitest';
import { type GraphErrorFields, TokenMissingError } from '../../../lambdas/core/errors.ts';
import { type ReconcileResult, reconcileNumbers } from '../../../lambdas/core/reconciliation/reconcile-numbers.ts';
import { createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import { change, MINUTE_MS } from './reconciliation-steps.ts';

const [FIRST, SECOND, THIRD] = ['106540352242901', '106540352242902', '106540352242903'] as const;
const CHANGED: GraphErrorFields = { kind: 'list_changed', code: 139102, message: 'The list changed' };
const DOWN: GraphErrorFields = { kind: 'transient', code: 2, message: 'down' };
const LIMITED: GraphErrorFields = { kind: 'rate_limited', code: 80007, message: 'slow down' };

const USER = '16505551234';

let world: World;
beforeEach(() => {
  world = createWorld();
  world.graph.blockElsewhere(...phones(3));
});

const todo = (...numbers: readonly string[]) => numbers.map((phoneNumberId) => ({ phoneNumberId, attempts: 0 }));
const attempt = (numbers = todo(NUMBER)) => reconcileNumbers(world.deps, numbers);
const failureOf = (number: string) => world.store.summaries.get(number)?.reconcileFailure;
const isReconciled = (number: string) => world.store.summaries.get(number)?.reconciledAt !== undefined;
const times = (count: number, fields: GraphErrorFields) => Array.from({ length: count }, () => fields);

/** Passes, as the workflow makes them, until one says that it is done. Gives the seconds waited between them. */
async function run(numbers = todo(NUMBER)): Promise<number[]> {
  const waits: number[] = [];
  for (
    let result: ReconcileResult = await attempt(numbers);
    result.result === 'requeue';
    result = await attempt(numbers)
  ) {
    waits.push(result.requeueAfterSeconds);
    if (waits.length > 50) throw new Error('The reconciliation never ends');
    world.clock.advance(result.requeueAfterSeconds * 1_000);
    numbers = [...result.numbers];
  }
  return waits;
}

it('numbers are reconciled one after the other', async () => {
  expect(await attempt(todo(FIRST, SECOND))).toEqual({ result: 'done' });
  expect([isReconciled(FIRST), isReconciled(SECOND)]).toEqual([true, true]);
  expect(world.logged).toEqual(['reconciled', 'reconciled']);
});

describe('a list that keeps changing while it is read', () => {
  it('is read again from its first page, after pauses that grow', async () => {
    world.graph.refuseListing(CHANGED, CHANGED, CHANGED);
    expect(await attempt()).toEqual({ result: 'done' });
    expect(world.clock.sleeps).toEqual([1_000, 2_000, 4_000]);
    expect(world.graph.listings.slice(0, 4).map(({ after }) => after)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(isReconciled(NUMBER)).toBe(true);
  });

  it('is tried again later after some scans, without an error', async () => {
    world.graph.refuseListing(...times(4, CHANGED));
    expect(await attempt()).toEqual({
      result: 'requeue',
      requeueAfterSeconds: expect.any(Number),
      numbers: [{ phoneNumberId: NUMBER, attempts: 1, notBefore: expect.any(String) }],
    });
    expect(world.graph.listings).toHaveLength(4);
    expect([failureOf(NUMBER), world.logged]).toEqual([undefined, []]);
  });

  it('is reported after a bounded number of attempts, and its mirror stays as it was', async () => {
    await change(world, phones(3));
    refuseAlways(CHANGED);
    const waits = await run();
    expect(waits).toHaveLength(9);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(Math.max(...waits)).toBeLessThanOrEqual(300);
    expect(failureOf(NUMBER)).toEqual({
      at: world.clock.iso(),
      code: 139102,
      message: 'The list kept changing while it was read',
    });
    expect(world.logged).toEqual(['number not reconciled']);
    expect((await world.store.pageBlocked(NUMBER, { limit: 10 })).users).toHaveLength(3);
  });

  function refuseAlways(fields: GraphErrorFields): void {
    world.graph.beforePage = () => {
      if (world.graph.listRefusals.length === 0) world.graph.refuseListing(fields);
    };
  }
});

describe('a number whose list temporarily cannot be read', () => {
  it.each<[string, GraphErrorFields]>([
    ['down', DOWN],
    ['late', { kind: 'timeout', code: 2, message: 'late' }],
    ['throttled', LIMITED],
  ])('is tried again after a pause: %s', async (_, fields) => {
    world.graph.refuseListing(...times(3, fields));
    const result = await attempt();
    expect(result).toMatchObject({ result: 'requeue', numbers: [{ phoneNumberId: NUMBER, attempts: 1 }] });
    world.graph.listRefusals.length = 0;
    expect(await attempt()).toEqual({ result: 'done' });
  });

  it('waits as long as Graph asks', async () => {
    world.graph.refuseListing({ ...LIMITED, retryAfterSeconds: 44 * 60 });
    expect(await run()).toEqual([44 * 60]);
    expect(isReconciled(NUMBER)).toBe(true);
  });

  it('is left to the next schedule if Graph asks for a longer wait', async () => {
    world.graph.refuseListing({ ...LIMITED, retryAfterSeconds: 46 * 60 });
    expect(await attempt()).toEqual({ result: 'done' });
    expect(failureOf(NUMBER)).toMatchObject({ code: 80007 });
  });
});

describe('a number whose list cannot be read, even after retries,', () => {
  it.for<[string, Error | GraphErrorFields, number, string]>([
    ['token', { kind: 'token', code: 190, message: `expired for ${USER}` }, 190, 'Graph refuses the token'],
    [
      'permission',
      { kind: 'permission', code: 10, message: `no permission to block ${USER}` },
      10,
      'The token has no permission for this number',
    ],
    [
      'no such number',
      { kind: 'permanent', code: 100, subcode: 33, message: `no such object ${USER}` },
      100,
      'Graph knows no such phone number id, or the token may not see it',
    ],
    ['no token in the secret', new TokenMissingError('put it in'), 190, 'put it in'],
  ])(
    'is reported at once, in words of this service, and the others of its group go on: %s',
    async ([_, error, code, message]) => {
      const { credentials } = world.tokens;
      if (error instanceof Error) {
        world.tokens.credentials = (async (number: string) => {
          if (number === SECOND) throw error;
          return credentials.call(world.tokens);
        }) as typeof credentials;
      } else world.graph.refuseListing(undefined, undefined, error);
      const began = world.clock.iso();
      expect(await attempt(todo(FIRST, SECOND, THIRD))).toEqual({ result: 'done' });
      expect([FIRST, SECOND, THIRD].map(isReconciled)).toEqual([true, false, true]);
      expect(failureOf(SECOND)).toEqual({ at: began, code, message });
      expect(world.logged).toEqual(['reconciled', 'number not reconciled', 'reconciled']);
      expect([...world.store.numbers.keys()]).toEqual([FIRST, THIRD]);
    },
  );

  it('has no failure any more once its list can be read', async () => {
    world.graph.refuseListing({ kind: 'token', code: 190, message: 'expired' });
    await attempt();
    await attempt();
    expect(failureOf(NUMBER)).toBeUndefined();
    expect(isReconciled(NUMBER)).toBe(true);
  });

  it('keeps uncertain operations for a day, and then ends them as failed', async () => {
    world.graph.refuse({ kind: 'timeout', code: 2, message: 'late', maybeApplied: true });
    await expect(change(world, phones(2))).rejects.toThrow('late');
    const gone: GraphErrorFields = { kind: 'token', code: 190, message: 'expired' };
    world.clock.advance(24 * 60 * MINUTE_MS - 1);
    world.graph.refuseListing(gone, gone);
    await attempt();
    expect([...world.store.operations.values()]).toMatchObject([{ status: 'uncertain' }]);
    world.clock.advance(1);
    await attempt();
    expect([...world.store.operations.values()]).toMatchObject([
      { status: 'resolved', succeeded: 0, failed: 2, code: 190 },
    ]);
  });
});

describe('a fault of DynamoDB', () => {
  it('at one number does not stop the others, and is logged differently from a refusal by Graph', async () => {
    const { getSummary } = world.store;
    world.store.getSummary = (number) =>
      number === FIRST ? Promise.reject(new Error('DynamoDB is down')) : getSummary.call(world.store, number);
    expect(await attempt(todo(FIRST, SECOND))).toMatchObject({
      result: 'requeue',
      numbers: [{ phoneNumberId: FIRST, attempts: 1 }],
    });
    expect(isReconciled(SECOND)).toBe(true);
    await run(todo(FIRST));
    // What went wrong within this service is for its log only.
    expect(failureOf(FIRST)).toMatchObject({ code: 139103, message: 'A part of this service failed; see its log' });
  });

  it('that keeps the failure from being recorded does not stop the others either', async () => {
    world.store.failReconciliation = () => Promise.reject(new Error('DynamoDB is down'));
    world.graph.refuseListing({ kind: 'token', code: 190, message: 'expired' });
    expect(await attempt(todo(FIRST, SECOND))).toEqual({ result: 'done' });
    expect(world.logged).toEqual(['number not reconciled', 'failed reconciliation not recorded', 'reconciled']);
  });
});

describe('an attempt that runs out of time', () => {
  it('leaves the remaining numbers to the next one, and does not count as a failed attempt of theirs', async () => {
    world.graph.beforePage = () => world.clock.advance(4 * MINUTE_MS);
    expect(await attempt(todo(FIRST, SECOND, THIRD))).toEqual({
      result: 'requeue',
      requeueAfterSeconds: 1,
      numbers: todo(SECOND, THIRD),
    });
    world.graph.beforePage = undefined;
    expect(await run(todo(SECOND, THIRD))).toEqual([]);
    expect([FIRST, SECOND, THIRD].map(isReconciled)).toEqual([true, true, true]);
  });

  it('in the middle of a list continues with that list', async () => {
    world.graph.pageSize = 1;
    world.graph.beforePage = () => world.clock.advance(3 * MINUTE_MS);
    expect(await attempt(todo(FIRST, SECOND))).toMatchObject({
      result: 'requeue',
      numbers: [{ phoneNumberId: FIRST, attempts: 1 }, ...todo(SECOND)],
    });
    expect(isReconciled(FIRST)).toBe(false);
  });
});

describe('numbers of one group that wait', () => {
  it('wait as long as each of them needs', async () => {
    world.graph.refuseListing({ ...LIMITED, retryAfterSeconds: 600 }, ...times(3, DOWN));
    const first = await attempt(todo(FIRST, SECOND));
    if (first.result !== 'requeue') throw new Error('Nothing is left');
    expect(first.requeueAfterSeconds).toBeLessThan(5);
    world.clock.advance(first.requeueAfterSeconds * 1_000);
    world.graph.listings.length = 0;
    const second = await attempt([...first.numbers]);
    expect(world.graph.listings.every(({ phoneNumberId }) => phoneNumberId === SECOND)).toBe(true);
    expect(isReconciled(SECOND)).toBe(true);
    // Graph named the time for the first one; it has not been tried since.
    expect(second).toMatchObject({ result: 'requeue', numbers: [{ phoneNumberId: FIRST, attempts: 1 }] });
    if (second.result !== 'requeue') throw new Error('Nothing is left');
    expect(second.requeueAfterSeconds).toBeGreaterThan(590);
    world.clock.advance(second.requeueAfterSeconds * 1_000);
    expect(await attempt([...second.numbers])).toEqual({ result: 'done' });
  });
});
