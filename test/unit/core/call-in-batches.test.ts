import { beforeEach, describe, expect, it } from 'vitest';
import { GraphError, type GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { changeRequest, createTestJob, createWorld, phones, runChunk, type World } from '../../support/world.ts';

const LIMITED: GraphErrorFields = { kind: 'rate_limited', code: 130429, message: '(#130429) Rate limit hit' };
const LOST: GraphErrorFields = { kind: 'transient', code: 2, message: 'The answer was lost', maybeApplied: true };
/** As long as the policy has attempts, Graph is asked for the whole batch. */
const WHOLE = 3;

let world: World;
beforeEach(() => {
  world = createWorld();
});

/** The code of each user's failure, or `ok`, in the order of the request. */
async function submit(users: readonly string[], action: 'block' | 'unblock' = 'block') {
  const change = await submitChange(world.deps, changeRequest(users, { action }));
  if (change.kind !== 'outcomes') throw new Error('Expected outcomes, not a job');
  expect(change.results.map(({ entry }) => entry.input)).toEqual(users);
  return change.results.map(({ failure }) => failure?.code ?? 'ok');
}

const ok = (count: number) => Array<string>(count).fill('ok');
const sizes = () => world.graph.calls.map(({ ids }) => ids.length);
const operations = () => [...world.store.operations.values()];
/** Each call takes so long. */
function slow(ms: number): void {
  const change = world.graph.changeUsers.bind(world.graph);
  world.graph.changeUsers = (...args) => {
    world.clock.advance(ms);
    return change(...args);
  };
}

describe('a caller who waits on a provider that takes fewer users in one request', () => {
  it.each([1, 2, 3, 7, 8, 99, 250, 999])('has everybody blocked, and unblocked: %d at a time', async (most) => {
    world.graph.mostUsers = most;
    const users = phones(1_000);
    expect(await submit(users)).toEqual(ok(1_000));
    expect(world.graph.blocked).toEqual(new Set(users));
    expect(Math.max(...sizes().slice(WHOLE + Math.ceil(Math.log2(1_000 / most))))).toBeLessThanOrEqual(most);
    expect(await submit(users, 'unblock')).toEqual(ok(1_000));
    expect(world.graph.blocked).toEqual(new Set());
    expect(operations()).toMatchObject([
      { status: 'finished', succeeded: 1_000, failed: 0 },
      { status: 'finished', succeeded: 1_000, failed: 0 },
    ]);
  });

  it('takes as many calls as the attempts on the whole request, one for each half tried, and the batches', async () => {
    world.graph.mostUsers = 3;
    await submit(phones(10));
    expect(sizes()).toEqual([10, 10, 10, 5, 3, 3, 3, 1]);
    expect(world.clock.sleeps).toEqual([250, 500]);
  });

  it('needs no more calls if Graph takes all users at once', async () => {
    world.graph.mostUsers = 10;
    await submit(phones(10));
    expect(sizes()).toEqual([10]);
  });

  it('gets the refusal if Graph refuses a single user as well: then it limits requests, not users', async () => {
    world.graph.mostUsers = 0;
    await expect(submit(phones(8))).rejects.toMatchObject({ kind: 'rate_limited', code: 130429, maybeApplied: false });
    expect(sizes()).toEqual([8, 8, 8, 4, 2, 1]);
    expect(operations()).toMatchObject([{ status: 'failed', succeeded: 0, failed: 8, code: 130429 }]);
  });

  it('gets the refusal at once if Graph names a time to wait, or refuses with another code', async () => {
    for (const fields of [
      { ...LIMITED, retryAfterSeconds: 60 },
      { ...LIMITED, code: 4 },
    ]) {
      world.graph.calls.length = 0;
      world.graph.refuse(...Array<GraphErrorFields>(WHOLE).fill(fields));
      await expect(submit(phones(8))).rejects.toMatchObject(fields);
      expect(new Set(sizes())).toEqual(new Set([8]));
      world.graph.refusals.length = 0;
    }
  });

  it('gets an outcome for each user if the time runs out halfway; users that were not sent may be retried', async () => {
    world.graph.mostUsers = 10;
    slow(2_300);
    const codes = await submit(phones(100));
    expect(sizes()).toEqual([100, 100, 100, 50, 25, 13, 7, 7, 7, 7]);
    expect(codes).toEqual([...ok(28), ...Array<number>(72).fill(130429)]);
    expect(world.clock.now() - Date.parse('2026-11-01T12:00:00.000Z')).toBeLessThanOrEqual(24_000);
    expect(world.graph.blocked).toEqual(new Set(phones(28)));
    expect(operations()).toMatchObject([{ status: 'finished', succeeded: 28, failed: 72 }]);
  });

  it('gets the refusal if the time runs out before Graph takes anybody', async () => {
    world.graph.mostUsers = 1;
    slow(5_700);
    await expect(submit(phones(100))).rejects.toMatchObject({ kind: 'rate_limited', code: 130429 });
    expect(sizes()).toEqual([100, 100, 100, 50]);
  });

  it.for<[string, GraphErrorFields, number, string]>([
    ['throttled', { ...LIMITED, retryAfterSeconds: 60 }, 130429, 'finished'],
    ['throttled in words of its own', { kind: 'rate_limited', code: 80008, message: 'Slow down' }, 80008, 'finished'],
    ['a full list', { kind: 'list_full', code: 139101, message: 'Full' }, 139101, 'finished'],
    ['a token that was revoked', { kind: 'token', code: 190, message: 'No' }, 139103, 'finished'],
    ['no answer in time', { kind: 'timeout', code: 2, message: 'Late', maybeApplied: true }, 2, 'uncertain'],
  ])('keeps the outcomes so far if a later batch fails in another way: %s', async ([_, fields, code, status]) => {
    world.graph.mostUsers = 4;
    // 8, 8, 8, then 4 that are taken; from then on every call fails.
    world.graph.refuse(undefined, undefined, undefined, undefined, ...Array<GraphErrorFields>(9).fill(fields));
    expect(await submit(phones(8))).toEqual([...ok(4), ...Array<number>(4).fill(code)]);
    expect(operations()).toMatchObject([{ status, succeeded: 4, failed: 4 }]);
  });

  it('is uncertain about each user who fails after an answer was lost', async () => {
    world.graph.mostUsers = 4;
    world.graph.refuse(LOST);
    world.graph.failures.set('16505550001', [{ code: 131047, message: 'No' }]);
    expect(await submit(phones(8))).toEqual(['ok', 131047, ...ok(6)]);
    expect(operations()).toMatchObject([{ status: 'uncertain' }]);
  });

  it('is uncertain about all users if Graph takes nobody after an answer was lost', async () => {
    world.graph.mostUsers = 0;
    world.graph.refuse(LOST);
    const error = await submit(phones(2)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GraphError);
    expect(error).toMatchObject({ code: 130429, maybeApplied: true });
    expect(operations()).toMatchObject([{ status: 'uncertain' }]);
  });

  it('retries users whose failure is temporary, in batches that Graph takes', async () => {
    world.graph.mostUsers = 2;
    const users = phones(6);
    for (const user of users) world.graph.failures.set(user, [{ code: 139103, message: 'Again' }]);
    expect(await submit(users)).toEqual(ok(6));
    expect(sizes()).toEqual([6, 6, 6, 3, 2, 2, 2, 2, 2, 2]);
  });
});

it('does not happen for a job, which halves its own batches', async () => {
  world.graph.mostUsers = 500;
  const job = await createTestJob(world, phones(1_000));
  await runChunk(world, job, 0);
  expect(sizes()).toEqual([1_000, 1_000, 500, 500]);
});
