import { beforeEach, describe, expect, it } from 'vitest';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { changeRequest, createTestJob, createWorld, NUMBER, phones, runJob, type World } from '../../support/world.ts';
import { change, recordedHistory, stored } from './reconciliation-steps.ts';
import { blockFor, HOUR_MS, inMs, MINUTE_MS, run, state, totals } from './scheduled-steps.ts';

const [A = '', B = '', C = ''] = phones(3);
let world: World;
beforeEach(() => {
  world = createWorld();
});

describe('a temporary block', () => {
  it('ends, and is known to have ended, even if an eventually consistent read is behind', async () => {
    const { getUsers } = world.store;
    world.store.getUsers = (...[number, ids, consistent]: [string, readonly string[], boolean?]) =>
      consistent ? getUsers.call(world.store, number, ids) : Promise.resolve(new Map());
    await blockFor(world, [A], { ms: 10 * MINUTE_MS, reason: 'spam' });
    world.clock.advance(10 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ succeeded: 1 });
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', source: 'expiry' });
  });

  it('ends at its time, and not before, with its own audit event', async () => {
    await blockFor(world, [A], { ms: 10 * MINUTE_MS, reason: 'spam' });
    const expiresAt = inMs(world, 10 * MINUTE_MS - 1_000);
    expect(stored(world, A)).toMatchObject({ state: 'blocked', expiresAt });
    expect(totals(world).kept).toEqual({ size: 1, deferred: 0, expiring: 1 });

    world.clock.advance(5 * MINUTE_MS);
    expect(await run(world, 'expiry')).toEqual({
      numbers: 0,
      refused: 0,
      succeeded: 0,
      failed: 0,
      deferred: 0,
      remaining: 0,
    });
    expect(world.graph.blocked).toContain(A);

    world.clock.advance(5 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ numbers: 1, succeeded: 1, remaining: 0 });
    expect(world.graph.blocked).not.toContain(A);
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', expiresAt: undefined, source: 'expiry' });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock expiry blocklist']);
    expect([...world.store.events.values()].map((event) => event.expiresAt)).toEqual([expiresAt, expiresAt]);
    expect(totals(world)).toEqual({
      kept: { size: 0, deferred: 0, expiring: 0 },
      mirror: { size: 0, deferred: 0, expiring: 0 },
    });

    const calls = world.graph.calls.length;
    await run(world, 'expiry');
    expect(world.graph.calls).toHaveLength(calls);
  });

  it('ends with a thousand others at a provider that takes a few at a time', async () => {
    const users = phones(1_000);
    await blockFor(world, users, { ms: 10 * MINUTE_MS });
    world.graph.mostUsers = 30;
    world.clock.advance(10 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ numbers: 1, succeeded: 1_000, failed: 0, remaining: 0 });
    expect(world.graph.blocked.size).toBe(0);
  });

  it('does not end if it was renewed without an end, and ends later if it got another end', async () => {
    await blockFor(world, [A, B], { ms: 10 * MINUTE_MS });
    await change(world, [A]);
    await blockFor(world, [B], { ms: 2 * HOUR_MS });
    expect(totals(world)).toMatchObject({ kept: { size: 2, expiring: 1 }, mirror: { size: 2, expiring: 1 } });
    world.clock.advance(30 * MINUTE_MS);
    await run(world, 'expiry');
    expect([...world.graph.blocked]).toEqual([A, B]);
    world.clock.advance(2 * HOUR_MS);
    await run(world, 'expiry');
    expect([...world.graph.blocked]).toEqual([A]);
    expect(recordedHistory(world, A)).toEqual(['block api support', 'block api support']);
  });

  it('that was renewed after the schedule read it is never unblocked, not even for a moment', async () => {
    await blockFor(world, [A, B], { ms: 10 * MINUTE_MS });
    world.clock.advance(10 * MINUTE_MS);
    // The index is behind the table.
    const seen = await world.store.listScheduledUsers('expiry', inMs(world, 0)).next();
    world.store.listScheduledUsers = async function* () {
      yield seen.value;
    };
    await change(world, [A]);
    const calls = world.graph.calls.length;
    expect(await run(world, 'expiry')).toMatchObject({ numbers: 1, succeeded: 1, failed: 0 });
    expect(world.graph.calls.slice(calls)).toMatchObject([{ action: 'unblock', ids: [B] }]);
    expect([...world.graph.blocked]).toEqual([A]);
  });

  it('that was ended by hand is not ended again', async () => {
    await blockFor(world, [A], { ms: 10 * MINUTE_MS });
    await change(world, [A], { action: 'unblock' });
    world.clock.advance(HOUR_MS);
    const calls = world.graph.calls.length;
    expect(await run(world, 'expiry')).toMatchObject({ numbers: 0 });
    expect(world.graph.calls).toHaveLength(calls);
    expect(totals(world).kept).toEqual({ size: 0, deferred: 0, expiring: 0 });
  });

  it('whose end Graph refuses stays blocked, says why, and is tried again with growing pauses', async () => {
    await blockFor(world, [A], { ms: MINUTE_MS });
    world.clock.advance(MINUTE_MS);
    world.graph.failures.set(
      A,
      Array.from({ length: 3 }, () => ({ code: 131047, message: 'no' })),
    );
    expect(await run(world, 'expiry')).toMatchObject({ failed: 1, succeeded: 0 });
    expect(stored(world, A)).toMatchObject({
      state: 'blocked',
      attempts: 1,
      lastFailure: { code: 131047, action: 'unblock' },
    });
    expect(await run(world, 'expiry')).toMatchObject({ numbers: 0 });
    world.clock.advance(5 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ failed: 1 });
    world.clock.advance(5 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ numbers: 0 });
    world.clock.advance(5 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ failed: 1 });
    world.clock.advance(20 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ succeeded: 1 });
    // The same refusal is recorded once a day.
    expect(recordedHistory(world, A)).toEqual([
      'block api support',
      'unblock failed expiry blocklist',
      'unblock expiry blocklist',
    ]);
  });

  it('is ended by the next run if Graph refused the whole request, and the run fails', async () => {
    await blockFor(world, [A], { ms: MINUTE_MS });
    world.clock.advance(MINUTE_MS);
    world.graph.refuse({ kind: 'token', code: 190, message: 'Token expired' });
    expect(await run(world, 'expiry')).toMatchObject({ numbers: 1, refused: 1, succeeded: 0, remaining: 1 });
    expect(world.logged).toContain('scheduled action failed');
    expect(state(world, A)).toBe('blocked');
    expect(await run(world, 'expiry')).toMatchObject({ succeeded: 1 });
  });

  it('of a job ends like any other', async () => {
    const job = await createTestJob(world, [A, B, 'nobody'], { expiresAt: inMs(world, 10 * MINUTE_MS) });
    await runJob(world, job);
    expect(stored(world, B)).toMatchObject({ state: 'blocked', expiresAt: job.expiresAt, source: 'job' });
    world.clock.advance(10 * MINUTE_MS);
    expect(await run(world, 'expiry')).toMatchObject({ succeeded: 2 });
    expect(world.graph.blocked.size).toBe(0);
  });

  it('of a job that comes too late is not made any more', async () => {
    const job = await createTestJob(world, [A], { expiresAt: inMs(world, MINUTE_MS) });
    world.clock.advance(MINUTE_MS);
    expect(await runJob(world, job)).toMatchObject({ status: 'failed' });
    expect(world.graph.calls).toEqual([]);
  });

  it('keeps its end if a reconciliation attributes it to an operation that died', async () => {
    const expiresAt = inMs(world, HOUR_MS);
    world.store.putUsers = () => Promise.reject(new Error('DynamoDB is down'));
    await expect(submitChange(world.deps, changeRequest([A], { expiresAt }))).rejects.toThrow('DynamoDB is down');
    Reflect.deleteProperty(world.store, 'putUsers');
    world.clock.advance(6 * MINUTE_MS);
    const { reconcile } = await import('./reconciliation-steps.ts');
    await reconcile(world);
    expect(stored(world, A)).toMatchObject({ state: 'blocked', source: 'api', expiresAt });
    expect(totals(world)).toMatchObject({ kept: { size: 1, expiring: 1 }, mirror: { size: 1, expiring: 1 } });
  });
});

describe('the end of a block, and somebody who changes their mind at the same moment', () => {
  beforeEach(async () => {
    await blockFor(world, [A, B, C], { ms: MINUTE_MS });
    world.clock.advance(MINUTE_MS);
  });

  it.each([
    ['before Graph answered', 0],
    ['long after Graph was asked', 900],
  ])('renewed %s: the block stays, at Graph too, and the history ends with it', async (_, ms) => {
    world.graph.meanwhile = async () => {
      world.clock.advance(5);
      await submitChange(world.deps, changeRequest([A], { reason: 'again' }));
      world.clock.advance(ms);
    };
    await run(world, 'expiry');
    expect([...world.graph.blocked]).toEqual([A]);
    expect(stored(world, A)).toMatchObject({ state: 'blocked', expiresAt: undefined, reason: 'again' });
    expect(recordedHistory(world, A).at(-1)).toBe('block api support again');
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
    expect(totals(world)).toMatchObject({ kept: { size: 1, expiring: 0 }, mirror: { size: 1, expiring: 0 } });
  });

  it('renewed while the end was on its way to the mirror: Graph is asked for the block once more', async () => {
    world.clock.advance(1);
    // The renewal reaches Graph first and is recorded last.
    world.graph.meanwhile = async () => {
      world.clock.advance(10);
      await run(world, 'expiry');
    };
    await submitChange(world.deps, changeRequest([A], { reason: 'again' }));
    expect([...world.graph.blocked]).toEqual([A]);
    expect(stored(world, A)).toMatchObject({ state: 'blocked', reason: 'again' });
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
  });

  it('is left to a reconciliation if Graph refuses the block', async () => {
    world.graph.meanwhile = async () => {
      world.clock.advance(5);
      await submitChange(world.deps, changeRequest([A], { reason: 'again' }));
      world.graph.meanwhile = async () => world.graph.refuse({ kind: 'permanent', code: 100, message: 'no' });
    };
    await run(world, 'expiry');
    expect((await world.store.listOpenOperations(NUMBER)).map(({ status }) => status)).toEqual(['uncertain']);
  });

  it('unblocked in between: the user stays unblocked', async () => {
    world.graph.meanwhile = async () => {
      await submitChange(world.deps, changeRequest([A], { action: 'unblock' }));
    };
    await run(world, 'expiry');
    expect(world.graph.blocked.size).toBe(0);
    expect(state(world, A)).toBe('unblocked');
  });
});
