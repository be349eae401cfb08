import { beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../../lambdas/core/changes/outcome.ts';
import { finishJob } from '../../../lambdas/core/jobs/finish-job.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { runScheduledActions } from '../../../lambdas/core/scheduled/run-scheduled-actions.ts';
import { sweep } from '../../../lambdas/core/scheduled/sweep.ts';
import { changeRequest, createTestJob, createWorld, NUMBER, phones, runJob, type World } from '../../support/world.ts';
import { attempt } from './job-steps.ts';
import { change, MINUTE_MS, reconcile, recordedHistory, size, stored } from './reconciliation-steps.ts';

/** Graph omits users from its answer, or reports a fault of its own, but has changed them. */
const [A = '', B = '', C = '', D = ''] = phones(4);
/** As the client reads it. */
const FORGOTTEN: Failure = { code: 139103, message: '(#139103) Internal error', maybeApplied: true };
const SILENT: Failure = { code: 131047, message: 'Re-engagement required' };
const INVALID: Failure = { code: 100, message: 'Invalid parameter' };

let world: World;
beforeEach(() => {
  world = createWorld();
});

/** In this many answers of the user; no more than one request asks for. */
function forget(user: string, times = 3, changed = true): void {
  world.graph.failures.set(
    user,
    Array.from({ length: times }, () => FORGOTTEN),
  );
  if (changed) world.graph.changedAnyway.add(user);
}

const operations = () =>
  [...world.store.operations.values()].map(
    ({ action, status, succeeded, failed }) => `${action} ${status} ${succeeded}/${failed}`,
  );
const iso = (fromNowMs: number) => new Date(world.clock.now() + fromNowMs).toISOString();

/** As the schedules do it, within twenty minutes. */
async function sweepAndReconcile(): Promise<void> {
  world.clock.advance(20 * MINUTE_MS);
  await sweep(world.deps);
  expect(world.reconciled).toEqual([NUMBER]);
  await reconcile(world);
  expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
}

describe('a request for a user whom Graph changed, although every answer omits them', () => {
  it('fails, is found by the sweep, and is recorded as the temporary block that it was', async () => {
    forget(A);
    const expiresAt = iso(20_000);
    const request = changeRequest([A], { reason: 'spam', onBehalfOf: 'ana', expiresAt });
    expect(await submitChange(world.deps, request)).toMatchObject({ results: [{ failure: { code: 139103 } }] });
    expect(operations()).toEqual(['block uncertain 0/1']);

    await sweepAndReconcile();
    expect(operations()).toEqual(['block resolved 1/0']);
    const [operationId] = world.store.operations.keys();
    const as = { source: 'api', reason: 'spam', onBehalfOf: 'ana', operationId, expiresAt };
    expect(stored(world, A)).toMatchObject({ state: 'blocked', ...as });
    expect(recordedHistory(world, A)).toEqual(['block failed api support spam', 'block api support spam']);
    expect([...world.store.events.values()].at(-1)).toMatchObject(as);
    expect(size(world)).toBe(1);

    expect(await runScheduledActions(world.deps, 'expiry')).toMatchObject({ succeeded: 1, remaining: 0 });
    expect(world.graph.blocked).toEqual(new Set());
    expect(recordedHistory(world, A).at(-1)).toBe('unblock expiry blocklist');
    expect(size(world)).toBe(0);
  });

  it('is recorded as an unblock if it was one', async () => {
    await change(world, [A]);
    forget(A);
    await change(world, [A], { action: 'unblock', reason: 'sorry' });
    expect(stored(world, A)).toMatchObject({ state: 'blocked' });
    await sweepAndReconcile();
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', source: 'api', reason: 'sorry' });
    expect(recordedHistory(world, A)).toEqual([
      'block api support',
      'unblock failed api support sorry',
      'unblock api support sorry',
    ]);
    expect(size(world)).toBe(0);
  });

  it('ends as failed if Graph did not change the user', async () => {
    forget(A, 3, false);
    await change(world, [A], { expiresAt: iso(20_000) });
    await sweepAndReconcile();
    expect(operations()).toEqual(['block resolved 0/1']);
    expect(recordedHistory(world, A)).toEqual(['block failed api support']);
    expect(stored(world, A)).toMatchObject({ state: 'unknown' });
  });

  it('ends at once if its repeat succeeds', async () => {
    forget(A, 2);
    await change(world, [A]);
    expect(operations()).toEqual(['block finished 1/0']);
  });

  it.each([
    ['refused for certain', [FORGOTTEN, INVALID]],
    ['refused until they write', [FORGOTTEN, SILENT]],
  ])('stays uncertain if its repeat is %s', async (_, failures) => {
    world.graph.failures.set(A, [...failures]);
    world.graph.changedAnyway.add(A);
    await change(world, [A], { reason: 'spam', expiresAt: iso(MINUTE_MS) });
    expect(operations()).toEqual(['block uncertain 0/1']);
    await sweepAndReconcile();
    expect(recordedHistory(world, A).at(-1)).toBe('block api support spam');
  });

  it('is uncertain if the answer to one call was lost, even if Graph definitely refuses the next call', async () => {
    world.graph.meanwhile = async () => {
      world.graph.apply('block', [{ kind: 'phone', id: A }]);
      world.graph.failures.set(A, [INVALID]);
      world.graph.refuse({ kind: 'transient', code: 2, message: 'reset', maybeApplied: true });
    };
    await change(world, [A, B], { reason: 'spam' });
    expect(operations()).toEqual(['block uncertain 1/1']);
    await sweepAndReconcile();
    expect(recordedHistory(world, A).at(-1)).toBe('block api support spam');
  });

  it('is uncertain if the answer to the next call is lost', async () => {
    world.graph.failures.set(A, [{ ...FORGOTTEN, maybeApplied: undefined }]);
    world.graph.meanwhile = async () => {
      world.graph.meanwhile = async () =>
        world.graph.refuse({ kind: 'transient', code: 2, message: 'reset', maybeApplied: true });
    };
    await change(world, [A, B]);
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ ids: [A] }]);
  });

  it('becomes a block with its end if it was deferred', async () => {
    world.graph.failures.set(A, [FORGOTTEN, SILENT]);
    world.graph.changedAnyway.add(A);
    const expiresAt = iso(90 * MINUTE_MS);
    await change(world, [A], { defer: true, reason: 'spam', expiresAt });
    expect(operations()).toEqual(['block uncertain 0/0']);
    expect(stored(world, A)).toMatchObject({ state: 'deferred' });
    await sweepAndReconcile();
    expect(stored(world, A)).toMatchObject({ state: 'blocked', source: 'api', reason: 'spam', expiresAt });
    expect(await world.store.getSummary(NUMBER)).toMatchObject({ size: 1, deferred: 0, expiring: 1 });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'block api support spam']);
  });
});

describe('a request for several users, one of which is uncertain', () => {
  it('is uncertain about that user only, and counts the others', async () => {
    forget(B);
    world.graph.failures.set(C, [INVALID]);
    await change(world, [A, B, C, D], { reason: 'spam' });
    expect(operations()).toEqual(['block uncertain 2/2']);
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ users: 4, ids: [B] }]);
    expect(size(world)).toBe(2);
    await sweepAndReconcile();
    expect(operations()).toEqual(['block resolved 3/1']);
    expect([A, B, C, D].map((user) => recordedHistory(world, user).at(-1))).toEqual([
      'block api support spam',
      'block api support spam',
      'block failed api support spam',
      'block api support spam',
    ]);
    expect(size(world)).toBe(3);
  });

  it('does not take over changes that another application makes to the others', async () => {
    forget(B, 3, false);
    world.graph.failures.set(C, [INVALID]);
    await change(world, [A, B, C], { reason: 'spam' });
    world.graph.blockElsewhere(C);
    await sweepAndReconcile();
    expect(recordedHistory(world, C)).toEqual(['block failed api support spam', 'block external external']);
    expect(operations()).toEqual(['block resolved 1/2']);
  });

  it('counts no user twice who was also in conflict', async () => {
    await change(world, [A]);
    forget(B);
    world.graph.meanwhile = async () => {
      world.clock.advance(1_000);
      await change(world, [A], { action: 'unblock' });
    };
    // Not the two calls and the two for B alone, but that which would have A converge.
    world.graph.refuse(...Array.from({ length: 4 }, () => undefined), { kind: 'permanent', code: 100, message: 'no' });
    await change(world, [A, B, C], { reason: 'last' });
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ ids: [B, A], conflicting: [A] }]);
    expect(operations()[1]).toBe('block uncertain 2/1');
    await sweepAndReconcile();
    expect(operations()[1]).toBe('block resolved 3/0');
  });
});

describe('a user who was blocked by one form of their number, and is listed by the other', () => {
  const [SENT, LISTED] = ['5511987650007', '551187650007'] as const;
  beforeEach(() => {
    world.graph.names.set(SENT, { waId: LISTED });
  });

  it('is found by either form', async () => {
    forget(SENT);
    const expiresAt = iso(90 * MINUTE_MS);
    await change(world, [SENT], { reason: 'spam', expiresAt });
    await sweepAndReconcile();
    expect(operations()).toEqual(['block resolved 1/0']);
    expect(stored(world, LISTED)).toMatchObject({ state: 'blocked', source: 'api', reason: 'spam', expiresAt });
    expect(stored(world, SENT)).toMatchObject({ aliasOf: LISTED });
    expect(size(world)).toBe(1);
  });

  it('is no longer deferred under the form that was sent', async () => {
    world.graph.failures.set(SENT, [SILENT]);
    const expiresAt = iso(300 * MINUTE_MS);
    await change(world, [SENT], { defer: true, reason: 'spam', expiresAt });
    world.clock.advance(61 * MINUTE_MS);
    forget(SENT);
    await runScheduledActions(world.deps, 'deferral');
    await sweepAndReconcile();
    expect(stored(world, LISTED)).toMatchObject({ state: 'blocked', source: 'deferred', reason: 'spam', expiresAt });
    expect(stored(world, SENT)).toMatchObject({ aliasOf: LISTED });
    expect(await world.store.getSummary(NUMBER)).toMatchObject({ size: 1, deferred: 0, expiring: 1 });
  });
});

describe('a job', () => {
  it('whose attempt leaves a user uncertain is recorded as the cause, even before its next attempt', async () => {
    forget(B, 1);
    const job = await createTestJob(world, [A, B], { reason: 'spam', expiresAt: iso(90 * MINUTE_MS) });
    expect(await attempt(world, job, 0)).toMatchObject({ result: 'requeue' });
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ jobId: job.id, users: 2, ids: [B] }]);
    await sweepAndReconcile();
    expect(stored(world, B)).toMatchObject({
      state: 'blocked',
      source: 'job',
      reason: 'spam',
      expiresAt: job.expiresAt,
    });
    expect(await attempt(world, job, 0)).toEqual({ result: 'done' });
    expect(recordedHistory(world, B)).toEqual(['block job support spam']);
    expect(size(world)).toBe(2);
  });

  it('that gives up a user says that they may have been changed, and a reconciliation finds that they were', async () => {
    forget(B, 99);
    const job = await createTestJob(world, [A, B], { reason: 'spam', expiresAt: iso(90 * MINUTE_MS) });
    expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed' });
    expect((await listJobUsers(world.jobs, job, { limit: 9 })).users[1]).toMatchObject({
      outcome: 'failed',
      code: 139103,
      message: '(#139103) Internal error; the user may or may not have been changed',
    });
    await sweepAndReconcile();
    expect(stored(world, B)).toMatchObject({ state: 'blocked', source: 'job', expiresAt: job.expiresAt });
    expect(recordedHistory(world, B)).toEqual(['block failed job support spam', 'block job support spam']);
    expect(size(world)).toBe(2);
  });

  it('does not take over changes that another application makes to its certain users', async () => {
    forget(B, 99, false);
    world.graph.failures.set(C, [INVALID]);
    const job = await createTestJob(world, [A, B, C]);
    await runJob(world, job);
    world.graph.blockElsewhere(C);
    await sweepAndReconcile();
    expect(recordedHistory(world, C).at(-1)).toBe('block external external');
  });

  it('whose worker died is uncertain about the batch that it had sent, and about nobody else', async () => {
    world = createWorld({ chunkSize: 4 });
    const job = await createTestJob(world, [A, B, C, D]);
    const { chunk, ...rest } = await world.jobs.loadChunk(job.id, 0);
    world.jobs.chunks.set(`${job.id}/0`, { ...rest, chunk: { ...chunk, batchSize: 2 } });
    world.store.putUsers = () => Promise.reject(new Error('DynamoDB is down'));
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    Reflect.deleteProperty(world.store, 'putUsers');
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'uncertain', ids: [A, B] }]);
  });
});

describe('a scheduled action that Graph carried out, but did not confirm', () => {
  it('is recorded as the end of a temporary block', async () => {
    await change(world, [A], { expiresAt: iso(MINUTE_MS) });
    const { expiresAt } = { expiresAt: iso(MINUTE_MS - 1_000) };
    world.clock.advance(2 * MINUTE_MS);
    forget(A);
    expect(await runScheduledActions(world.deps, 'expiry')).toMatchObject({ failed: 1 });
    expect(stored(world, A)).toMatchObject({ state: 'blocked', attempts: 1 });
    await sweepAndReconcile();
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', source: 'expiry' });
    expect([...world.store.events.values()].at(-1)).toMatchObject({
      source: 'expiry',
      outcome: 'succeeded',
      expiresAt,
    });
    expect(size(world)).toBe(0);
  });

  it('gives a deferred block the actor, the reason and the end of its request', async () => {
    world.graph.failures.set(A, [SILENT]);
    const expiresAt = iso(300 * MINUTE_MS);
    await change(world, [A], { defer: true, reason: 'spam', expiresAt });
    world.clock.advance(61 * MINUTE_MS);
    forget(A);
    expect(await runScheduledActions(world.deps, 'deferral')).toMatchObject({ failed: 1 });
    expect(stored(world, A)).toMatchObject({ state: 'deferred' });
    await sweepAndReconcile();
    expect(stored(world, A)).toMatchObject({ state: 'blocked', source: 'deferred', reason: 'spam', expiresAt });
    expect(recordedHistory(world, A).at(-1)).toBe('block deferred support spam');
  });

  it('does not give up a deferred block before it is known whether Graph made it', async () => {
    world.graph.failures.set(A, [SILENT]);
    const expiresAt = iso(62 * MINUTE_MS);
    await change(world, [A], { defer: true, expiresAt });
    world.clock.advance(61 * MINUTE_MS);
    forget(A);
    await runScheduledActions(world.deps, 'deferral');
    world.clock.advance(2 * MINUTE_MS);
    await runScheduledActions(world.deps, 'deferral');
    expect(stored(world, A)).toMatchObject({ state: 'deferred' });
    await sweepAndReconcile();
    expect(stored(world, A)).toMatchObject({ state: 'blocked', expiresAt });
    await runScheduledActions(world.deps, 'expiry');
    expect(world.graph.blocked).toEqual(new Set());
    world.clock.advance(60 * MINUTE_MS);
    expect(await runScheduledActions(world.deps, 'deferral')).toMatchObject({ numbers: 0 });
  });
});
