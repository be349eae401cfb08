/** What a caller sees when Graph, or the way to it, fails: the right answer in time, and in a job an outcome for everyone. */
import { describe, expect, test } from 'vitest';
import type { FaultRuleInput } from '../../local/graph-simulator/fault-schema.ts';
import { expectAccountedFor } from './support/accounted.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { acceptedJob, Blocklist, call, endOf } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

type Fault = FaultRuleInput['fault'];

describe('a request that Graph refuses', () => {
  const id = phoneNumberId('refusals of Graph');
  const blocklist = new Blocklist(id);
  const [user = ''] = phoneNumbers(1);

  const refusals: [
    what: string,
    Fault,
    answer: { status: number; code: number; retryAfter?: string },
    calls: number,
  ][] = [
    // If Graph names a time to wait, no call is made before it.
    [
      'throttled, with a time',
      { kind: 'error', code: 130429, regainAccessMinutes: 2 },
      { status: 429, code: 130429, retryAfter: '120' },
      1,
    ],
    ['throttled, without a time', { kind: 'error', code: 80007 }, { status: 429, code: 80007, retryAfter: '30' }, 3],
    ['an internal error', { kind: 'error', code: 139103 }, { status: 503, code: 139103, retryAfter: '5' }, 3],
    ['the page of a proxy', { kind: 'html', status: 502 }, { status: 503, code: 2, retryAfter: '5' }, 3],
    ['nothing', { kind: 'empty' }, { status: 503, code: 2, retryAfter: '5' }, 3],
    ['a connection that breaks', { kind: 'reset' }, { status: 503, code: 2, retryAfter: '5' }, 3],
    ['no permission', { kind: 'error', code: 10 }, { status: 502, code: 10 }, 1],
    ['an unknown number', { kind: 'error', code: 100, subcode: 33 }, { status: 400, code: 100 }, 1],
    ['a full list', { kind: 'error', code: 139101 }, { status: 400, code: 139101 }, 1],
  ];
  test.for(refusals)('%s', async ([_, fault, { status, code, retryAfter }, calls]) => {
    const before = (await simulator.calls(id)).length;
    await simulator.addFaults({ phoneNumberId: id, fault });
    const answer = await blocklist.block([user]);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      error: expect.objectContaining({ code, message: expect.any(String), fbtrace_id: expect.any(String) }),
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/<html|<!DOCTYPE/i);
    expect(answer.headers.get('retry-after')).toBe(retryAfter ?? null);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
    expect((await simulator.calls(id)).length - before).toBe(calls);
    expect(await blocklist.user(user)).toMatchObject({ blocked: false });
    expect(await blocklist.blocked()).toEqual([]);
  });
});

test('no answer in time is a 504 well before API Gateway gives up, and a repeat settles the outcome', async () => {
  const id = phoneNumberId('late');
  const blocklist = new Blocklist(id);
  const [user = ''] = phoneNumbers(1);
  await simulator.addFaults({ phoneNumberId: id, next: 1, fault: { kind: 'hang', applied: true } });
  const startedMs = performance.now();
  const answer = await blocklist.block([user]);
  expect(performance.now() - startedMs).toBeLessThan(29_000);
  expect(answer.status).toBe(504);
  expect(answer.body).toMatchObject({
    error: { code: 2, message: expect.stringContaining('may have been carried out') },
  });
  // Graph carried it out, but the service does not know.
  expect(await simulator.list(id)).toEqual([user]);
  expect(await blocklist.user(user)).toMatchObject({ blocked: false });

  expect((await blocklist.block([user])).status).toBe(200);
  expect(await blocklist.user(user)).toMatchObject({ blocked: true });
  expect(await blocklist.history(user)).toHaveLength(1);
});

test('a temporary failure is not visible to the caller', async () => {
  const id = phoneNumberId('passing faults');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(12);
  const faults: Fault[] = [
    { kind: 'error', code: 2, isTransient: true, status: 500 },
    { kind: 'http', status: 503 },
    { kind: 'truncated' },
    { kind: 'truncated', declareWhole: true, applied: true },
    { kind: 'reset', applied: true },
    { kind: 'user-errors', code: 139103, users: 1 },
  ];
  for (const [index, fault] of faults.entries()) {
    await simulator.addFaults({ phoneNumberId: id, next: 1, fault });
    const some = users.slice(index * 2, index * 2 + 2);
    expect(await blocklist.block(some), JSON.stringify(fault)).toMatchObject({
      status: 200,
      body: { block_users: { added_users: some.map((user) => ({ input: user, wa_id: user })) } },
    });
  }
  expect(await simulator.faultsFired()).toEqual(faults.map(() => 1));
  expect((await blocklist.blocked()).toSorted()).toEqual((await simulator.list(id)).toSorted());
  expect(await simulator.list(id)).toHaveLength(users.length);
  for (const [user, events] of await blocklist.histories(users)) expect(events, user).toHaveLength(1);
});

test('users that an answer omits are reported as failed, and blocked by a repeat', async () => {
  const id = phoneNumberId('lost answer');
  const blocklist = new Blocklist(id);
  const [fine = '', forgotten = ''] = phoneNumbers(2);
  await simulator.changeUsers({ forgotten: { add: [forgotten] } });
  expect(await blocklist.block([fine, forgotten])).toMatchObject({
    status: 400,
    body: {
      block_users: {
        added_users: [{ input: fine }],
        failed_users: [{ input: forgotten, errors: [{ code: 139103 }] }],
      },
      error: { code: 139100 },
    },
  });
  await simulator.calm();
  expect((await blocklist.block([forgotten])).status).toBe(200);
  expect((await blocklist.blocked()).toSorted()).toEqual((await simulator.list(id)).toSorted());
});

test('a token that Graph refuses is a 502 that does not show it, on every route that calls Graph', async () => {
  const id = phoneNumberId('token');
  const blocklist = new Blocklist(id);
  const [user = ''] = phoneNumbers(1);
  await blocklist.block([user]);
  await simulator.setOptions({ numbers: { [id]: { tokens: ['EAA-a-newer-token'] } }, invalidTokenSubcode: 460 });
  const answers = [
    await blocklist.block([user]),
    await blocklist.unblock([user]),
    await call({ method: 'GET', path: `${blocklist.path}?source=graph` }),
  ];
  for (const answer of answers) {
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({ error: { code: 190, error_subcode: 460 } });
    expect(JSON.stringify([answer.body, ...answer.headers])).not.toContain('EAA');
    expect(answer.headers.get('retry-after')).toBeNull();
  }
  // What the mirror knows, it still says.
  expect(await blocklist.user(user)).toMatchObject({ blocked: true });
  expect(await blocklist.blocked()).toEqual([user]);
});

test('a list that is almost full takes the users that fit, and the others fail with 139101', async () => {
  const id = phoneNumberId('full at once');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(5);
  await simulator.setOptions({ listLimit: 3 });
  const answer = await blocklist.block(users);
  expect(answer.status).toBe(400);
  const failure = (input: string) =>
    expect.objectContaining({ input, errors: [expect.objectContaining({ code: 139101 })] });
  expect(answer.body).toMatchObject({
    block_users: {
      added_users: users.slice(0, 3).map((input) => ({ input })),
      failed_users: users.slice(3).map(failure),
    },
  });
  await simulator.setOptions({ listFull: 'request' });
  expect(await blocklist.block(users.slice(3))).toMatchObject({ status: 400, body: { error: { code: 139101 } } });
  expect((await blocklist.blocked()).toSorted()).toEqual((await simulator.list(id)).toSorted());
});

describe('a job', () => {
  test('survives faults of every kind: each user has an outcome, and the mirror equals Graph’s list', async () => {
    const id = phoneNumberId('faulty job');
    const blocklist = new Blocklist(id);
    const users = phoneNumbers(5_500);
    await simulator.setOptions({ seed: 20_261_122, latency: { fixedMs: 20, jitterMs: 60 } });
    const often = (fault: Fault): FaultRuleInput => ({ phoneNumberId: id, method: 'POST', probability: 0.12, fault });
    await simulator.addFaults(
      often({ kind: 'error', code: 130429 }),
      often({ kind: 'error', code: 130429, regainAccessMinutes: 1 }),
      often({ kind: 'error', code: 139103, applied: true }),
      often({ kind: 'reset' }),
      often({ kind: 'reset', applied: true }),
      { phoneNumberId: id, probability: 0.4, fault: { kind: 'user-errors', code: 139103, probability: 0.05 } },
      // Seeds and the order of arrival aside, each of these happens.
      { phoneNumberId: id, method: 'POST', nth: 2, fault: { kind: 'hang', applied: true } },
      { phoneNumberId: id, method: 'POST', nth: [4, 5, 6], fault: { kind: 'forget', users: 10 } },
    );
    const job = await endOf(acceptedJob(await blocklist.block(users)), 120_000);
    const fired = await simulator.faultsFired();
    expect(fired.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3);
    expect(job).toMatchObject({
      status: 'succeeded',
      users: { total: 5_500, succeeded: 5_500, failed: 0, remaining: 0 },
    });
    await expectAccountedFor(job, users);
    const some = users.filter((_, index) => index % 50 === 0);
    for (const [user, events] of await blocklist.histories(some)) {
      expect(events, user).toMatchObject([{ action: 'block', outcome: 'succeeded', job_id: job.id }]);
    }
  });

  test('ends as failed if Graph refuses the token, and gives that reason for each user', async () => {
    const id = phoneNumberId('token job');
    const users = phoneNumbers(2_100);
    await simulator.setOptions({ numbers: { [id]: { tokens: ['EAA-a-newer-token'] } } });
    const blocklist = new Blocklist(id);
    const job = await endOf(acceptedJob(await blocklist.block(users)));
    expect(job).toMatchObject({
      status: 'failed',
      users: { total: 2_100, succeeded: 0, failed: 2_100, remaining: 0 },
      chunks: { total: 3, done: 0, failed: 3 },
      error: { code: 190 },
    });
    expect(job.error?.message).not.toContain('EAA');
    const outcomes = await expectAccountedFor(job, users);
    expect(new Set(outcomes.map(({ outcome, code }) => `${outcome} ${code}`))).toEqual(new Set(['failed 190']));
    expect(await blocklist.history(users[0] ?? '')).toMatchObject([{ outcome: 'failed', code: 190, job_id: job.id }]);
  });

  test('ends as partially failed if Graph refuses one of its requests permanently', async () => {
    const id = phoneNumberId('refused chunk');
    const users = phoneNumbers(3_000);
    await simulator.addFaults({
      phoneNumberId: id,
      method: 'POST',
      nth: 2,
      fault: { kind: 'error', code: 100, message: 'No' },
    });
    const job = await endOf(acceptedJob(await new Blocklist(id).block(users)));
    expect(job).toMatchObject({
      status: 'partially_failed',
      users: { total: 3_000, succeeded: 2_000, failed: 1_000, remaining: 0 },
      chunks: { total: 3, done: 2, failed: 1 },
    });
    expect(job.error).toBeUndefined();
    const failed = (await expectAccountedFor(job, users)).filter(({ outcome }) => outcome === 'failed');
    expect(new Set(failed.map(({ code, message }) => `${code} ${message}`))).toEqual(new Set(['100 (#100) No']));
  });

  test('stops if the list is full: users that fit are blocked, the others fail with 139101', async () => {
    const id = phoneNumberId('full job');
    const users = phoneNumbers(2_500);
    await simulator.setOptions({ listLimit: 1_400 });
    const job = await endOf(acceptedJob(await new Blocklist(id).block(users)));
    expect(job).toMatchObject({
      status: 'partially_failed',
      users: { total: 2_500, succeeded: 1_400, failed: 1_100, remaining: 0 },
      error: { code: 139101 },
    });
    const failed = (await expectAccountedFor(job, users)).filter(({ outcome }) => outcome === 'failed');
    expect(new Set(failed.map(({ code }) => code))).toEqual(new Set([139101]));
  });
});
