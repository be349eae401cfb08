/**
 * A deploy meets work of the version before: jobs half done, executions that go on with the definition they began with, an
 * operation that died, what callers and API Gateway keep. `test/support/work-in-flight.json` has what the last release left
 * (`npm run record:in-flight`, docs/deploy.md); the present code must end it.
 */
import { readFileSync } from 'node:fs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import * as z from 'zod';
import { CHUNK_RESULT, RECONCILE_RESULT } from '../../lambdas/contract/attempt-results.ts';
import { accepted } from '../../lambdas/openapi/change.ts';
import { job as jobAnswer } from '../../lambdas/openapi/job.ts';
import { createInProcessApi, type InProcessApi, NUMBER } from '../support/in-process-api.ts';
import { KIND_NAMES, kindsOf } from '../support/item-kinds.ts';
import {
  BATCH_USERS,
  FILE,
  IDEMPOTENCY_KEY,
  JOB_USERS,
  PEOPLE,
  putItems,
  RETRIED_USERS,
  readWorkInFlight,
  SETTINGS,
  TOKENS,
} from '../support/work-in-flight.ts';

const work = readWorkInFlight(readFileSync(FILE, 'utf8'));
const MINUTE_MS = 60_000;
let api: InProcessApi;

beforeAll(async () => {
  // The deploy was minutes after the recording, whenever this runs: a job must not be overdue.
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.parse(work.at) + 5 * MINUTE_MS);
  api = await createInProcessApi(inject('dynamodbEndpoint'), SETTINGS);
  await api.putToken(TOKENS);
  await putItems(api, api.tableName, work.table);
  await putItems(api, api.keysTableName, work.keys);
  for (const [number, users] of Object.entries(work.lists)) api.simulator.control.setNumber(number, users);
});
afterAll(async () => {
  vi.useRealTimers();
  await api.stop();
});

const stateOf = async (user: string, number = NUMBER) =>
  (await api.call('getBlockedUser', { ...api.targetOf(number), user })).body.state;
const jobOf = async (id: string) => jobAnswer.parse((await api.call('getJob', { id })).body);

it('has every kind of item that can be under way', () => {
  const kinds = new Set(work.table.flatMap((item) => kindsOf(unmarshall(item))));
  // The recorded version told no events.
  const never = ['alias, otherwise', 'number out of use', 'registry, number out of use', 'waiting event'];
  expect(KIND_NAMES.filter((name) => !kinds.has(name))).toEqual(never);
});

it('reads every user, history, operation and job that the last version wrote', async () => {
  for (const user of [PEOPLE.blocked, PEOPLE.renamed]) expect(await stateOf(user)).toBe('blocked');
  expect(await stateOf(PEOPLE.unblocked)).toBe('unblocked');
  expect(await stateOf(PEOPLE.deferred)).toBe('deferred');
  const history = await api.call('getUserHistory', { ...api.target, user: PEOPLE.unblocked });
  expect(history.body.data).toMatchObject([{ action: 'unblock' }, { action: 'block', reason: 'recorded' }]);
  for (const route of ['listBlockedUsers', 'listOperations', 'getBlocklist'] as const) {
    expect((await api.call(route, api.target)).status).toBe(200);
  }
  expect((await api.call('getProtectedUser', { user: PEOPLE.guarded })).status).toBe(200);
  const { running, retried, cancelled, batch } = work.jobs;
  for (const id of [running, retried, cancelled, ...batch]) expect((await jobOf(id)).id).toBe(id);
});

it('goes on with every cursor that a caller may hold', async () => {
  const { cursors, jobs } = work;
  const paths: Readonly<Record<string, Record<string, string>>> = {
    listBlockedUsers: api.target,
    listOperations: api.target,
    listJobs: {},
    getUserHistory: { ...api.target, user: PEOPLE.unblocked },
    listJobUsers: { id: jobs.running },
  };
  expect(Object.keys(cursors).sort()).toEqual(Object.keys(paths).sort());
  for (const name of ['listBlockedUsers', 'listOperations', 'listJobs', 'getUserHistory', 'listJobUsers'] as const) {
    const answer = await api.call(name, paths[name] ?? {}, { query: { limit: '1', after: cursors[name] ?? '' } });
    expect({ name, status: answer.status }).toEqual({ name, status: 200 });
  }
});

it('knows a request that is repeated after the deploy', async () => {
  const headers = { Prefer: 'respond-async', 'Idempotency-Key': IDEMPOTENCY_KEY };
  const body = { reason: 'recorded', reason_code: 'spam' };
  const again = await api.block(JOB_USERS, { headers, body });
  expect(accepted.parse(again.body).job.id).toBe(work.jobs.running);
  expect((await api.block([...JOB_USERS, PEOPLE.blocked], { headers, body })).status).toBe(409);
  const many = {
    action: 'block',
    phone_number_ids: Object.keys(work.lists),
    block_users: BATCH_USERS.map((user) => ({ user })),
  };
  const batch = await api.call('createJobs', {}, { body: many, headers: { 'Idempotency-Key': IDEMPOTENCY_KEY } });
  expect(batch.body.data).toMatchObject(work.jobs.batch.map((id) => ({ id })));
});

it('lets a key in by what the authorizer said before the deploy, and by the key itself', async () => {
  const keptContext = work.key.context;
  expect((await api.call('getBlocklist', api.target, { keptContext })).status).toBe(200);
  expect((await api.call('getBlocklist', api.target, { key: work.key.text })).status).toBe(200);
  expect((await api.block([PEOPLE.guarded])).body).toMatchObject({ error: { code: 139_100 } });
  const { context } = await api.authorize(work.key.text);
  expect(context).toEqual(keptContext);
});

it('follows a webhook that was on its way', async () => {
  expect(await stateOf(PEOPLE.writes)).toBe('deferred');
  expect(await api.call('receiveWebhook', {}, work.webhook)).toMatchObject({ status: 200, body: { blocked: 1 } });
  expect(await stateOf(PEOPLE.writes)).toBe('blocked');
});

it('takes every input that the state machines of the last version send', async () => {
  const { processChunk, failChunk, finishJob, listNumbers, reconcileNumbers, reconcileNumbersAgain } = work.steps;
  expect((await jobOf(work.jobs.running)).users).toMatchObject({ total: 5, succeeded: 2, remaining: 3 });
  for (let attempt = 0; ; attempt += 1) {
    const { result } = await api.processChunk(processChunk);
    if (result === 'done') break;
    expect(attempt).toBeLessThan(10);
  }
  await api.failChunk(failChunk);
  await api.finishJob(finishJob);
  expect(await jobOf(work.jobs.running)).toMatchObject({
    status: 'partially_failed',
    users: { total: 5, succeeded: 4, failed: 1, remaining: 0 },
  });
  expect(await api.listNumbers(listNumbers)).toMatchObject({ groups: [{ numbers: expect.any(Array) }] });
  for (const input of [reconcileNumbers, reconcileNumbersAgain]) {
    expect(await api.reconcileNumbers(input)).toMatchObject({ result: expect.stringMatching(/done|requeue/) });
  }
});

it('answers what the state machines of the last version read', () => {
  // They compare `result` with a text of theirs, and wait for a number of seconds.
  const read = z.object({ result: z.literal('requeue'), requeueAfterSeconds: z.int().check(z.positive()) });
  for (const before of Object.values(work.results)) expect(read.safeParse(before).success).toBe(true);
  expect([CHUNK_RESULT, RECONCILE_RESULT]).toEqual(
    Object.values(work.results).map(({ result }) => ({ done: 'done', requeue: result })),
  );
});

it('starts again by their names the executions that are missing, with inputs that the machine understands', async () => {
  const before = new Map(work.executions.bulk.map(({ name, input }) => [name, Object.keys(input).sort()]));
  const { batch, retried } = work.jobs;
  await api.sweep();
  const started = new Map((await api.executions('bulk')).map(({ name, input }) => [name, Object.keys(input).sort()]));
  // The machine of the recorded version ignores what it does not know.
  for (const id of batch) expect(started.get(id)).toEqual(expect.arrayContaining(before.get(id) ?? ['nothing']));
  expect([...started.keys()].some((name) => name?.startsWith(retried))).toBe(true);
});

it('ends the jobs that were waiting, retried and cancelled', async () => {
  const { retried, cancelled, batch } = work.jobs;
  await api.runJob(retried, 1, 2);
  expect(await jobOf(retried)).toMatchObject({ status: 'succeeded', users: { succeeded: RETRIED_USERS.length } });
  await api.runJob(cancelled, 1);
  expect(await jobOf(cancelled)).toMatchObject({ status: 'cancelled' });
  for (const id of batch) {
    await api.runJob(id, 2);
    expect(await jobOf(id)).toMatchObject({ status: 'succeeded', users: { succeeded: BATCH_USERS.length } });
  }
});

it('carries out what is due, and recovers the operation that died', async () => {
  await api.expireBlocks();
  expect(await stateOf(PEOPLE.ends)).toBe('unblocked');
  // A day later WhatsApp is asked again for the deferred block.
  vi.setSystemTime(Date.parse(work.at) + 25 * 60 * MINUTE_MS);
  await api.retryDeferred();
  expect(await stateOf(PEOPLE.deferred)).toBe('blocked');
  await api.sweep();
  await api.reconcile(...Object.keys(work.lists));
  expect(await stateOf(PEOPLE.lost)).toBe('unblocked');
});
