import { beforeEach, describe, expect, it } from 'vitest';
import { type GraphErrorFields, LimitReachedError, TokenMissingError } from '../../../lambdas/core/errors.ts';
import { getJob } from '../../../lambdas/core/jobs/get-job.ts';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import { type ChangeRequest, submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { takeOutOfUseIfGone } from '../../../lambdas/core/reconciliation/take-out-of-use.ts';
import { isAlias } from '../../../lambdas/core/users/mirror.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import {
  ACTOR,
  changeRequest,
  createTestJob,
  createWorld,
  delivery,
  finishJob,
  historyOf,
  NUMBER,
  phones,
  RECEIVER,
  runJob,
  type World,
} from '../../support/world.ts';
import { outcomes, progress } from './job-as-answered.ts';
import { attempt, cancel, retry, revert } from './job-steps.ts';
import { change, failOnce, MINUTE_MS, reconcile, stored } from './reconciliation-steps.ts';
import { DAY_MS, HOUR_MS, inMs, message, run, state, totals, writes } from './scheduled-steps.ts';

const SILENT = { code: 131047, message: 'Re-engagement required' };
const DOWN: GraphErrorFields = { kind: 'transient', code: 2, message: 'down', maybeApplied: true };
const OTHER = 'arn:aws:iam::111122223333:role/fraud';
const CHANGED_SINCE = /was changed, or got another number or id, after the job that is reverted/;
const [A = '', B = '', C = '', D = '', E = ''] = phones(5);

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
  // The reason that a revert has by default comes without a code.
  world.store.isPaired = world.jobs.isPaired = false;
});

/** A job that has ended, and a second in which nothing happens. */
async function done(users: readonly string[], more: Partial<ChangeRequest> = {}): Promise<Job> {
  const job = await createTestJob(world, users, more);
  await runJob(world, job);
  world.clock.advance(1_000);
  return getJob(world.jobs, job.id);
}

/** Reverts a job and lets the revert run to its end. */
async function reverted(job: Job): Promise<Job> {
  const made = await revert(world, job);
  await runJob(world, made);
  world.clock.advance(1_000);
  return getJob(world.jobs, made.id);
}

const blocked = () => [...world.graph.blocked].sort();
const sent = () => world.graph.calls.map(({ action, ids }) => [action, ...ids].join(' '));
const since = () => world.graph.calls.splice(0);
const jobOf = (user: string) => {
  const item = stored(world, user);
  return item && !isAlias(item) ? item.jobId : undefined;
};
const refusal = (job: Pick<Job, 'id'>) =>
  revert(world, job).then(
    () => 'accepted',
    ({ status, message: text }) => `${status} ${text}`,
  );
async function messages(job: Job): Promise<(string | undefined)[]> {
  const { users } = await listJobUsers(world.jobs, job, { limit: 1_000, outcome: 'failed' });
  return users.map(({ input, message: text }) => `${input} ${text}`);
}

describe('a revert of a job that blocked users', () => {
  it('unblocks exactly the users whom it blocked or deferred', async () => {
    await change(world, [A]);
    world.graph.failures.set(C, [SILENT]).set(D, [{ code: 131021, message: 'own number' }]);
    const job = await done([A, B, 'nobody', C, D, E], { actor: OTHER, defer: true });
    expect([A, B, C, D, E].map((user) => state(world, user))).toEqual([
      'blocked',
      'blocked',
      'deferred',
      'unknown',
      'blocked',
    ]);
    since();
    const made = await reverted(job);
    expect(made).toMatchObject({ status: 'succeeded', action: 'unblock', reverts: job.id, total: 3, chunkCount: 1 });
    expect(made).toMatchObject({ actor: ACTOR, reason: `Reverts job ${job.id}` });
    expect(made.defer ?? made.expiresAt).toBeUndefined();
    expect(sent()).toEqual([`unblock ${B} ${C} ${E}`]);
    expect(blocked()).toEqual([A]);
    expect(historyOf(world, C)).toEqual(['block deferred 131047', 'unblock succeeded']);
    expect(totals(world)).toMatchObject({ kept: { size: 1, deferred: 0 }, mirror: { size: 1, deferred: 0 } });
    expect([...world.store.events.values()].filter(({ jobId }) => jobId === made.id)).toHaveLength(3);
  });

  it.each<[string, (job: Job) => Promise<unknown>]>([
    ['unblocked', () => change(world, [A], { action: 'unblock', actor: OTHER })],
    [
      'unblocked and blocked again',
      async () => {
        await change(world, [A], { action: 'unblock' });
        await change(world, [A]);
      },
    ],
    ['blocked for another reason', () => change(world, [A], { actor: OTHER, reason: 'fraud' })],
    ['blocked until another time', () => change(world, [A], { expiresAt: inMs(world, DAY_MS) })],
    ['blocked by another job for another reason', () => done([A], { reason: 'fraud' })],
    [
      'unblocked elsewhere',
      () => {
        world.graph.unblockElsewhere(A);
        return reconcile(world);
      },
    ],
  ])('leaves alone a user who was %s since', async (_, happens) => {
    const job = await done([A, B]);
    await happens(job);
    const before = stored(world, A);
    expect(await reverted(job)).toMatchObject({ total: 1 });
    expect(stored(world, A)).toBe(before);
    expect(state(world, B)).toBe('unblocked');
  });

  it('includes a user whose block was only repeated, or refused to somebody, since', async () => {
    const job = await done([A, B]);
    await change(world, [A]);
    world.graph.failures.set(B, [{ code: 100, message: 'no' }]);
    await change(world, [B], { actor: OTHER, reason: 'fraud' });
    await reverted(job);
    expect(blocked()).toEqual([]);
  });

  it('leaves alone a user whose block has ended by itself, or whose deferred block was given up', async () => {
    world.graph.failures.set(B, Array(9).fill(SILENT));
    const job = await done([A, B, C], { defer: true });
    await change(world, [C], { expiresAt: inMs(world, HOUR_MS) });
    world.clock.advance(31 * DAY_MS);
    await run(world, 'expiry');
    await run(world, 'deferral');
    expect([state(world, B), state(world, C)]).toEqual(['unblocked', 'unblocked']);
    expect(await reverted(job)).toMatchObject({ total: 1, action: 'unblock' });
    expect(blocked()).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the schedule', () => run(world, 'deferral')],
    ['a message of theirs', () => message(world, A)],
  ])('unblocks a user whose deferred block was made by %s, and their history names the job', async (_, made) => {
    world.graph.failures.set(A, [SILENT]);
    const job = await done([A], { defer: true });
    writes(world, A);
    world.clock.advance(HOUR_MS);
    await made();
    expect(jobOf(A)).toBe(job.id);
    expect([...world.store.events.values()].map(({ outcome, jobId }) => [outcome, jobId])).toEqual([
      ['deferred', job.id],
      ['succeeded', job.id],
    ]);
    await reverted(job);
    expect(historyOf(world, A)).toEqual(['block deferred 131047', 'block succeeded', 'unblock succeeded']);
    expect(blocked()).toEqual([]);
  });

  it('leaves alone users whose block, or deferred block, it only gave other terms', async () => {
    await change(world, [A]);
    world.graph.failures.set(B, [SILENT, SILENT]);
    await change(world, [B], { defer: true });
    const job = await createTestJob(world, [A, B, C], { actor: OTHER, reason: 'fraud', defer: true });
    world.clock.advance(1_000);
    // Somebody is between the job and its first request.
    await change(world, [C]);
    await runJob(world, job);
    expect([A, B, C].map((user) => stored(world, user))).toMatchObject([
      { actor: OTHER, state: 'blocked' },
      { actor: OTHER, state: 'deferred' },
      { actor: OTHER, state: 'blocked' },
    ]);
    expect(await refusal(job)).toMatch(/^409 .*there is nothing to revert/);
  });

  it('includes a user whom it reached by two ids, the second time in a retry by somebody else', async () => {
    world.graph.names.set(A, { waId: C }).set(B, { waId: C });
    world.graph.failures.set(B, [{ code: 100, message: 'no' }]);
    const job = await done([A, B]);
    await retry(world, job, OTHER);
    await runJob(world, await getJob(world.jobs, job.id));
    expect(stored(world, C)).toMatchObject({ actor: OTHER, jobId: job.id });
    expect(await reverted(await getJob(world.jobs, job.id))).toMatchObject({ total: 1 });
    expect(blocked()).toEqual([]);
  });

  it('finds a user whose outcome was a failure, and who was blocked nevertheless', async () => {
    world.graph.changedAnyway.add(A);
    world.graph.failures.set(A, Array(13).fill({ code: 139103, message: 'Internal error', maybeApplied: true }));
    const job = await done([A, B]);
    expect(job).toMatchObject({ status: 'partially_failed' });
    expect(await refusal(job)).toMatch(/^409 .*not known yet whether Graph changed some of its users/);
    world.clock.advance(20 * MINUTE_MS);
    await reconcile(world);
    expect(await reverted(job)).toMatchObject({ total: 2 });
    expect(blocked()).toEqual([]);
  });
});

it('a revert that undid a block of another caller, and repeated it, ends the history with that caller', async () => {
  const job = await done([A]);
  const { completeWithRecords, appendEvents } = world.store;
  const held = Promise.withResolvers<void>();
  world.store.completeWithRecords = async (...args) => {
    await held.promise;
    return completeWithRecords.apply(world.store, args);
  };
  const block = change(world, [A], { actor: OTHER, reason: 'fraud' });
  await new Promise((resolve) => setImmediate(resolve));
  world.clock.advance(1_000);
  world.graph.meanwhile = async () => {
    held.resolve();
    await block;
    world.clock.advance(100);
  };
  // Graph repeats the block, and says that it failed.
  const unsure = { code: 139103, message: 'Internal error', maybeApplied: true };
  world.graph.changedAnyway.add(A);
  world.store.appendEvents = (...args) => {
    if (args[1].some(({ action }) => action === 'unblock')) world.graph.failures.set(A, [unsure]);
    return appendEvents.apply(world.store, args);
  };
  await reverted(job);
  expect(sent()).toEqual([`block ${A}`, `block ${A}`, `unblock ${A}`, `block ${A}`]);
  expect(historyOf(world, A).at(-1)).toBe('unblock succeeded');
  world.clock.advance(20 * MINUTE_MS);
  await reconcile(world);
  const last = [...world.store.events.values()].toSorted((one, other) => (one.at < other.at ? -1 : 1)).at(-1);
  expect(last).toMatchObject({ action: 'block', actor: OTHER, source: 'api', reason: 'fraud' });
});

describe('a revert of a job that unblocked users', () => {
  it('blocks them again, and those who have not written are deferred', async () => {
    await change(world, [A, B], { reason: 'spam' });
    world.graph.failures.set(C, [SILENT]);
    await change(world, [C], { defer: true });
    const job = await done([A, B, C, D], { action: 'unblock' });
    world.graph.failures.set(B, [SILENT]);
    const end = { at: inMs(world, DAY_MS), field: 'expires_in' };
    const made = await revert(world, job, { end, reason: 'wrong list' });
    expect(made).toMatchObject({ action: 'block', defer: true, expiresAt: end.at, reason: 'wrong list', total: 3 });
    expect(await runJob(world, made)).toMatchObject({ status: 'succeeded' });
    expect(await progress(world, made)).toMatchObject({ succeeded: 2, deferred: 1, failed: 0 });
    expect([A, B, C, D].map((user) => state(world, user))).toEqual(['blocked', 'deferred', 'blocked', 'unblocked']);
    expect(stored(world, A)).toMatchObject({ reason: 'wrong list', expiresAt: end.at });
  });

  it('leaves alone a user who was unblocked before, and one who is blocked by now', async () => {
    await change(world, [A, B, C]);
    await change(world, [A], { action: 'unblock' });
    const job = await done([A, B, C], { action: 'unblock' });
    await change(world, [C]);
    expect(await reverted(job)).toMatchObject({ total: 1 });
    expect(blocked()).toEqual([B, C]);
  });

  it('is refused when unblocked users are no longer remembered', async () => {
    await change(world, [A]);
    const job = await done([A], { action: 'unblock' });
    world.clock.advance(30 * DAY_MS - 2_000);
    const other = await done([B]);
    world.clock.advance(2_000);
    expect(await refusal(job)).toMatch(/^409 .*older than 30 days \(tombstoneDays\)/);
    world.clock.advance(60 * DAY_MS);
    expect(await refusal(other)).toBe('accepted');
  });
});

describe('a revert', () => {
  it('happens once: a repeat, by whomever, gives the same job, and starts it if need be', async () => {
    const job = await done([A, B]);
    world.workflow.faults.push(new Error('Step Functions is down'));
    const made = await revert(world, job, { actor: OTHER, onBehalfOf: 'kim' });
    expect(world.started).toEqual([`${job.id}/1`]);
    expect(await revert(world, job)).toEqual(made);
    expect(world.started).toEqual([`${job.id}/1`, `${made.id}/1`]);
    await runJob(world, made);
    world.clock.advance(DAY_MS);
    await change(world, [A, B]);
    expect(await revert(world, job)).toEqual(await getJob(world.jobs, made.id));
    expect(world.jobs.jobs.size).toBe(2);
    const { revertedBy, activity } = await getJob(world.jobs, job.id);
    expect(revertedBy).toBe(made.id);
    expect(activity).toEqual([{ at: made.createdAt, verb: 'reverted', actor: OTHER, onBehalfOf: 'kim' }]);
  });

  it('that is asked for twice at once is one job', async () => {
    const job = await done([A]);
    const { createRevert } = world.jobs;
    let first: Promise<Job> | undefined;
    world.jobs.createRevert = async (...args) => {
      world.jobs.createRevert = createRevert;
      first = revert(world, job, { actor: OTHER });
      await first;
      return createRevert.apply(world.jobs, args);
    };
    const second = await revert(world, job);
    expect(second).toEqual(await first);
    expect(world.jobs.jobs.size).toBe(2);
    expect(world.started).toEqual([`${job.id}/1`, `${second.id}/1`]);
  });

  it('can be reverted, also more than once', async () => {
    const job = await done([A, B, 'nobody']);
    const first = await reverted(job);
    await change(world, [B]);
    const second = await reverted(first);
    expect(second).toMatchObject({ action: 'block', total: 1, defer: true, reverts: first.id });
    expect(blocked()).toEqual([A, B]);
    expect(await reverted(second)).toMatchObject({ action: 'unblock', total: 1 });
    expect(blocked()).toEqual([B]);
  });

  it('has chunks as large as those of the job, and the job’s version', async () => {
    const job = await done(phones(7), { version: 'v21.0' });
    const made = await reverted(job);
    expect(made).toMatchObject({ chunkCount: 3, version: 'v21.0' });
    expect(world.graph.calls.map(({ ids, version }) => [ids.length, version]).slice(3)).toEqual([
      [3, 'v21.0'],
      [3, 'v21.0'],
      [1, 'v21.0'],
    ]);
  });

  it('of a cancelled job undoes what was done', async () => {
    const job = await createTestJob(world, [A, B, C, D]);
    await attempt(world, job, 1);
    await cancel(world, job);
    since();
    await reverted(job);
    expect(sent()).toEqual([`unblock ${D}`]);
  });

  it('is refused while the job is queued or running, for an unknown job, and past the limit of open jobs', async () => {
    const job = await createTestJob(world, [A, B, C, D]);
    expect(await refusal(job)).toBe(
      '409 id: this job cannot be reverted: it is queued; revert it when it has ended, or cancel it first',
    );
    await attempt(world, job, 0);
    expect(await refusal(job)).toMatch(/^409 .*it is running/);
    expect(await refusal({ id: `${NUMBER}-none` })).toMatch(/^404 /);
    await runJob(world, job);
    await createTestJob(world, [E]);
    const limited = { ...world.deps, openJobLimits: { perNumber: 1, perCaller: 1 } };
    await expect(revert({ ...world, deps: limited }, job)).rejects.toThrow(LimitReachedError);
    expect(world.jobs.jobs.size).toBe(2);
  });

  it('is refused with an end if it unblocks', async () => {
    const job = await done([A]);
    const end = { at: inMs(world, DAY_MS), field: 'expires_at' };
    await expect(revert(world, job, { end })).rejects.toMatchObject({
      status: 400,
      message: 'expires_at: cannot be used to revert a job that blocked users; leave it out',
    });
  });

  it('is refused if a retry is first, and a retry if the revert is', async () => {
    world.graph.failures.set(A, [{ code: 100, message: 'no' }]);
    const job = await done([A, B]);
    const { createRevert, reopenJob } = world.jobs;
    world.jobs.createRevert = async (...args) => {
      await retry(world, job);
      return createRevert.apply(world.jobs, args);
    };
    expect(await refusal(job)).toMatch(/^409 .*it was retried at this moment/);
    world.jobs.createRevert = createRevert;
    world.graph.failures.set(A, [{ code: 100, message: 'no' }]);
    const again = await getJob(world.jobs, job.id);
    await runJob(world, again);

    const isRefused = {
      status: 409,
      message: expect.stringMatching(/^id: this job was reverted by job .*, so it cannot be retried/),
    };
    world.jobs.reopenJob = async (...args) => {
      await revert(world, job);
      return reopenJob.apply(world.jobs, args);
    };
    await expect(retry(world, job)).rejects.toMatchObject(isRefused);
    await expect(retry(world, job)).rejects.toMatchObject(isRefused);
    // Even if nobody failed.
    const other = await done([C]);
    await revert(world, other);
    await expect(retry(world, other)).rejects.toMatchObject(isRefused);
    expect(await getJob(world.jobs, job.id)).toMatchObject({ run: 2, status: 'partially_failed' });
  });
});

describe('a revert follows', () => {
  const move = async (from: string, to: { waId: string } | { userId: string }) => {
    const action = 'waId' in to ? ('user_changed_number' as const) : ('user_changed_user_id' as const);
    const news = { action, at: world.clock.iso(), from: [from], ...to };
    const numbers = [{ phoneNumberId: NUMBER, senders: [], changes: [news] }];
    expect(await receiveWebhook(world.deps, delivery({ numbers }))).toMatchObject({ moved: 1 });
    world.clock.advance(1_000);
  };

  it('a blocked user to their new number', async () => {
    const job = await done([A, B]);
    await move(A, { waId: E });
    expect(stored(world, E)).toMatchObject({ state: 'blocked', jobId: job.id });
    since();
    const made = await reverted(job);
    expect(sent()).toEqual([`unblock ${E} ${B}`]);
    expect(await outcomes(world, made)).toEqual([`+${E} succeeded`, `${B} succeeded`]);
    expect(blocked()).toEqual([]);
  });

  it.each([
    ['is blocked', ['block']],
    ['was blocked for a while', ['block', 'unblock']],
    ['was unblocked, and was not blocked', ['unblock']],
    ['was changed again and again', ['block', 'unblock', 'unblock', 'block']],
  ] as const)('a blocked user to their new number, although the old number %s', async (_, actions) => {
    const job = await done([A, B]);
    await move(A, { waId: E });
    for (const action of actions) await change(world, [A], { action, actor: OTHER });
    const others = blocked().filter((user) => user === A);
    const made = await reverted(job);
    expect(await outcomes(world, made)).toEqual([`+${E} succeeded`, `${B} succeeded`]);
    expect(blocked()).toEqual(others);
  });

  it('a blocked user to their new number, although somebody else changed the old one elsewhere', async () => {
    const job = await done([A]);
    await move(A, { waId: E });
    world.graph.blocked.add(A);
    await reconcile(world);
    expect(await outcomes(world, await reverted(job))).toEqual([`+${E} succeeded`]);
    expect(blocked()).toEqual([A]);
  });

  it('a deferred and an unblocked user to their new number', async () => {
    await change(world, [B]);
    world.graph.failures.set(A, [SILENT]).set(D, [SILENT]);
    const deferring = await done([A], { defer: true });
    await move(A, { waId: D });
    expect(stored(world, D)).toMatchObject({ state: 'deferred', jobId: deferring.id });
    await reverted(deferring);
    expect(state(world, D)).toBe('unblocked');

    const unblocking = await done([B], { action: 'unblock' });
    await move(B, { waId: E });
    await reverted(unblocking);
    expect(blocked()).toEqual([E]);
  });

  it('a user to the id by which Graph knows them now, and by which it named them in the job', async () => {
    world.graph.names.set(A, { waId: D, userId: 'US.1' });
    const job = await done([A, B]);
    // Somebody else got the number that was sent.
    await world.store.putUsers(NUMBER, [
      {
        id: A,
        prior: stored(world, A),
        next: { ...Object(stored(world, B)), user: A, jobId: undefined, state: 'unblocked', revision: 9 },
      },
    ]);
    since();
    await reverted(job);
    expect(sent()).toEqual([`unblock ${D} ${B}`]);
    expect(blocked()).toEqual([]);
  });

  it('a user whom Graph names by a number only now, and that revert can be reverted', async () => {
    world.graph.names.set('US.13491208655302741918', { waId: undefined });
    const job = await done(['US.13491208655302741918']);
    world.graph.names.set('US.13491208655302741918', { waId: A, userId: 'US.13491208655302741918' });
    world.graph.unblockElsewhere('US.13491208655302741918');
    world.graph.blockElsewhere(A);
    const made = await reverted(job);
    expect(await outcomes(world, made)).toEqual(['US.13491208655302741918 succeeded']);
    expect(blocked()).toEqual([]);
    await reverted(made);
    expect(blocked()).toEqual([A]);
  });

  it('nobody to a number that somebody else has got since', async () => {
    await change(world, [A, B]);
    const job = await done([A, B], { action: 'unblock' });
    // C changes to the number of A, whose BSUID is not known.
    await change(world, [C]);
    world.clock.advance(1_000);
    await move(C, { waId: A });
    since();
    await reverted(job);
    expect(sent()).toEqual([`block ${B}`]);
  });

  it('nobody to a number whose new owner is not blocked either', async () => {
    await change(world, [A, B, C]);
    await change(world, [C], { action: 'unblock' });
    const job = await done([A, B], { action: 'unblock' });
    world.clock.advance(1_000);
    await move(C, { waId: A });
    since();
    await reverted(job);
    expect(sent()).toEqual([`block ${B}`]);
  });

  it('nobody on a number that was taken out of use', async () => {
    const job = await done([A]);
    const error = new TokenMissingError('it is out of use', { isRetired: true });
    await takeOutOfUseIfGone(world.deps, { phoneNumberId: NUMBER, error, nowMs: world.clock.now() });
    expect(await refusal(job)).toMatch(/^409 .*there is nothing to revert/);
  });
});

describe('between the acceptance and the request of a revert', () => {
  it('a user who is changed is not sent, and their outcome says so; a retry does the same', async () => {
    const job = await done([A, B]);
    const made = await revert(world, job);
    await change(world, [A], { actor: OTHER, reason: 'fraud' });
    const [before, history] = [stored(world, A), historyOf(world, A)];
    since();
    expect(await runJob(world, made)).toMatchObject({ status: 'partially_failed' });
    expect(sent()).toEqual([`unblock ${B}`]);
    expect(await messages(made)).toEqual([expect.stringMatching(CHANGED_SINCE)]);
    expect(await outcomes(world, made)).toEqual([`${A} 100`, `${B} succeeded`]);
    expect(stored(world, A)).toBe(before);
    expect(historyOf(world, A)).toEqual(history);
    await retry(world, made);
    await runJob(world, await getJob(world.jobs, made.id));
    expect(sent()).toEqual([`unblock ${B}`]);
    expect(stored(world, A)).toBe(before);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
  });

  it('if all users are changed, Graph is not called, and the revert has failed', async () => {
    const job = await done([A, B]);
    const made = await revert(world, job);
    await change(world, [A, B], { action: 'unblock' });
    since();
    expect(await runJob(world, made)).toMatchObject({ status: 'failed' });
    expect(sent()).toEqual([]);
    expect([...world.store.operations.values()].at(-1)).toMatchObject({ status: 'finished', failed: 2 });
  });

  it('a user who gets another number is not sent', async () => {
    const job = await done([A]);
    const made = await revert(world, job);
    const news = { action: 'user_changed_number', at: world.clock.iso(), from: [A], waId: B } as const;
    await receiveWebhook(world.deps, delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [news] }] }));
    since();
    await runJob(world, made);
    expect(sent()).toEqual([]);
    expect(blocked()).toEqual([B]);
  });
});

describe('during the request of a revert', () => {
  /** What another caller does while Graph carries out the revert. */
  const meanwhile = (happens: () => Promise<unknown>) => {
    world.graph.meanwhile = async () => {
      world.clock.advance(100);
      await happens();
      world.clock.advance(100);
    };
  };

  it.each<[string, Partial<ChangeRequest>]>([
    ['blocked for another reason', { actor: OTHER, reason: 'fraud' }],
    ['blocked for a time', { actor: OTHER, expiresAt: '2027-01-01T00:00:00.000Z' }],
  ])('a user who is %s stays blocked, at Graph too', async (_, request) => {
    const job = await done([A, B]);
    const made = await revert(world, job);
    meanwhile(() => submitChange(world.deps, changeRequest([A], request)));
    await runJob(world, made);
    expect(blocked()).toEqual([A]);
    expect(stored(world, A)).toMatchObject({ state: 'blocked', ...request });
    expect(await outcomes(world, made)).toEqual([`${A} 100`, `${B} succeeded`]);
    // As it was at Graph for a moment.
    expect(historyOf(world, A)).toEqual(['block succeeded', 'unblock succeeded', 'block succeeded']);
    expect([...world.store.operations.values()].every(({ status }) => status === 'finished')).toBe(true);
    expect(totals(world)).toMatchObject({ kept: { size: 1 }, mirror: { size: 1 } });
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
  });

  it('a user whom Graph would defer, and whom somebody blocks, stays blocked', async () => {
    await change(world, [A]);
    const job = await done([A], { action: 'unblock' });
    const made = await revert(world, job);
    world.graph.failures.set(A, [SILENT]);
    meanwhile(async () => {
      world.graph.failures.delete(A);
      await submitChange(world.deps, changeRequest([A], { actor: OTHER }));
      world.graph.failures.set(A, [SILENT]);
    });
    await runJob(world, made);
    expect(stored(world, A)).toMatchObject({ state: 'blocked', actor: OTHER });
    expect(await outcomes(world, made)).toEqual([`${A} 100`]);
  });

  it('if Graph refuses to take it back, a reconciliation records what Graph has, as the revert’s', async () => {
    const job = await done([A]);
    const made = await revert(world, job);
    // The third request is the one that blocks the user again.
    world.graph.refuse(undefined, undefined, DOWN);
    meanwhile(() => submitChange(world.deps, changeRequest([A], { actor: OTHER, reason: 'fraud' })));
    await runJob(world, made);
    expect(sent().slice(1)).toEqual([`unblock ${A}`, `block ${A}`, `block ${A}`]);
    expect(await outcomes(world, made)).toEqual([`${A} 100`]);
    expect(state(world, A)).toBe('blocked');
    world.clock.advance(20 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', source: 'job', jobId: made.id });
    expect(historyOf(world, A).at(-1)).toBe('unblock succeeded');
  });
});

describe('a revert whose worker dies', () => {
  it.each(['appendEvents', 'putUsers', 'completeOperation'] as const)(
    'before %s recognises what it has done, and leaves alone who is changed before it goes on',
    async (step) => {
      const job = await done([A, B, C]);
      const made = await revert(world, job);
      failOnce(world, step);
      await expect(attempt(world, made, 0)).rejects.toThrow('DynamoDB is down');
      expect(blocked()).toEqual([]);
      world.clock.advance(1_000);
      await change(world, [C], { actor: OTHER });
      world.clock.advance(5_000);
      expect(await runJob(world, made)).toMatchObject({ status: 'partially_failed' });
      expect(blocked()).toEqual([C]);
      expect(stored(world, C)).toMatchObject({ state: 'blocked', actor: OTHER });
      const ended = await outcomes(world, made);
      expect(ended.slice(0, 2)).toEqual([`${A} succeeded`, `${B} succeeded`]);
      expect(historyOf(world, A)).toEqual(['block succeeded', 'unblock succeeded']);
      expect(world.store.operations.size).toBe(3);
      expect([...world.store.operations.values()].map(({ status }) => status)).toEqual(Array(3).fill('finished'));
      expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
      expect(totals(world)).toMatchObject({ kept: { size: 1 }, mirror: { size: 1 } });
    },
  );

  it('and is ended by the sweep leaves its users uncertain, and a reconciliation says it was the revert', async () => {
    const job = await done([A]);
    const made = await revert(world, job);
    failOnce(world, 'appendEvents');
    await expect(attempt(world, made, 0)).rejects.toThrow('DynamoDB is down');
    await finishJob(world.deps, { jobId: made.id, run: 1 });
    expect(await outcomes(world, made)).toEqual([`${A} 139103`]);
    world.clock.advance(20 * MINUTE_MS);
    await reconcile(world);
    expect(stored(world, A)).toMatchObject({ state: 'unblocked', jobId: made.id });
    expect(historyOf(world, A).at(-1)).toBe('unblock succeeded');
    // A retry finds its own work.
    await retry(world, made);
    await runJob(world, await getJob(world.jobs, made.id));
    expect(await outcomes(world, made)).toEqual([`${A} succeeded`]);
    expect(historyOf(world, A)).toEqual(['block succeeded', 'unblock failed 139103', 'unblock succeeded']);
    const second = await reverted(await getJob(world.jobs, made.id));
    expect(second).toMatchObject({ action: 'block', total: 1 });
  });

  it('and is given up stays uncertain about a user whom somebody changed meanwhile', async () => {
    const job = await done([A]);
    const made = await revert(world, job);
    failOnce(world, 'appendEvents');
    await expect(attempt(world, made, 0)).rejects.toThrow('DynamoDB is down');
    await change(world, [A], { actor: OTHER, reason: 'fraud' });
    const before = stored(world, A);
    await finishJob(world.deps, { jobId: made.id, run: 1 });
    expect(await outcomes(world, made)).toEqual([`${A} 139103`]);
    expect(stored(world, A)).toBe(before);
    expect([...world.store.operations.values()].find(({ jobId }) => jobId === made.id)).toMatchObject({
      status: 'uncertain',
      ids: [A],
    });
  });
});

it('what a webhook’s forwarder causes is not theirs to revert: the job is still named after a move', async () => {
  const job = await done([A]);
  const news = { action: 'user_changed_number', at: world.clock.iso(), from: [A], waId: B } as const;
  await receiveWebhook(world.deps, delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [news] }] }));
  const moved = [...world.store.events.values()].find(({ user, action }) => user === B && action === 'block');
  expect(moved).toMatchObject({ actor: RECEIVER, jobId: job.id });
});

describe('a revert whose requests Graph refuses', () => {
  /** A revert of a block of A and B; by now, somebody has blocked A anew. */
  async function refused(times: number): Promise<Job> {
    const job = await done([A, B]);
    const made = await revert(world, job);
    await change(world, [A], { action: 'unblock', actor: OTHER });
    await change(world, [A], { actor: OTHER });
    since();
    world.graph.refuse(...Array(times).fill(DOWN));
    for (let time = 0; time < times; time += 1) await attempt(world, made, 0);
    expect(new Set(sent())).toEqual(new Set([`unblock ${B}`]));
    return made;
  }

  it('may have changed only those whom it sent', async () => {
    await refused(1);
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'uncertain', ids: [B] }]);
  });

  it('says so of each user when it gives up', async () => {
    const made = await refused(12);
    const open = await world.store.listOpenOperations(NUMBER);
    expect(open.map(({ ids }) => ids)).toEqual(Array(12).fill([B]));
    const { users } = await listJobUsers(world.jobs, await getJob(world.jobs, made.id), { limit: 10 });
    expect(users.map(({ message }) => message)).toEqual([
      expect.stringMatching(CHANGED_SINCE),
      expect.stringContaining('may or may not have been changed'),
    ]);
  });
});
