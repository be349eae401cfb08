/**
 * Runs every function, in every way that makes it call AWS differently, and compares the calls with
 * `test/support/recorded-calls.json`. After an intended change: `npx vitest run --project integration recorded-calls
 * --update`.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { DynamoEventOutbox } from '../../lambdas/adapters/dynamo/outbox-store.ts';
import { ENV } from '../../lambdas/contract/environment.ts';
import { handlersOf } from '../../lambdas/contract/functions.ts';
import { parseEntry, toEntryList } from '../../lambdas/core/users/entries.ts';
import { accepted } from '../../lambdas/openapi/change.ts';
import { keyWithSecret } from '../../lambdas/openapi/key.ts';
import {
  hubSignature,
  LOCAL_APP_SECRET,
  systemMessage,
  textMessage,
  webhookPayload,
} from '../../local/webhook-payload.ts';
import { survives, yields } from '../model/property.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { JOB_IDLE_MS } from '../support/in-memory-store.ts';
import { ACTOR, createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';
import { mayUse, recordedCalls, startRecording } from '../support/recorded-calls.ts';
import { storeContract } from '../support/store-contract.ts';
import { phones } from '../support/world.ts';

const OTHER = '106540352242923';
const HOUR_MS = 60 * 60_000;
/** Sequences of the model, the same each time: they come to what happens seldom, when writers meet, or something failed. */
const SEQUENCES = { numRuns: 600, seed: 20_261_130, endOnFailure: true } as const;
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
const table = { client: localDynamoDb(inject('dynamodbEndpoint')), name: `calls-${randomUUID()}` };

/** What the code can do, and none of the ways here comes to. */
const SELDOM: readonly (readonly [handler: string, method: string])[] = [
  // A repeat after a crash checks whether its change is already recorded.
  ['retry-deferred', 'store.pageEvents'],
  // More users than one transaction takes wait at the same time.
  ['retry-deferred', 'store.putRecords'],
  // Another writer was first at the user whom an erasure unblocks.
  ['erase-user', 'store.putRecords'],
  ['receive-webhook', 'store.pageEvents'],
  ['fail-chunk', 'store.pageEvents'],
  ['finish-job', 'store.pageEvents'],
  ['sweep', 'store.pageEvents'],
  // Graph lists a user with both ids at once, which the simulator does not.
  ['reconcile-numbers', 'store.putUsers'],
];

let api: InProcessApi;
beforeAll(async () => {
  startRecording();
  await createTable(table.client, table.name);
  // A job is checked at once, and two users are a chunk.
  const settings = { [ENV.jobIdleMinutes]: '0', [ENV.chunkSize]: '2' };
  api = await createInProcessApi(inject('dynamodbEndpoint'), settings);
  await api.putToken(JSON.stringify({ default: { token: TOKEN, appSecret: LOCAL_APP_SECRET } }));
});
afterAll(() => api.stop());

it('callers use every route', async () => {
  const [first = '', second = '', ...others] = phones(8, 16_505_550_000);
  const { target } = api;
  expect((await api.block([first, second, 'US.13491208655302741918'])).status).toBe(200);
  expect((await api.unblock([second])).status).toBe(200);
  for (const query of [{}, { limit: '1' }, { source: 'graph' }]) {
    expect((await api.call('listBlockedUsers', target, { query })).status).toBe(200);
  }
  for (const user of [first, 'US.13491208655302741918', '16505559999']) {
    expect((await api.call('getBlockedUser', { ...target, user })).status).toBe(200);
    expect((await api.call('getUserHistory', { ...target, user })).status).toBe(200);
  }
  for (const route of ['getUserEverywhere', 'getHistoryEverywhere'] as const)
    expect((await api.call(route, { user: first })).status).toBe(200);
  // Another number each: what is known of a number as a whole is kept for a while.
  const unread = { version: 'v25.0', phoneNumberId: OTHER };
  expect((await api.call('getBlockedUser', { ...unread, phoneNumberId: '106540352242924', user: first })).status).toBe(
    200,
  );
  expect((await api.call('lookupUsers', unread, { body: { users: [first, 'US.13491208655302741918'] } })).status).toBe(
    200,
  );
  for (const [key, send] of Object.entries({ block: api.block, unblock: api.unblock })) {
    const headers = { Prefer: 'respond-async', 'Idempotency-Key': key };
    // The second one is known by its key.
    for (const _ of ['new', 'known']) expect((await send(others, { headers })).status).toBe(202);
    expect((await send(others, { headers: { Prefer: 'respond-async' } })).status).toBe(202);
  }
  const many = { action: 'block', phone_number_ids: [NUMBER, OTHER], block_users: [{ user: first }] };
  for (const headers of [{}, { 'Idempotency-Key': 'many' }, { 'Idempotency-Key': 'many' }]) {
    expect((await api.call('createJobs', {}, { body: many, headers })).status).toBe(202);
  }
  for (const send of [api.block, api.unblock]) {
    expect((await send(others, { body: { dry_run: true } })).status).toBe(200);
    expect((await send(phones(1_001), { body: { dry_run: true } })).status).toBe(200);
  }
  expect((await api.call('createJobs', {}, { body: { ...many, dry_run: true } })).status).toBe(200);
  const { batch_id } = (await api.call('createJobs', {}, { body: many })).body;
  for (const query of [{}, { phone_number_id: NUMBER }, { batch_id: String(batch_id) }, { status: 'succeeded' }]) {
    expect((await api.call('listJobs', {}, { query })).status).toBe(200);
  }
  expect(
    (await api.call('createJobs', {}, { body: { ...many, phone_number_ids: undefined, all_numbers: true } })).status,
  ).toBe(202);
  for (const route of ['getBlocklist', 'listOperations'] as const)
    expect((await api.call(route, target)).status).toBe(200);
  expect((await api.call('listNumbersInUse', {})).status).toBe(200);
  // One that is in use, once more while it is reconciled, and one that is new to the service.
  expect((await api.call('startReconciliation', target)).status).toBe(202);
  expect((await api.call('startReconciliation', target, { receivedMs: Date.now() + 1_000 })).status).toBe(202);
  expect((await api.call('startReconciliation', { ...target, phoneNumberId: '106540352242925' })).status).toBe(202);
  for (const route of ['getOpenApi', 'health'] as const) expect((await api.call(route, {})).status).toBe(200);
});

it('users are protected, and that ends', async () => {
  const user = { user: '16505558888' };
  for (const reason of ['ours', 'theirs']) {
    expect((await api.call('protectUser', user, { body: { reason } })).status).toBe(200);
  }
  expect((await api.call('listProtectedUsers', {})).status).toBe(200);
  expect((await api.call('getProtectedUser', user)).status).toBe(200);
  expect((await api.call('unprotectUser', user)).status).toBe(200);
  expect((await api.call('getProtectedUser', user)).status).toBe(404);
});

it('a person is erased who is blocked, and one who was unblocked, with every id', async () => {
  const [stands = '', gone = ''] = phones(2, 16_505_556_000);
  expect((await api.block([stands, gone, 'US.99991208655302741918'])).status).toBe(200);
  expect((await api.unblock([gone])).status).toBe(200);
  for (const user of [stands, gone]) expect((await api.call('eraseUser', { user })).status).toBe(200);
  for (const user of [stands, 'US.99991208655302741918'])
    expect((await api.call('eraseUser', { user }, { body: { unblock: true } })).status).toBe(200);
});

it('keys are made, used, rotated and revoked', async () => {
  const made = await api.call('createKey', {}, { body: { name: 'recorded', scopes: ['read'] } });
  expect(made.status).toBe(201);
  const { id, key } = keyWithSecret.parse(made.body);
  expect((await api.call('health', {}, { key })).status).toBe(200);
  expect((await api.call('listKeys', {})).status).toBe(200);
  expect((await api.call('rotateKey', { id })).status).toBe(200);
  expect((await api.call('revokeKey', { id })).status).toBe(200);
});

it('jobs run, fail, are cancelled and tried again', async () => {
  const accept = async (users: readonly string[]) =>
    accepted.parse((await api.block(users, { headers: { Prefer: 'respond-async' } })).body).job.id;
  const users = phones(4, 16_505_551_000);
  const done = await accept(users);
  await api.runJob(done, 2);
  for (const query of [{}, { outcome: 'succeeded' }, { outcome: 'failed' }]) {
    expect((await api.call('listJobUsers', { id: done }, { query })).status).toBe(200);
  }
  expect((await api.call('getJob', { id: done })).status).toBe(200);
  for (const _ of ['new', 'known']) expect((await api.call('revertJob', { id: done })).status).toBe(202);
  const cancelled = await accept(users);
  expect((await api.call('getJob', { id: cancelled })).status).toBe(200);
  expect((await api.call('cancelJob', { id: cancelled })).status).toBe(202);
  const failed = await accept(users);
  await api.failChunk({ jobId: failed, run: 1, chunk: 0, error: {} });
  await api.runJob(failed, 2);
  expect((await api.call('retryJob', { id: failed })).status).toBe(202);
  // The end of an execution, and the sweep of a job whose time is over: its open chunks fail.
  await api.finishJob({ jobId: await accept(phones(8, 16_505_554_000)), run: 1 });
  const createdMs = Date.now() - 7 * HOUR_MS;
  const { distinct } = toEntryList(phones(8, 16_505_555_000).map((user) => parseEntry({ user })));
  const old = { id: `${NUMBER}-${ulid(createdMs)}`, phoneNumberId: NUMBER, action: 'block', status: 'queued' } as const;
  const counts = { total: 8, chunkCount: 1, run: 1, execution: 1, actor: ACTOR };
  const jobs = new DynamoJobStore(
    { client: api.dynamodb, name: api.tableName },
    { jobDays: 90, auditDays: 400, jobIdleMs: 0 },
  );
  await jobs.createJob({ ...old, ...counts, createdAt: new Date(createdMs).toISOString() }, [distinct], undefined);
  await api.sweep();
  await expect.poll(() => api.hasRunning('bulk')).toBe(false);
  expect(await api.sweep()).toMatchObject({ jobs: { ended: 1 } });
});

it('what happened is published', async () => {
  const events = await api.publishEvents();
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['Job Finished']));
  expect(await api.publishEvents()).toEqual([]);
});

it('webhooks report deferred users who write and users who move', async () => {
  const [quiet = '', moving = '', later = ''] = phones(3, 16_505_552_000);
  api.simulator.control.patchOptions({ lastInboundAt: { [quiet]: null } });
  expect((await api.block([quiet, moving], { body: { defer: true } })).status).toBe(200);
  const moved = { type: 'user_changed_number', wa_id: later, body: `${moving} ${later}` };
  const messages = [textMessage({ from: quiet }), systemMessage({ from: moving }, moved)];
  api.simulator.control.patchOptions({ lastInboundAt: {} });
  const recorded = webhookPayload(NUMBER, { messages });
  const headers = { 'x-hub-signature-256': hubSignature(recorded) };
  expect(await api.call('receiveWebhook', {}, { body: recorded, headers })).toMatchObject({
    status: 200,
    body: { moved: 1 },
  });
});

it('the schedules find what is due', async () => {
  const [ends = '', waits = '', lost = ''] = phones(3, 16_505_553_000);
  api.simulator.control.patchOptions({ lastInboundAt: { [waits]: null } });
  expect((await api.block([ends], { body: { expires_in: 1 } })).status).toBe(200);
  expect((await api.block([waits], { body: { defer: true } })).status).toBe(200);
  api.simulator.control.patchOptions({ lastInboundAt: {} });
  const isBlockedAfterRun = async () => {
    await api.expireBlocks();
    return (await api.call('getBlockedUser', { ...api.target, user: ends })).body.blocked;
  };
  await expect.poll(isBlockedAfterRun, { timeout: 20_000 }).toBe(false);
  await api.retryDeferred();
  const store = new DynamoBlocklistStore({ client: api.dynamodb, name: api.tableName }, retention);
  const startedAt = new Date(Date.now() - HOUR_MS).toISOString();
  const operation = { action: 'block', source: 'api', users: 1, actor: ACTOR, ids: [lost], startedAt } as const;
  await store.startOperation({ ...operation, operationId: ulid(), phoneNumberId: NUMBER });
  await api.sweep();
  expect(await api.listNumbers({})).toMatchObject({ groups: [expect.anything()] });
  await api.reconcile(NUMBER, OTHER);
  await api.sweep();
});

it('tokens are checked, also those that the provider does not describe', async () => {
  await api.newTokens().credentials(NUMBER);
  await api.newTokens().appSecrets(NUMBER);
  await api.checkTokens();
  await api.putToken(JSON.stringify({ default: { token: TOKEN, provider: 'splashify' } }));
  await api.checkTokens();
  // One that Graph refuses is read again.
  await api.putToken('EAA-of-nobody');
  api.simulator.control.patchOptions({ tokens: ['EAA-another'] });
  expect((await api.block(phones(1))).status).toBe(502);
  api.simulator.control.reset();
  await api.putToken(TOKEN);
});

// 1,200 sequences: a minute of CPU, and more beside other files.
it('the model covers rare cases in memory, and shows which methods each function uses', {
  timeout: 300_000,
}, async () => {
  await fc.assert(survives(api.simulator), SEQUENCES);
  await fc.assert(yields(api.simulator), SEQUENCES);
});

/** On DynamoDB: which calls each method makes, in any function. */
storeContract('recorded', () => ({
  store: new DynamoBlocklistStore(table, retention),
  jobs: new DynamoJobStore(table, { ...retention, jobIdleMs: JOB_IDLE_MS }),
  outbox: new DynamoEventOutbox(table),
}));

it('every function was run, and made exactly the recorded calls', async () => {
  for (const [handler, method] of SELDOM) mayUse(handler, method);
  const calls = recordedCalls();
  expect([...Object.keys(calls), 'get-open-api', 'health'].sort()).toEqual(handlersOf().sort());
  await expect(`${JSON.stringify(calls, null, 2)}\n`).toMatchFileSnapshot('../support/recorded-calls.json');
});
