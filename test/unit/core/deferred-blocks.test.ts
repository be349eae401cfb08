import { beforeEach, describe, expect, it } from 'vitest';
import { LOGGED } from '../../../lambdas/contract/logged.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import {
  ACTOR,
  changeRequest,
  createTestJob,
  createWorld,
  NUMBER,
  phones,
  RECEIVER,
  runJob,
  type World,
} from '../../support/world.ts';
import { progress } from './job-as-answered.ts';
import { change, reconcile, recordedHistory, rightBefore, stored } from './reconciliation-steps.ts';
import { DAY_MS, defer, HOUR_MS, inMs, message, run, state, totals, writes } from './scheduled-steps.ts';

const [A = '', B = '', C = ''] = phones(3);
let world: World;
beforeEach(() => {
  world = createWorld();
});

const deferredTotals = (deferred: number, size = 0) => ({ size, deferred, expiring: 0 });

describe('a block that may wait', () => {
  it('is deferred if the user has not written, and does not count as a failure', async () => {
    const [outcome] = await defer(world, [A], { reason: 'spam' });
    expect(outcome).toMatchObject({ deferral: { code: 131047 } });
    expect(outcome?.failure).toBeUndefined();
    expect(stored(world, A)).toMatchObject({ state: 'deferred', reason: 'spam', attempts: 1 });
    expect(recordedHistory(world, A)).toEqual(['block api support spam']);
    expect([...world.store.events.values()]).toMatchObject([{ outcome: 'deferred', code: 131047 }]);
    expect(totals(world)).toEqual({ kept: deferredTotals(1), mirror: deferredTotals(1) });
    const [operation] = world.store.operations.values();
    expect(operation).toMatchObject({ status: 'finished', succeeded: 0, failed: 0, deferred: 1 });
  });

  it('fails if the request did not allow it to wait, or if Graph refuses for another reason', async () => {
    world.graph.failures.set(A, [{ code: 131047, message: 'no' }]);
    world.graph.failures.set(B, [{ code: 131021, message: 'own number' }]);
    await change(world, [A]);
    const submitted = await submitChange(world.deps, changeRequest([B], { defer: true }));
    expect(submitted).toMatchObject({ results: [{ failure: { code: 131021 } }] });
    expect([state(world, A), state(world, B)]).toEqual(['unknown', 'unknown']);
  });

  it('fails if the user is on the list: there is nothing to wait for', async () => {
    await change(world, [A]);
    const [outcome] = await defer(world, [A]);
    expect(outcome).toMatchObject({ failure: { code: 131047 } });
    expect(state(world, A)).toBe('blocked');
  });

  it('is made once, when the user writes, and has the actor of its request', async () => {
    await defer(world, [A, B], { reason: 'spam' });
    writes(world, A);
    expect(await message(world, A, C)).toEqual({ senders: 2, blocked: 1, waiting: 0, moved: 0, notFollowed: [] });
    expect([...world.graph.blocked]).toEqual([A]);
    expect(stored(world, A)).toMatchObject({
      state: 'blocked',
      source: 'webhook',
      actor: ACTOR,
      reason: 'spam',
    });
    const operation = [...world.store.operations.values()].at(-1);
    expect(operation).toMatchObject({ source: 'webhook', actor: RECEIVER, onBehalfOf: 'whatsapp' });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'block webhook receiver spam']);
    expect(totals(world)).toEqual({ kept: deferredTotals(1, 1), mirror: deferredTotals(1, 1) });

    const calls = world.graph.calls.length;
    expect(await message(world, A)).toMatchObject({ blocked: 0 });
    expect(world.graph.calls).toHaveLength(calls);
  });

  it('is found by any id of the user', async () => {
    world.graph.names.set(A, { waId: B, userId: 'US.1' });
    world.graph.failures.set(A, [{ code: 131047, message: 'no' }]);
    await submitChange(world.deps, changeRequest([A], { defer: true }));
    world.clock.advance(1_000);
    // Graph did not name the user in its refusal, so the number as it was sent is all that is known.
    expect(state(world, A)).toBe('deferred');
    expect(await message(world, 'US.2', A)).toMatchObject({ blocked: 1 });
    expect(stored(world, B)).toMatchObject({ state: 'blocked', actor: ACTOR, source: 'webhook' });
    expect(stored(world, A)).toMatchObject({ aliasOf: B });
    expect([...world.graph.blocked]).toEqual([B]);
    expect(totals(world)).toEqual({ kept: deferredTotals(0, 1), mirror: deferredTotals(0, 1) });
  });

  it.each([
    ['once more', 131047],
    ['for another reason', 131021],
  ])('stays under the id that is stored, and waits longer, if Graph refuses it %s by another id', async (_, code) => {
    await defer(world, [A], { reason: 'spam' });
    world.clock.advance(HOUR_MS);
    world.graph.apply = (_action, identities) =>
      identities.map((identity) => ({ identity, waId: B, failure: { code, message: 'no' } }));
    await run(world, 'deferral');
    expect(stored(world, A)).toMatchObject({ state: 'deferred', reason: 'spam', attempts: 2 });
    expect(stored(world, B)).toBeUndefined();
    expect(await run(world, 'deferral')).toMatchObject({ numbers: 0 });
    expect(totals(world)).toEqual({ kept: deferredTotals(1), mirror: deferredTotals(1) });
  });

  it.each([
    ['5531987654321', '553187654321'],
    ['553187654321', '5531987654321'],
    ['5215512345678', '525512345678'],
    ['541112345678', '5491112345678'],
  ])('of %s is made when the user writes as %s, and leaves one item', async (asked, sender) => {
    await defer(world, [asked], { reason: 'spam' });
    writes(world, asked);
    // Graph knows them by the number that they write from, even if it is sent another form.
    world.graph.names.set(asked, { waId: sender });
    expect(await message(world, sender)).toMatchObject({ blocked: 1 });
    expect([...world.graph.blocked]).toEqual([sender]);
    expect(stored(world, sender)).toMatchObject({ state: 'blocked', source: 'webhook', reason: 'spam' });
    expect(stored(world, asked)).toMatchObject({ aliasOf: sender });
    expect(totals(world)).toEqual({ kept: deferredTotals(0, 1), mirror: deferredTotals(0, 1) });
  });

  it('is made if the user was unblocked under the other form of their number', async () => {
    const [asked, sender] = ['5531987654321', '553187654321'];
    await change(world, [sender]);
    await change(world, [sender], { action: 'unblock' });
    await defer(world, [asked]);
    writes(world, asked);
    expect(await message(world, sender)).toMatchObject({ blocked: 1 });
  });

  it('causes only reads when other users write', async () => {
    await defer(world, [A]);
    const operations = world.store.operations.size;
    await message(world, ...phones(1_000, 16_507_770_000));
    expect(world.store.operations.size).toBe(operations);
    expect(world.graph.calls).toHaveLength(1);
  });

  it('is tried again by the schedule, with growing pauses, and without an audit event each time', async () => {
    await defer(world, [A]);
    const attempts: number[] = [];
    for (let hour = 0; hour < 48; hour += 1) {
      world.clock.advance(HOUR_MS);
      const { numbers } = await run(world, 'deferral');
      if (numbers > 0) attempts.push(hour + 1);
    }
    expect(attempts).toEqual([1, 3, 7, 15, 26, 37, 48]);
    expect(recordedHistory(world, A)).toHaveLength(1);
    writes(world, A);
    world.clock.advance(12 * HOUR_MS);
    expect(await run(world, 'deferral')).toMatchObject({ succeeded: 1 });
    expect(stored(world, A)).toMatchObject({
      state: 'blocked',
      source: 'deferred',
    });
    expect(totals(world)).toEqual({ kept: deferredTotals(0, 1), mirror: deferredTotals(0, 1) });
  });

  it('is given up when it is too old, with an audit event', async () => {
    await defer(world, [A], { reason: 'spam' });
    world.clock.advance(29 * DAY_MS);
    expect(await run(world, 'deferral')).toMatchObject({ deferred: 1 });
    world.clock.advance(DAY_MS);
    const calls = world.graph.calls.length;
    await run(world, 'deferral');
    expect(world.graph.calls).toHaveLength(calls);
    expect(state(world, A)).toBe('unblocked');
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'block failed deferred support spam']);
    expect(totals(world)).toEqual({ kept: deferredTotals(0), mirror: deferredTotals(0) });
    expect(await run(world, 'deferral')).toMatchObject({ numbers: 0 });
  });

  it('is not given up if it is requested again at that moment', async () => {
    await defer(world, [A], { expiresAt: inMs(world, HOUR_MS) });
    world.clock.advance(HOUR_MS);
    rightBefore(world, 'putUsers', () => defer(world, [A], { reason: 'again' }).then(() => undefined));
    await run(world, 'deferral');
    expect(stored(world, A)).toMatchObject({ state: 'deferred', reason: 'again' });
    expect(totals(world)).toEqual({ kept: deferredTotals(1), mirror: deferredTotals(1) });
  });

  it('is not made after its own end', async () => {
    await defer(world, [A], { expiresAt: inMs(world, 30 * 60_000) });
    world.clock.advance(HOUR_MS);
    writes(world, A);
    expect(await message(world, A)).toMatchObject({ blocked: 0 });
    await run(world, 'deferral');
    expect(state(world, A)).toBe('unblocked');
    expect(world.graph.blocked.size).toBe(0);
  });

  it('keeps its end: the block is made late, but ends on time', async () => {
    await defer(world, [A], { expiresAt: inMs(world, 2 * HOUR_MS) });
    writes(world, A);
    await message(world, A);
    expect(totals(world).kept).toEqual({ size: 1, deferred: 0, expiring: 1 });
    world.clock.advance(2 * HOUR_MS);
    expect(await run(world, 'expiry')).toMatchObject({ succeeded: 1 });
    expect(world.graph.blocked.size).toBe(0);
  });

  it('is cancelled by an unblock, even if Graph refuses the unblock', async () => {
    await defer(world, [A, B]);
    writes(world, B);
    const submitted = await submitChange(world.deps, changeRequest([A, B], { action: 'unblock' }));
    expect(submitted).toMatchObject({ results: [{}, {}] });
    expect(submitted.kind === 'outcomes' && submitted.results.some(({ failure }) => failure)).toBe(false);
    expect([state(world, A), state(world, B)]).toEqual(['unblocked', 'unblocked']);
    expect(totals(world)).toEqual({ kept: deferredTotals(0), mirror: deferredTotals(0) });
    expect(await message(world, A, B)).toMatchObject({ blocked: 0 });
  });

  it('becomes a block if it is requested again after the user has written', async () => {
    await defer(world, [A]);
    writes(world, A);
    await change(world, [A], { reason: 'now' });
    expect(stored(world, A)).toMatchObject({ state: 'blocked', reason: 'now', source: 'api' });
    expect(totals(world)).toEqual({ kept: deferredTotals(0, 1), mirror: deferredTotals(0, 1) });
  });

  it('waits again, with the new reason, if it is requested again too early', async () => {
    await defer(world, [A], { reason: 'spam' });
    const before = stored(world, A);
    world.clock.advance(DAY_MS);
    await defer(world, [A], { reason: 'spam' });
    expect(recordedHistory(world, A)).toHaveLength(1);
    await defer(world, [A], { reason: 'fraud' });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'block api support fraud']);
    expect(stored(world, A)).toMatchObject({ reason: 'fraud', attempts: 1 });
    expect(stored(world, A)).not.toMatchObject({ deferredAt: Reflect.get(before ?? {}, 'deferredAt') });
    expect(totals(world).kept).toEqual(deferredTotals(1));
  });

  const WHY = { reason: 'threats', reasonCode: 'abuse' };

  it.each([
    ['nothing', {}, WHY],
    ['a reason', { reason: 'worse threats', reasonCode: undefined }, { ...WHY, reason: 'worse threats' }],
    ['a code', { reasonCode: 'fraud' }, { ...WHY, reasonCode: 'fraud' }],
  ])('keeps what a request that repeats it leaves out of its reasons: given %s', async (_, given, expected) => {
    world.store.isPaired = false;
    await defer(world, [A, B], { ...WHY, expiresAt: inMs(world, HOUR_MS) });
    await defer(world, [A], { ...given, onBehalfOf: 'ben' });
    // Its end is the one of the last request, which gave none.
    expect(stored(world, A)).toMatchObject({ state: 'deferred', onBehalfOf: 'ben', expiresAt: undefined, ...expected });
    writes(world, B);
    await change(world, [B], { ...given, onBehalfOf: 'ben' });
    expect(stored(world, B)).toMatchObject({ state: 'blocked', onBehalfOf: 'ben', expiresAt: undefined, ...expected });
    // The history has what each request gave.
    const events = [...world.store.events.values()].filter(({ onBehalfOf }) => onBehalfOf === 'ben');
    expect(events.map(({ reason, reasonCode }) => ({ reason, reasonCode }))).toEqual(
      Array(2).fill({ reason: undefined, reasonCode: undefined, ...given }),
    );
  });

  it('keeps its reasons if Graph names the user by another id when the block is repeated', async () => {
    world.store.isPaired = false;
    await defer(world, [A], WHY);
    writes(world, A);
    world.graph.names.set(A, { waId: B });
    await change(world, [A]);
    expect(stored(world, B)).toMatchObject({ state: 'blocked', source: 'api', ...WHY });
  });

  it.each([['nobody here'], ['an unblock']])('keeps nothing of its reasons after %s ended it', async (end) => {
    world.store.isPaired = false;
    await defer(world, [A], WHY);
    if (end === 'an unblock') {
      writes(world, A);
      await change(world, [A], { action: 'unblock' });
      await change(world, [A]);
    } else {
      world.graph.blockElsewhere(A);
      await reconcile(world);
    }
    expect(stored(world, A)).toMatchObject({ state: 'blocked', reason: undefined, reasonCode: undefined });
  });

  it('stays deferred, and is due at once, if Graph cannot be called when the user writes', async () => {
    await defer(world, [A]);
    world.clock.advance(10 * DAY_MS);
    await run(world, 'deferral');
    writes(world, A);
    world.graph.refuse({ kind: 'rate_limited', code: 4, message: 'later', retryAfterSeconds: 600 });
    await expect(message(world, A)).rejects.toThrow('later');
    expect(state(world, A)).toBe('deferred');
    world.clock.advance(1_000);
    expect(await run(world, 'deferral')).toMatchObject({ succeeded: 1 });
    expect([...world.graph.blocked]).toEqual([A]);
  });

  it('stays deferred, and rings the alarm, if the list is full when the user writes', async () => {
    await defer(world, [A]);
    writes(world, A);
    world.graph.refuse({ kind: 'list_full', code: 139101, message: 'full' });
    expect(await message(world, A)).toMatchObject({ blocked: 0, waiting: 1 });
    expect(world.logged).toEqual([LOGGED.scheduledActionFailed]);
    world.clock.advance(1_000);
    expect(await run(world, 'deferral')).toMatchObject({ succeeded: 1 });
  });

  it('that Graph refuses for another reason is still tried', async () => {
    await defer(world, [A]);
    world.graph.failures.set(A, [{ code: 139101, message: 'full' }]);
    world.clock.advance(HOUR_MS);
    expect(await run(world, 'deferral')).toMatchObject({ failed: 1 });
    expect(state(world, A)).toBe('deferred');
    expect(recordedHistory(world, A)).toEqual(['block api support', 'block failed deferred support']);
    world.clock.advance(3 * HOUR_MS);
    expect(await run(world, 'deferral')).toMatchObject({ succeeded: 1 });
  });

  it('gives way to an unblock that comes at the moment when the user writes', async () => {
    await defer(world, [A]);
    writes(world, A);
    world.graph.meanwhile = async () => {
      world.clock.advance(5);
      await submitChange(world.deps, changeRequest([A], { action: 'unblock' }));
      world.clock.advance(5);
    };
    await message(world, A);
    expect(world.graph.blocked.size).toBe(0);
    expect(state(world, A)).toBe('unblocked');
    expect(recordedHistory(world, A).at(-1)).toBe('unblock api support');
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
    expect(totals(world)).toEqual({ kept: deferredTotals(0), mirror: deferredTotals(0) });
  });

  it('ends if another application blocks the user', async () => {
    await defer(world, [A]);
    world.graph.blockElsewhere(A);
    await reconcile(world);
    expect(stored(world, A)).toMatchObject({ state: 'blocked', source: 'external' });
    expect(totals(world)).toEqual({ kept: deferredTotals(0, 1), mirror: deferredTotals(0, 1) });
    expect(await message(world, A)).toMatchObject({ blocked: 0 });
  });

  it('is counted and recorded once if the request dies before it is completed, and is repeated', async () => {
    world.store.completeOperation = () => Promise.reject(new Error('DynamoDB is down'));
    await expect(defer(world, [A])).rejects.toThrow('DynamoDB is down');
    Reflect.deleteProperty(world.store, 'completeOperation');
    await defer(world, [A]);
    expect(recordedHistory(world, A)).toHaveLength(1);
    world.clock.advance(6 * 60_000);
    await reconcile(world);
    expect(totals(world)).toEqual({ kept: deferredTotals(1), mirror: deferredTotals(1) });
  });
});

describe('a job whose blocks may wait', () => {
  it('counts and lists who is deferred, apart from who failed, and retries only these', async () => {
    for (const user of [A, B]) world.graph.failures.set(user, [{ code: 131047, message: 'Re-engagement required' }]);
    const job = await createTestJob(world, [A, B, C, 'nobody'], { defer: true });
    expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed' });
    expect(await progress(world, job)).toMatchObject({ succeeded: 1, failed: 1, deferred: 2, remaining: 0 });
    const listed = await listJobUsers(world.jobs, job, { limit: 10, outcome: 'deferred' });
    expect(listed.users).toMatchObject([
      { input: A, outcome: 'deferred', code: 131047 },
      { input: B, outcome: 'deferred', code: 131047 },
    ]);
    expect(totals(world).kept).toEqual(deferredTotals(2, 1));
  });

  it('succeeds if everyone is blocked or deferred', async () => {
    world.graph.failures.set(A, [{ code: 131047, message: 'no' }]);
    expect(await runJob(world, await createTestJob(world, [A, B], { defer: true }))).toMatchObject({
      status: 'succeeded',
    });
  });

  it('does not retry deferred users', async () => {
    world.graph.failures.set(A, [{ code: 131047, message: 'no' }]);
    world.graph.failures.set(B, [{ code: 131021, message: 'no' }]);
    const job = await createTestJob(world, [A, B, C], { defer: true });
    await runJob(world, job);
    const { retry } = await import('./job-steps.ts');
    const again = await retry(world, job);
    await runJob(world, again);
    expect(world.graph.calls.at(-1)?.ids).toEqual([B]);
    expect(await progress(world, job)).toMatchObject({ succeeded: 2, failed: 0, deferred: 1, remaining: 0 });
  });
});
