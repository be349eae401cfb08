/** Overlaps of temporary and deferred blocks, of users who move, of faults and of crashes. Each was a mistake once. */
import { beforeEach, expect, it } from 'vitest';
import { GraphError } from '../../../lambdas/core/errors.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import type { ChangedIdentity } from '../../../lambdas/core/webhook/notice.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import {
  changeRequest,
  createTestJob,
  createWorld,
  delivery,
  historyOf,
  NUMBER,
  phones,
  runJob,
  type World,
} from '../../support/world.ts';
import { change, failOnce, reconcile, rightBefore, stored } from './reconciliation-steps.ts';
import { blockFor, DAY_MS, defer, HOUR_MS, inMs, MINUTE_MS, message, run, state, writes } from './scheduled-steps.ts';

const [X = '', Y = '', Z = ''] = phones(3);
const [OLD, NEW] = ['US.13491208655302741918', 'US.99991208655302741918'];
let world: World;
beforeEach(() => {
  world = createWorld();
});
async function move(changed: Partial<ChangedIdentity> & Pick<ChangedIdentity, 'from'>, senders: string[] = []) {
  const news: ChangedIdentity = { action: 'user_changed_number', at: world.clock.iso(), ...changed };
  const received = await receiveWebhook(
    world.deps,
    delivery({ numbers: [{ phoneNumberId: NUMBER, senders, changes: [news] }] }),
  );
  world.clock.advance(1_000);
  return received.moved;
}
const bsuid = (id: string, more = {}) => ({
  ...changeRequest([]),
  ...more,
  list: {
    entries: [{ input: id, identity: { kind: 'bsuid' as const, id } }],
    distinct: [{ input: id, identity: { kind: 'bsuid' as const, id } }],
    users: 1,
  },
});
const no = (n: number, code = 139103) => Array.from({ length: n }, () => ({ code, message: 'no' }));

it('a deferred block whose answer was lost keeps its end, reason and requester when the reconciliation finds it', async () => {
  const expiresAt = inMs(world, DAY_MS);
  await defer(world, [X], { reason: 'threats', expiresAt });
  writes(world, X);
  const real = world.graph.changeUsers.bind(world.graph);
  world.graph.changeUsers = async (...args) => {
    await real(...args);
    throw new GraphError({ kind: 'timeout', code: 1, message: 'late', maybeApplied: true });
  };
  await expect(message(world, X)).rejects.toThrow();
  world.graph.changeUsers = real;
  world.clock.advance(10 * MINUTE_MS);
  await reconcile(world);
  expect(stored(world, X)).toMatchObject({ state: 'blocked', expiresAt, reason: 'threats' });
});

it('a job whose attempt died after it wrote the mirror does not report a deferred user as succeeded', async () => {
  world.graph.failures.set(X, no(50, 131047));
  const job = await createTestJob(world, [X], { defer: true });
  failOnce(world, 'completeOperation');
  await runJob(world, job).catch(() => undefined);
  const done = await runJob(world, job);
  expect(done?.progress?.users).toMatchObject({ succeeded: 0, deferred: 1 });
});

it('if a user has two items, the blocked one is moved', async () => {
  world.graph.failures.set(X, no(3, 131047));
  await change(world, [X]); // refused: unknown
  await submitChange(world.deps, bsuid(OLD));
  world.clock.advance(1000);
  await move({ from: [X, OLD], waId: Y, userId: NEW });
  expect([...world.graph.blocked]).toEqual([Y]);
});

it('over, and Graph refuses the end: the new number is not taken for blocked', async () => {
  await blockFor(world, [X], { ms: HOUR_MS });
  world.clock.advance(2 * HOUR_MS);
  world.graph.failures.set(X, no(3));
  await expect(move({ from: [X], waId: Y })).rejects.toThrow('no');
  expect(state(world, Y)).not.toBe('blocked');
});

it('a repeated delivery does not unblock who has been blocked by the old number since', async () => {
  await change(world, [X], { reason: 'spam' });
  await move({ from: [X], waId: Y });
  await change(world, [X], { reason: 'another person' });
  await move({ from: [X], waId: Y });
  expect([...world.graph.blocked].sort()).toEqual([X, Y]);
});

it('a full list does not fail the webhook of a move, and the senders are processed', async () => {
  world = createWorld({ listLimit: 2 });
  await defer(world, [Z]);
  await change(world, [X]);
  writes(world, Z);
  world.deps.listLimit = 1;
  const error = await move({ from: [X], waId: Y }, [Z]).catch((error: unknown) => error);
  expect(error).not.toBeInstanceOf(Error);
});

it('a move that Graph cannot be asked for does not leave out the senders of the payload', async () => {
  await defer(world, [Z]);
  await change(world, [X]);
  writes(world, Z);
  world.graph.refuse(...Array.from({ length: 1 }, () => ({ kind: 'permission' as const, code: 10, message: 'x' })));
  await move({ from: [X], waId: Y }, [Z]).catch((error: unknown) => error);
  const scheduledAction = Reflect.get(stored(world, Z) ?? {}, 'nextAttemptAt');
  expect(state(world, Z) === 'blocked' || scheduledAction <= world.clock.iso()).toBe(true);
});

it('a temporary failure when the user writes is retried at the next run', async () => {
  await defer(world, [X]);
  for (let attempts = 0; attempts < 6; attempts += 1) {
    world.clock.advance(12 * HOUR_MS);
    await run(world, 'deferral');
  }
  world.graph.failures.set(X, no(3));
  await message(world, X);
  const item = stored(world, X);
  expect(Date.parse(Reflect.get(item ?? {}, 'nextAttemptAt')) - world.clock.now()).toBeLessThanOrEqual(HOUR_MS);
});

it('if the new number fails temporarily, the webhook asks for another delivery', async () => {
  await change(world, [X]);
  world.graph.failures.set(Y, no(3));
  await expect(move({ from: [X], waId: Y })).rejects.toThrow();
});

it('an older deferred block does not give its end to a later permanent block', async () => {
  world.graph.failures.set(OLD, no(100, 131047));
  await submitChange(world.deps, bsuid(OLD, { defer: true, expiresAt: inMs(world, DAY_MS) }));
  world.clock.advance(1000);
  await change(world, [X], { reason: 'for good' });
  world.graph.failures.delete(OLD);
  world.graph.names.set(OLD, { waId: X, userId: OLD });
  await message(world, OLD);
  expect(stored(world, X)).toMatchObject({ state: 'blocked', reason: 'for good' });
  expect(Reflect.get(stored(world, X) ?? {}, 'expiresAt')).toBeUndefined();
});

it('a block that a reconciliation found in between is not overwritten by a deferral', async () => {
  await change(world, [X], { reason: 'spam' });
  const blocked = stored(world, X);
  world.clock.advance(1_000);
  world.store.users.clear();
  world.graph.failures.set(X, no(5, 131047));
  // the reconciliation began before the request, and records its finding while Graph is asked
  world.graph.meanwhile = async () => {
    if (blocked) world.store.users.set(`${NUMBER}/${X}`, blocked);
  };
  await submitChange(world.deps, changeRequest([X], { defer: true }));
  expect([state(world, X), world.graph.blocked.has(X)]).toEqual(['blocked', true]);
});

it('a move that meets another writer of the new number still links the history', async () => {
  await change(world, [X], { reason: 'spam' });
  rightBefore(world, 'putUsersWithEvents', async () => {
    await submitChange(world.deps, changeRequest([Y], { reason: 'other' }));
  });
  await move({ from: [X], waId: Y });
  expect(stored(world, Y)).toMatchObject({ previousIds: [X] });
});

it('the same news twice at the same time is recorded once', async () => {
  await change(world, [X], { reason: 'spam' });
  world.graph.meanwhile = async () => {
    await move({ from: [X], waId: Y });
  };
  await move({ from: [X], waId: Y });
  const recorded = [...world.store.events.values()].filter(({ action }) => action === 'user_changed_number');
  expect(recorded.length).toBe(1);
});

it('a temporary block of the old number does not give an end to a permanent one of the new', async () => {
  await blockFor(world, [X], { ms: HOUR_MS, reason: 'cool off' });
  await change(world, [Y], { reason: 'for good' });
  await move({ from: [X], waId: Y });
  expect(Reflect.get(stored(world, Y) ?? {}, 'expiresAt')).toBeUndefined();
});

it('a refused end that meets a renewal leaves the renewal as it is', async () => {
  await blockFor(world, [X], { ms: HOUR_MS });
  world.clock.advance(HOUR_MS);
  world.graph.meanwhile = async () => {
    await submitChange(world.deps, changeRequest([X], { expiresAt: inMs(world, HOUR_MS) }));
    world.graph.failures.set(X, no(3, 100));
  };
  await run(world, 'expiry');
  expect(Reflect.get(stored(world, X) ?? {}, 'nextAttemptAt')).toBeUndefined();
});

it('a user who is blocked again by the old number while their history moves is not taken for blocked by the new one', async () => {
  await change(world, [X]);
  await change(world, [X], { action: 'unblock' });
  const real = world.store.getUsers.bind(world.store);
  let n = 0;
  world.store.getUsers = async (...a) => {
    n += 1;
    if (n === 2) {
      world.store.getUsers = real;
      await change(world, [X]);
    }
    return real(...a);
  };
  await move({ from: [X], waId: Y });
  expect(state(world, Y)).not.toBe('blocked');
});

it.each([
  ['whose answer was lost, and which a reconciliation finds', true],
  ['that was answered', false],
])('a block is recorded after the unblock of the previous owner of the id: one %s', async (_, isLost) => {
  const real = world.graph.changeUsers.bind(world.graph);
  world.graph.changeUsers = async (...args) => {
    world.graph.changeUsers = real;
    world.clock.advance(10);
    await submitChange(world.deps, { ...bsuid(OLD), action: 'unblock' });
    await move({ from: [OLD], waId: X });
    const answer = await real(...args);
    if (isLost) throw new GraphError({ kind: 'timeout', code: 1, message: 'late', maybeApplied: true });
    return answer;
  };
  const block = submitChange(world.deps, bsuid(OLD));
  if (isLost) await expect(block).rejects.toThrow('late');
  else await block;
  world.clock.advance(20 * MINUTE_MS);
  await reconcile(world);
  expect([state(world, OLD), world.graph.blocked.has(OLD)]).toEqual(['blocked', true]);
  expect(historyOf(world, OLD)).toEqual(['unblock succeeded', 'block succeeded']);
});

it.each([
  ['at once', 0],
  ['in the next attempt, if Graph refused the correction', 1],
])('a block by a job is made again if the end of an older block undoes it at Graph: %s', async (_, refused) => {
  await blockFor(world, [X], { ms: HOUR_MS });
  world.clock.advance(HOUR_MS);
  // Over before another attempt could ask for it, unless that is what it takes.
  const job = await createTestJob(world, [X], { expiresAt: inMs(world, refused === 0 ? 500 : HOUR_MS) });
  const real = world.graph.changeUsers.bind(world.graph);
  world.graph.changeUsers = async (...args) => {
    world.graph.changeUsers = real;
    const answer = await real(...args);
    world.clock.advance(1);
    await run(world, 'expiry');
    for (let n = 0; n < refused; n += 1) world.graph.refuse({ kind: 'rate_limited', code: 4, message: 'later' });
    return answer;
  };
  const done = await runJob(world, job);
  expect(done?.progress?.users).toMatchObject({ succeeded: 1, failed: 0 });
  expect([state(world, X), world.graph.blocked.has(X)]).toEqual(['blocked', true]);
});

it('a chunk that is repeated after its outcomes were lost reports the deferred and the blocked users', async () => {
  world.graph.failures.set(X, no(50, 131047));
  const job = await createTestJob(world, [X, Y], { defer: true });
  const real = world.jobs.saveChunk.bind(world.jobs);
  let n = 0;
  world.jobs.saveChunk = async (...a) => {
    n += 1;
    if (n === 2) throw new Error('down');
    return real(...a);
  };
  await runJob(world, job).catch(() => undefined);
  const done = await runJob(world, job);
  expect(done?.progress?.users).toMatchObject({ succeeded: 1, deferred: 1 });
});
