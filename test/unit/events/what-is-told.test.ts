import { beforeEach, describe, expect, it } from 'vitest';
import { eraseUser } from '../../../lambdas/core/erasure/erase-user.ts';
import { GraphError, TokenMissingError } from '../../../lambdas/core/errors.ts';
import type { DetailOf, EventType } from '../../../lambdas/core/events/event.ts';
import { cancelJob } from '../../../lambdas/core/jobs/cancel-job.ts';
import { retryJob } from '../../../lambdas/core/jobs/retry-job.ts';
import { reportFailedNumber } from '../../../lambdas/core/reconciliation/report-failed-number.ts';
import { sweep } from '../../../lambdas/core/scheduled/sweep.ts';
import {
  ACTOR,
  createTestJob,
  createWorld,
  finishJob,
  NUMBER,
  phones,
  runJob,
  type World,
} from '../../support/world.ts';
import { change, reconcile } from '../core/reconciliation-steps.ts';
import { blockFor, defer, MINUTE_MS, message, run, writes } from '../core/scheduled-steps.ts';

const [A = '', B = '', C = ''] = phones(3);
let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

/** What was recorded of a type, oldest first. */
function told<T extends EventType>(type: T): DetailOf<EventType>[] {
  return world.store.outbox.recorded.flatMap((event) => (event.type === type ? [event.detail] : []));
}
const all = () => world.store.outbox.recorded.map(({ type }) => type);

describe('the end of a job', () => {
  it('is told once, with its counts, however often the last step runs', async () => {
    world.graph.failures.set(B, [{ code: 131021, message: 'own number' }]);
    const job = await createTestJob(world, [A, B, 'call me']);
    await runJob(world, job);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(told('Job Finished')).toMatchObject([
      {
        id: `job/${job.id}/1`,
        phone_number_id: NUMBER,
        job_id: job.id,
        run: 1,
        action: 'block',
        status: 'partially_failed',
        users: { total: 3, succeeded: 1, failed: 2, deferred: 0 },
      },
    ]);
    expect(JSON.stringify(world.store.outbox.recorded)).not.toContain(A);
  });

  it('is told for each run, and for a job that was cancelled', async () => {
    world.graph.failures.set(A, [{ code: 131021, message: 'own number' }]);
    const job = await createTestJob(world, [A]);
    await runJob(world, job);
    const again = await retryJob(world.deps, { id: job.id, actor: ACTOR });
    await runJob(world, again);
    const other = await createTestJob(world, [B]);
    await cancelJob(world.deps, { id: other.id, actor: ACTOR });
    expect(told('Job Finished')).toMatchObject([
      { id: `job/${job.id}/1`, status: 'failed' },
      { id: `job/${job.id}/2`, run: 2, status: 'succeeded' },
      { id: `job/${other.id}/1`, status: 'cancelled' },
    ]);
  });

  it('is published by the sweep if nothing else did', async () => {
    await runJob(world, await createTestJob(world, [A]));
    world.clock.advance(2 * MINUTE_MS);
    expect(await sweep(world.deps)).toMatchObject({ events: 1 });
    expect(world.bus.taken).toEqual(world.store.outbox.recorded);
    expect(world.logged).toContain('events late');
  });

  it('that the sweep cannot publish makes it fail, and what else it does is done', async () => {
    world.bus.refuses = () => 'ThrottlingException';
    await runJob(world, await createTestJob(world, [A]));
    const stalled = await createTestJob(world, [B]);
    world.clock.advance(20 * MINUTE_MS);
    await expect(sweep(world.deps)).rejects.toThrow('Some events could not be published');
    expect(world.started).toContain(`${stalled.id}/1`);
  });
});

describe('a temporary block that ends', () => {
  it('is told by number and operation, with a count and no user', async () => {
    await blockFor(world, [A, B], { ms: MINUTE_MS });
    world.clock.advance(2 * MINUTE_MS);
    await run(world, 'expiry');
    await run(world, 'expiry');
    const operation = [...world.store.operations.values()].find(({ source }) => source === 'expiry');
    const id = operation?.operationId;
    expect(told('Block Expired')).toMatchObject([
      { id: `operation/${id}`, phone_number_id: NUMBER, operation_id: id, count: 2 },
    ]);
    expect(JSON.stringify(world.store.outbox.recorded)).not.toContain(A);
  });

  it('is told with the users if that is wanted, and only of those that were unblocked', async () => {
    await blockFor(world, [A, B], { ms: MINUTE_MS });
    world.clock.advance(2 * MINUTE_MS);
    world.graph.failures.set(B, [{ code: 131021, message: 'no' }]);
    Object.assign(world.deps, { eventUsers: true });
    await run(world, 'expiry');
    expect(told('Block Expired')).toMatchObject([{ count: 1, users: [A] }]);
  });

  it('is told after a reconciliation found that it had ended, if the run died before it could say so', async () => {
    await blockFor(world, [A, B], { ms: MINUTE_MS });
    world.clock.advance(2 * MINUTE_MS);
    const { store } = world;
    const complete = store.completeWithRecords.bind(store);
    const records = store.putRecords.bind(store);
    const die = () => Promise.reject(new Error('killed'));
    Object.assign(store, { completeWithRecords: die, putRecords: die });
    await run(world, 'expiry').catch(() => undefined);
    Object.assign(store, { completeWithRecords: complete, putRecords: records });
    expect(told('Block Expired')).toEqual([]);
    Object.assign(world.deps, { eventUsers: true });
    world.clock.advance(10 * MINUTE_MS);
    await reconcile(world);
    await reconcile(world);
    const found = told('Block Expired');
    expect(found).toMatchObject([{ count: 2, users: expect.arrayContaining([A, B]) }]);
    expect(found[0]?.id).toMatch(/^operation\/.*\/resolved$/);
  });

  it('is told in two parts if it is known of some users at once, and of others only after a reconciliation', async () => {
    await blockFor(world, [A, B], { ms: MINUTE_MS });
    world.clock.advance(2 * MINUTE_MS);
    const lost = { code: 139103, message: 'no', maybeApplied: true };
    world.graph.failures.set(B, [lost, lost, lost]);
    Object.assign(world.deps, { eventUsers: true });
    await run(world, 'expiry');
    expect(told('Block Expired')).toMatchObject([{ count: 1, users: [A] }]);
    // Graph had unblocked them after all.
    world.graph.blocked.delete(B);
    world.clock.advance(10 * MINUTE_MS);
    await reconcile(world);
    expect(told('Block Expired')).toMatchObject([
      { count: 1, users: [A] },
      { count: 1, users: [B] },
    ]);
  });
});

describe('a deferred block that is applied', () => {
  it('is told when its schedule or a message brought it about, and not when it still waits', async () => {
    await defer(world, [A, B, C]);
    writes(world, A);
    await message(world, A, B);
    writes(world, B);
    world.clock.advance(24 * 60 * MINUTE_MS);
    await run(world, 'deferral');
    expect(told('Deferred Block Applied')).toMatchObject([{ count: 1 }, { count: 1 }]);
    expect(all()).toEqual(['Deferred Block Applied', 'Deferred Block Applied']);
  });

  it('is told if a reconciliation finds it made, although a run that died was about to give it up', async () => {
    await defer(world, [A, B]);
    world.clock.advance(31 * 24 * 60 * MINUTE_MS);
    const die = () => Promise.reject(new Error('killed'));
    const { completeWithRecords, putRecords } = world.store;
    Object.assign(world.store, { completeWithRecords: die, putRecords: die });
    await run(world, 'deferral').catch(() => undefined);
    Object.assign(world.store, { completeWithRecords, putRecords });
    world.graph.blockElsewhere(A);
    world.clock.advance(10 * MINUTE_MS);
    await reconcile(world);
    expect((await world.store.getUsers(NUMBER, [A])).get(A)).toMatchObject({ state: 'blocked', source: 'deferred' });
    expect(told('Deferred Block Applied')).toMatchObject([{ count: 1 }]);
  });
});

describe('a reconciliation', () => {
  it('tells of drift, and of nothing if there is none', async () => {
    await change(world, [A]);
    await reconcile(world);
    expect(all()).toEqual([]);
    world.graph.blocked.delete(A);
    for (const user of [B, C]) world.graph.blocked.add(user);
    await reconcile(world);
    expect(told('Drift Found')).toMatchObject([{ phone_number_id: NUMBER, added: 2, removed: 1 }]);
  });

  it('that fails is told once, until one has succeeded; and never for a number that was retired', async () => {
    const refused = new GraphError({ kind: 'permission', code: 10, message: 'no' });
    for (const _ of ['first', 'second']) await reportFailedNumber(world.deps, NUMBER, refused);
    await reconcile(world);
    await reportFailedNumber(world.deps, NUMBER, refused);
    const retired = Object.assign(new TokenMissingError('retired'), { isRetired: true });
    await reportFailedNumber(world.deps, '106540352242923', retired);
    expect(told('Number Not Reconciled')).toMatchObject([
      { phone_number_id: NUMBER, code: 10 },
      { phone_number_id: NUMBER, code: 10 },
    ]);
  });
});

describe('a list that fills up', () => {
  beforeEach(() => {
    world = createWorld({ chunkSize: 100, listLimit: 20 });
  });
  const blockByJob = async (first: number, count: number) =>
    runJob(world, await createTestJob(world, phones(count, 16_505_550_000 + first)));

  it('is told of at the end of a job, at each level once, and the highest alone', async () => {
    await blockByJob(0, 15);
    expect(told('List Nearly Full')).toEqual([]);
    await blockByJob(15, 1);
    await blockByJob(15, 1);
    await blockByJob(16, 3);
    expect(told('List Nearly Full')).toMatchObject([
      { phone_number_id: NUMBER, level: 80, limit: 20 },
      { phone_number_id: NUMBER, level: 95, limit: 20 },
    ]);
  });

  it('is told of by a reconciliation, and again after one has seen it below', async () => {
    const users = phones(18);
    for (const _ of ['fills up', 'fills up again']) {
      await change(world, users);
      await reconcile(world);
      await reconcile(world);
      await change(world, users.slice(0, 6), { action: 'unblock' });
      await reconcile(world);
    }
    expect(told('List Nearly Full')).toMatchObject([{ level: 90 }, { level: 90 }]);
  });
});

it('an event that waits does not name a person who is erased', async () => {
  await blockFor(world, [A, B], { ms: MINUTE_MS });
  world.clock.advance(2 * MINUTE_MS);
  Object.assign(world.deps, { eventUsers: true });
  await run(world, 'expiry');
  world.clock.advance(10 * MINUTE_MS);
  const days = { budgetMs: 20_000, auditDays: 730, jobDays: 90, logDays: 60 };
  const end = await eraseUser({ ...world.deps, ...days }, { id: A, unblock: false, actor: ACTOR });
  const [waiting] = world.store.outbox.waiting.values();
  expect(waiting?.detail).toMatchObject({ count: 2, users: [B] });
  expect(end).toMatchObject({ kind: 'erased' });
  expect(JSON.stringify(end)).toContain('published_events');
});
