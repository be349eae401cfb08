/** Jobs that are changed from outside: cancelled, retried, listed, and recovered by the sweep. */
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../lambdas/openapi/job.ts';
import { denyAction } from '../../local/cloud/iam.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/loopback.ts';
import { until } from '../../local/until.ts';
import { expectAccountedFor, expectBlocked, recordedEvents, tally, tenth } from './support/accounted.ts';
import { phoneNumberId, phoneNumbers, type TestNumber } from './support/numbers.ts';
import { place } from './support/place.ts';
import {
  acceptedJob,
  Blocklist,
  call,
  control,
  endOf,
  getJob,
  jobPages,
  jobUsers,
  type Page,
} from './support/service.ts';
import { calmAfterEach, changesUntil, sent, simulator } from './support/simulator.ts';
import { putTokens } from './support/tokens.ts';
import { scaleWaits } from './support/waits.ts';
import { BulkWorkflow } from './support/workflow.ts';

const ASYNC = { headers: { Prefer: 'respond-async' } };
/** Longer than the tests take: a job that must wait so long does not come back. */
const AN_HOUR = { kind: 'error', code: 130429, regainAccessMinutes: 60 } as const;

calmAfterEach();
const workflow = new BulkWorkflow();
afterAll(() => workflow.stop());

// As on AWS: with waits of no time, nothing would still be waiting when it is called off.
beforeAll(() => scaleWaits(1));
afterAll(() => scaleWaits(0));

/** Accepts a job while the service may not start executions; its caller learns nothing of that. */
async function acceptWithoutStart(number: TestNumber, users: readonly string[]): Promise<Job> {
  const denied = { role: 'FunctionsBlockUsers', action: 'states:StartExecution' };
  const giveBack = await denyAction(place.stack.endpoint, denied);
  try {
    return acceptedJob(await new Blocklist(phoneNumberId(number)).block(users, ASYNC));
  } finally {
    await giveBack();
  }
}

function waitingForGraph(chunks: number): Promise<true> {
  return until(`${chunks} chunks that wait for Graph`, async () =>
    (await simulator.inFlight()) === chunks ? true : undefined,
  );
}

// They stop before the first test and are looked at after the last, so that the minute of the sweep is not waited for.
const stopped = {
  between: { number: 'dead execution', users: phoneNumbers(7_100) },
  atTheEnd: { number: 'dead at the end', users: phoneNumbers(30) },
  before: { number: 'never started', users: phoneNumbers(40) },
} as const;
let jobs: Record<keyof typeof stopped, Job>;

beforeAll(async () => {
  const { between, atTheEnd, before } = stopped;
  const id = phoneNumberId(between.number);
  // Each of the four lanes waits when the execution dies; one of them has done its first chunk.
  await simulator.addFaults({ phoneNumberId: id, method: 'POST', nth: [2, 3, 4, 5], fault: AN_HOUR });
  const first = acceptedJob(await new Blocklist(id).block(between.users));
  await changesUntil('the chunks that are done or wait', id, (calls) => calls.length === 5);
  await workflow.kill(first.id);

  // The last request is in progress: it comes to its end, and no step comes after it.
  await simulator.setOptions({ latency: { fixedMs: 1_500 } });
  const second = acceptedJob(await new Blocklist(phoneNumberId(atTheEnd.number)).block(atTheEnd.users, ASYNC));
  await waitingForGraph(1);
  await workflow.kill(second.id);
  await simulator.calm();

  jobs = { between: first, atTheEnd: second, before: await acceptWithoutStart(before.number, before.users) };
});

describe('job control: a job that is cancelled', () => {
  const BY_WHOM = { cancelled_at: expect.any(String), cancelled_by: expect.stringMatching(/^arn:aws:iam::/) };

  test('before it began ends at once, without sending users; a retry sends all', async () => {
    const id = phoneNumberId('cancelled queued');
    const users = phoneNumbers(2_001);
    // In case that the sweep comes by at this moment, and starts it.
    await simulator.addFaults({ phoneNumberId: id, fault: AN_HOUR });
    const accepted = await acceptWithoutStart('cancelled queued', users);
    expect(accepted.status).toBe('queued');
    const cancelled = await control(accepted, 'cancel');
    expect(cancelled).toMatchObject({ status: 'cancelled', chunks: { total: 3, done: 0, failed: 3 }, ...BY_WHOM });
    const outcomes = await expectAccountedFor(cancelled, users);
    expect(tally(outcomes)).toEqual({ 'failed 139100': 2_001 });
    expect(outcomes[0]?.message).toContain('cancelled before this user was sent');
    // Nothing happened to them.
    expect(await recordedEvents(id, users)).toEqual({});
    expect(await control(accepted, 'cancel')).toEqual(cancelled);

    await simulator.calm();
    const again = await control(accepted, 'retry');
    expect(again).toMatchObject({ id: accepted.id, users: { succeeded: 0, failed: 0, remaining: 2_001 } });
    const job = await endOf(accepted);
    expect(job).toMatchObject({ status: 'succeeded', retried_at: expect.any(String) });
    expect(job.cancelled_at).toBeUndefined();
    await expectAccountedFor(job, users);
    expect(sent(await simulator.changes(id))).toBe(2_001);
    expect(await recordedEvents(id, tenth(users))).toEqual({ 'job: block': 201 });
    // Over: there is nothing to call off, and nothing to send again.
    expect(await control(job, 'cancel')).toEqual(job);
    expect(await control(job, 'retry')).toEqual(job);
  });

  test('while it waits an hour for Graph ends at once; a retry sends only the users that were not sent', async () => {
    const id = phoneNumberId('cancelled throttled');
    const users = phoneNumbers(2_001);
    await simulator.addFaults({ phoneNumberId: id, method: 'POST', nth: [2, 3], fault: AN_HOUR });
    const accepted = acceptedJob(await new Blocklist(id).block(users));
    await changesUntil('a chunk that is done, and two that wait', id, (calls) => calls.length === 3);
    const before = await until('the chunk that is done', async () => {
      const job = await getJob(accepted.id);
      return job.chunks.done === 1 ? job : undefined;
    });
    const { succeeded, remaining } = before.users;
    expect(before).toMatchObject({ status: 'running', users: { failed: 0, remaining: 2_001 - succeeded } });

    await control(accepted, 'cancel');
    const cancelled = await endOf(accepted, 20_000);
    expect(cancelled).toMatchObject({ status: 'cancelled', chunks: { total: 3, done: 1, failed: 2 }, ...BY_WHOM });
    expect(tally(await expectAccountedFor(cancelled, users))).toEqual({ succeeded, 'failed 139100': remaining });

    await simulator.calm();
    await control(accepted, 'retry');
    const job = await endOf(accepted);
    expect(job.status).toBe('succeeded');
    await expectAccountedFor(job, users);
    expect(sent(await simulator.changes(id)), 'who was done is sent again').toBe(2_001);
    expect(await recordedEvents(id, users)).toEqual({ 'job: block': 2_001 });
  });

  test('while Graph processes a request keeps that request’s outcomes, and sends no other users', async () => {
    const id = phoneNumberId('cancelled in progress');
    const users = phoneNumbers(4_100);
    await simulator.setOptions({ latency: { fixedMs: 2_200 } });
    // To wait for an hour is what Graph asks of this one, after the job was called off.
    await simulator.addFaults({ phoneNumberId: id, method: 'POST', nth: 2, fault: AN_HOUR });
    const accepted = acceptedJob(await new Blocklist(id).block(users));
    await waitingForGraph(4);
    const asked = await control(accepted, 'cancel');
    expect(asked).toMatchObject(BY_WHOM);
    expect(await control(accepted, 'cancel')).toMatchObject({ cancelled_at: asked.cancelled_at });

    const cancelled = await endOf(accepted, 20_000);
    expect(cancelled).toMatchObject({ status: 'cancelled', chunks: { total: 5 } });
    const before = await simulator.changes(id);
    const succeeded = sent(before);
    const cutOff = { 'failed 139100': users.length - succeeded };
    expect(tally(await expectAccountedFor(cancelled, users))).toEqual({ succeeded, ...cutOff });
    // Those at least of the request that was to wait.
    expect(cutOff['failed 139100']).toBeGreaterThanOrEqual(1_000);

    await simulator.calm();
    // Three callers at once: it is one more run.
    await Promise.all([1, 2, 3].map(() => control(accepted, 'retry')));
    const job = await endOf(accepted);
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 5, done: 5, failed: 0 } });
    await expectAccountedFor(job, users);
    const calls = await simulator.changes(id);
    expect(calls).toHaveLength(before.length + cancelled.chunks.failed);
    expect(sent(calls), 'who was done is sent again').toBe(4_100);
    expect(await recordedEvents(id, tenth(users))).toEqual({ 'job: block': 410 });
  });
});

test('job control: a retry sends only the failed users, even if it is repeated; malformed entries stay as they are', async () => {
  const id = phoneNumberId('retried in part');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(40);
  const silent = users.slice(10, 20);
  // To this number: the users of the jobs that the sweep takes up are the same ones.
  await simulator.changeUsers({ lastInboundAt: { users: silent, at: null, phoneNumberId: id } });
  const failed = await endOf(acceptedJob(await blocklist.block([...users, 'call me'], ASYNC)));
  expect(failed).toMatchObject({ status: 'partially_failed', users: { total: 41, succeeded: 30, failed: 11 } });

  await simulator.calm();
  await Promise.all([1, 2, 3].map(() => control(failed, 'retry')));
  const job = await endOf(failed);
  expect(job).toMatchObject({
    status: 'partially_failed',
    users: { total: 41, succeeded: 40, failed: 1, remaining: 0 },
  });
  expect((await jobUsers(job, '?outcome=failed')).map(({ input, code }) => [input, code])).toEqual([['call me', 100]]);
  expect((await simulator.changes(id)).map(({ users: named }) => named)).toEqual([40, 10]);
  await expectBlocked(id, users);
  expect(await recordedEvents(id, users)).toEqual({ 'job: block': 30, 'job: block failed 131047, job: block': 10 });
  expect(await control(job, 'retry')).toEqual(job);
});

test('job control: a revert undoes what a job changed and nobody has changed since, and can be reverted', async () => {
  const id = phoneNumberId('reverted');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(2_100);
  const [before = '', freed = '', again = ''] = users;
  const silent = users.slice(2_000);
  await blocklist.block([before], { reason: 'earlier' });
  await simulator.changeUsers({ lastInboundAt: { users: silent, at: null, phoneNumberId: id } });
  const accepted = acceptedJob(await blocklist.block(users, { reason: 'wrong list', terms: { defer: true } }));
  const early = await call({ method: 'POST', path: `/jobs/${accepted.id}/revert` });
  expect([202, 409]).toContain(early.status);
  const job = await endOf(accepted);
  expect(job.users).toMatchObject({ total: 2_100, succeeded: 2_000, deferred: 100, failed: 0 });
  await blocklist.unblock([freed]);
  await blocklist.block([again], { reason: 'a reason of its own' });

  // Several operators at once: it is one job.
  const made = await Promise.all([1, 2, 3].map(() => control(job, 'revert', { reason_code: 'other' })));
  expect(new Set(made.map((one) => one.id)).size).toBe(1);
  const [first] = made;
  const reverted = await endOf(first ?? job);
  expect(reverted).toMatchObject({
    action: 'unblock',
    status: 'succeeded',
    reverts: job.id,
    reason: `Reverts job ${job.id}`,
    reason_code: 'other',
    users: { total: 2_097, succeeded: 2_097 },
  });
  await expectBlocked(id, [before, again]);
  expect(await getJob(job.id)).toMatchObject({
    reverted_by: reverted.id,
    activity: [{ verb: 'created' }, { verb: 'reverted' }],
  });
  expect(await control(job, 'revert')).toEqual(reverted);
  expect(await call({ method: 'POST', path: `/jobs/${job.id}/retry` })).toMatchObject({ status: 409 });
  const left = users.filter((user) => user !== before && user !== freed && user !== again);
  expect(await recordedEvents(id, tenth(left.slice(0, 1_990)))).toEqual({ 'job: block, job: unblock': 199 });

  // Nobody of them has written since, so that some wait.
  const later = users.slice(3, 1_003);
  await simulator.changeUsers({ lastInboundAt: { users: later, at: null, phoneNumberId: id } });
  const end = { expires_in: 86_400, reason: 'it was right' };
  const back = await endOf(await control(reverted, 'revert', end));
  expect(back).toMatchObject({
    action: 'block',
    status: 'succeeded',
    reverts: reverted.id,
    defer: true,
    expires_at: expect.any(String),
    users: { total: 2_097, succeeded: 997, deferred: 1_100, failed: 0 },
  });
  await expectBlocked(id, [before, again, ...users.slice(1_003, 2_000)]);
});

describe('the token is revoked and replaced during a job of 10,000 users', () => {
  const users = phoneNumbers(10_000);
  afterEach(() => putTokens({}));

  /** A job half of which is done. */
  async function start(blocklist: Blocklist, id: string): Promise<Job> {
    await simulator.setOptions({ latency: { fixedMs: 200 } });
    const accepted = acceptedJob(await blocklist.block(users, { reason: 'imported' }));
    await changesUntil('the first chunks', id, (calls) => calls.length >= 5);
    return accepted;
  }

  test('replaced in time: no user fails', async () => {
    const id = phoneNumberId('renewed token');
    const accepted = await start(new Blocklist(id), id);
    await putTokens({ [id]: 'EAA-put-in-before' });
    await simulator.setOptions({ numbers: { [id]: { tokens: ['EAA-put-in-before'] } } });

    const job = await endOf(accepted);
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 10, done: 10, failed: 0 } });
    expect(job.error).toBeUndefined();
    await expectAccountedFor(job, users);
    const calls = await simulator.changes(id);
    expect(calls.filter(({ code }) => code === 190).length, 'no worker met the old token').toBeGreaterThan(0);
    expect(sent(calls)).toBe(10_000);
    expect(await recordedEvents(id, tenth(users))).toEqual({ 'job: block': 1_000 });
  });

  test('revoked first: the job stops at once, keeps its outcomes, and a retry with the new token sends only the rest', async () => {
    const id = phoneNumberId('revoked token');
    const blocklist = new Blocklist(id);
    const accepted = await start(blocklist, id);
    await simulator.setOptions({ numbers: { [id]: { tokens: ['EAA-put-in-after'] } } });

    const stopped = await endOf(accepted);
    expect(stopped).toMatchObject({ status: 'partially_failed', error: { code: 190 } });
    const outcomes = await expectAccountedFor(stopped, users);
    const { succeeded, failed } = stopped.users;
    expect(tally(outcomes)).toEqual({ succeeded, 'failed 190': failed });
    const calls = await simulator.changes(id);
    expect(sent(calls)).toBe(succeeded);
    // One for each chunk that was in progress, and none after that.
    expect(calls.filter(({ code }) => code === 190).length).toBeLessThanOrEqual(4);
    expect(await recordedEvents(id, tenth(users))).toEqual({
      'job: block': succeeded / 10,
      'job: block failed 190': failed / 10,
    });
    expect(await jobsOf(id)).toMatchObject([{ id: stopped.id, status: 'partially_failed', users: stopped.users }]);

    await putTokens({ [id]: 'EAA-put-in-after' });
    const again = await control(stopped, 'retry');
    expect(again).toMatchObject({ id: stopped.id, users: { succeeded, failed: 0, remaining: failed } });
    expect(again.error).toBeUndefined();
    const job = await endOf(stopped);
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 10, done: 10, failed: 0 } });
    expect(job.error).toBeUndefined();
    await expectAccountedFor(job, users);
    expect(sent(await simulator.changes(id)), 'who was done is sent again').toBe(10_000);
    expect(await recordedEvents(id, tenth(users))).toEqual({
      'job: block': succeeded / 10,
      'job: block failed 190, job: block': failed / 10,
    });
    expect(await jobsOf(id)).toEqual([job]);
  });

  async function jobsOf(id: string): Promise<Job[]> {
    const pages: Job[] = [];
    for await (const { data } of jobPages(`?phone_number_id=${id}`)) pages.push(...data);
    return pages;
  }
});

test('job control: jobs are listed, newest first, by number and status, page by page', async () => {
  const id = phoneNumberId('listed jobs');
  const blocklist = new Blocklist(id);
  // Nobody else's: a number that is not on WhatsApp is that for every test.
  const users = phoneNumbers(5, 70_000);
  await simulator.changeUsers({ invalidNumbers: { add: users.slice(3, 4) } });
  const ended: Job[] = [];
  for (const user of users) ended.unshift(await endOf(acceptedJob(await blocklist.block([user], ASYNC))));
  expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'succeeded', 'succeeded', 'succeeded']);

  const pages = await collect(jobPages(`?phone_number_id=${id}&limit=2`));
  expect(pages.map(({ data }) => data.length)).toEqual([2, 2, 1]);
  expect(pages.flatMap(({ data }) => data)).toEqual(ended);
  const of = async (status: string) => {
    const found = await collect(jobPages(`?phone_number_id=${id}&status=${status}&limit=3`));
    return found.flatMap(({ data }) => data);
  };
  expect(await of('failed')).toEqual(ended.slice(1, 2));
  expect(await of('succeeded')).toEqual(ended.toSpliced(1, 1));
  for (const status of ['queued', 'running', 'partially_failed', 'cancelled']) expect(await of(status)).toEqual([]);

  // Of all numbers: these are the newest, and jobs of others come after them.
  const [newest] = (await jobPages('?limit=8').next()).value?.data ?? [];
  expect(newest).toEqual(ended[0]);
  const all = (await collect(jobPages('?limit=8'))).flatMap(({ data }) => data);
  expect(all.slice(0, 5)).toEqual(ended);
  expect(new Set(all.map((job) => job.id)).size).toBe(all.length);
  expect(all.map((job) => job.created_at)).toEqual(
    all
      .map((job) => job.created_at)
      .toSorted()
      .toReversed(),
  );
  expect(all.map((job) => job.id)).toEqual(expect.arrayContaining(Object.values(jobs).map((job) => job.id)));
});

async function collect<T>(pages: AsyncGenerator<Page<T>>): Promise<Page<T>[]> {
  const all: Page<T>[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

test('the schedules of the stack exist, enabled, each with its target', async () => {
  const { endpoint, region, scheduleGroup, reconciliationArn } = place.stack;
  const client = new SchedulerClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName: scheduleGroup }));
  const schedules = await Promise.all(
    Schedules.map(async ({ Name }) => {
      const found = await client.send(new GetScheduleCommand({ GroupName: scheduleGroup, Name }));
      return [Name, found.State, found.ScheduleExpression, found.Target?.Arn] as const;
    }),
  );
  client.destroy();
  expect(schedules.toSorted()).toEqual([
    ['deferred', 'ENABLED', 'rate(1 minute)', expect.stringMatching(/^arn:aws:lambda:.*:function:.*RetryDeferred/)],
    ['expire', 'ENABLED', 'rate(1 minute)', expect.stringMatching(/^arn:aws:lambda:.*:function:.*ExpireBlocks/)],
    ['reconcile', 'ENABLED', 'rate(1 hour)', reconciliationArn],
    ['sweep', 'ENABLED', 'rate(1 minute)', expect.stringMatching(/^arn:aws:lambda:.*:function:.*FunctionsSweep/)],
    ['token-check', 'ENABLED', 'rate(1 day)', expect.stringMatching(/^arn:aws:lambda:.*:function:.*CheckTokens/)],
  ]);
});

describe('the sweep resumes a job whose execution died, on its own schedule', () => {
  /** Longer than from one run of the schedule to the next, and what it does then. */
  const DEADLINE_MS = 120_000;

  test('between two chunks: another execution continues, and sends only the users that were not sent', async () => {
    const { number, users } = stopped.between;
    const id = phoneNumberId(number);
    const job = await endOf(jobs.between, DEADLINE_MS);
    expect(await workflow.end(workflow.executionArn(job.id))).toBe('ABORTED');
    expect(await workflow.end(workflow.executionArn(job.id, 2))).toBe('SUCCEEDED');
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 8, done: 8, failed: 0 } });
    await expectAccountedFor(job, users);
    const calls = await simulator.changes(id);
    expect(calls).toHaveLength(1 + 4 + 7);
    expect(sent(calls)).toBe(7_100);
    expect(await recordedEvents(id, tenth(users))).toEqual({ 'job: block': 710 });
  });

  test('after the last chunk: the job is ended', async () => {
    const { number, users } = stopped.atTheEnd;
    const job = await endOf(jobs.atTheEnd, DEADLINE_MS);
    expect(await workflow.end(workflow.executionArn(job.id))).toBe('ABORTED');
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 1, done: 1, failed: 0 } });
    await expectAccountedFor(job, users);
    expect(await simulator.changes(phoneNumberId(number))).toHaveLength(1);
    expect(await recordedEvents(phoneNumberId(number), users)).toEqual({ 'job: block': 30 });
  });

  test('or was never started: it is started', async () => {
    const { number, users } = stopped.before;
    const job = await endOf(jobs.before, DEADLINE_MS);
    expect(await workflow.end(workflow.executionArn(job.id))).toBe('SUCCEEDED');
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 1, done: 1, failed: 0 } });
    await expectAccountedFor(job, users);
    expect(await simulator.changes(phoneNumberId(number))).toHaveLength(1);
    expect(await recordedEvents(phoneNumberId(number), users)).toEqual({ 'job: block': 40 });
  });
});
