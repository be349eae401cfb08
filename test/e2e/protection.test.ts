/** Protected users and dry runs through the deployed API, as an operator and as an agent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dryRun } from '../../lambdas/openapi/dry-run.ts';
import { protectedUsers, protection } from '../../lambdas/openapi/protection.ts';
import { type Caller, createUser } from '../../local/cloud/iam.ts';
import { until } from '../../local/until.ts';
import { textMessage } from '../../local/webhook-payload.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { acceptedJob, Blocklist, call, endOf } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { countStored } from './support/stored.ts';
import { forward } from './support/webhook.ts';

calmAfterEach();

const NUMBER = phoneNumberId('protected user');
const UNUSED = phoneNumberId('never used by a dry run');
const [SAFE = '', USER = '', WAITING = ''] = phoneNumbers(3, 104_000);
const blocklist = new Blocklist(NUMBER);
const path = (user: string) => `/protected_users/${user}`;

let operator: Caller;
let agent: Caller;
beforeAll(async () => {
  const { endpoint, callerPolicies } = place.stack;
  operator = await createUser(endpoint, { name: 'protecting-operator', policies: [callerPolicies.operator] });
  agent = await createUser(endpoint, { name: 'blocking-agent', policies: [callerPolicies.agent] });
});
afterAll(async () => {
  for (const user of [SAFE, WAITING]) await call({ method: 'DELETE', path: path(user) });
});

const asOperator = (method: 'PUT' | 'DELETE', user: string, body?: object) =>
  call({ method, path: path(user), ...(body && { body }), credentials: operator.credentials });
const isProtectedFor = (user: string) => async () => (await blocklist.block([user])).status === 400 || undefined;
const failure = { code: 100, error_data: { blocklist_code: 'protected_user' } };

test('an operator protects a user: within a minute no request and no job of an agent blocks them', async () => {
  expect((await blocklist.block([SAFE])).status).toBe(200);
  const put = await asOperator('PUT', `%2B${SAFE}`, { reason: 'our own test phone' });
  const { blocked_on, ids } = protection.parse(put.body);
  expect(blocked_on).toMatchObject([{ phone_number_id: NUMBER, state: 'blocked' }]);
  expect(ids).toEqual([SAFE]);
  // It is not unblocked silently.
  expect(await simulator.list(NUMBER)).toContain(SAFE);

  await until('the protection to hold', isProtectedFor(SAFE), 60_000);
  // Whoever is protected may be unblocked.
  expect((await blocklist.unblock([SAFE])).status).toBe(200);
  const answer = await call({
    method: 'POST',
    path: blocklist.path,
    body: { messaging_product: 'whatsapp', block_users: [{ user: SAFE }, { user: USER }] },
    credentials: agent.credentials,
  });
  expect(answer).toMatchObject({
    status: 400,
    body: { block_users: { added_users: [{ wa_id: USER }], failed_users: [{ input: SAFE, errors: [failure] }] } },
  });
  expect(await simulator.list(NUMBER)).toEqual([USER]);
  // The function that processes chunks may have read the list a moment before.
  const job = await until('a job that the protection stops', async () => {
    const ended = await endOf(acceptedJob(await blocklist.block([SAFE], { headers: { prefer: 'respond-async' } })));
    return ended.users.failed === 1 ? ended : undefined;
  });
  expect(job).toMatchObject({ status: 'failed' });
  const history = await call({ method: 'GET', path: `/users/${SAFE}/history` });
  expect(JSON.stringify(history.body)).toMatch(
    /"action":"protect".*our own test phone|our own test phone.*"action":"protect"/,
  );
});

test('an agent sees the list, and may not change it', async () => {
  const list = await call({ method: 'GET', path: '/protected_users?limit=1000', credentials: agent.credentials });
  expect(protectedUsers.parse(list.body).data).toEqual(
    expect.arrayContaining([expect.objectContaining({ wa_id: SAFE, protected_by: operator.arn })]),
  );
  for (const method of ['PUT', 'DELETE'] as const) {
    expect((await call({ method, path: path(SAFE), credentials: agent.credentials })).status).toBe(403);
  }
});

test('a deferred block of a user who became protected ends when they write', async () => {
  await simulator.changeUsers({ lastInboundAt: { users: [WAITING], at: null } });
  expect((await blocklist.block([WAITING], { terms: { defer: true } })).body).toMatchObject({
    block_users: { deferred_users: [{}] },
  });
  expect((await asOperator('PUT', WAITING)).body).toMatchObject({ blocked_on: [{ state: 'deferred' }] });
  await simulator.changeUsers({ lastInboundAt: { users: [WAITING], at: Date.now() } });
  await until(
    'the end of the deferred block',
    async () => {
      await forward(NUMBER, { messages: [textMessage({ from: WAITING })] });
      const { body: user } = await call({ method: 'GET', path: `${blocklist.path}/${WAITING}` });
      return Object(user).state === 'deferred' ? undefined : user;
    },
    60_000,
  );
  expect(await simulator.list(NUMBER)).not.toContain(WAITING);
});

test('a dry run says what an agent would do, and leaves everything as it is', async () => {
  await until('the protection to hold', isProtectedFor(SAFE), 60_000);
  // Whoever had read the list a moment before may have blocked them once more.
  expect((await blocklist.unblock([SAFE])).status).toBe(200);
  const calls = (await simulator.calls(NUMBER)).length;
  const stored = await countStored(NUMBER);
  const ask = async (method: 'POST' | 'DELETE', where: string, body: object) => {
    const change = {
      messaging_product: 'whatsapp',
      block_users: [{ user: SAFE }, { user: USER }, { user: 'call me' }],
    };
    const headers = { 'idempotency-key': 'dry', prefer: 'respond-async' };
    const answer = await call({
      method,
      path: where,
      body: { ...change, ...body, dry_run: true },
      headers,
      credentials: agent.credentials,
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return dryRun.parse(answer.body).dry_run;
  };
  const block = await ask('POST', blocklist.path, { reason: 'another' });
  expect(block.users).toEqual({ sent: 3, distinct: 3, new: 0, already: 1, malformed: 1, protected: 1, no_room: 0 });
  expect(block.results.map(({ input, would }) => [input, would])).toEqual([
    [SAFE, 'fail'],
    [USER, 'block'],
    ['call me', 'fail'],
  ]);
  expect((await ask('DELETE', blocklist.path, {})).users).toMatchObject({ new: 1, already: 1, malformed: 1 });
  const onBoth = await ask('POST', '/jobs', { action: 'block', phone_number_ids: [NUMBER, UNUSED] });
  expect(onBoth.numbers?.map(({ users }) => users.new)).toEqual([0, 1]);
  expect((await simulator.calls(NUMBER)).length).toBe(calls);
  expect(await countStored(NUMBER)).toBe(stored);
  expect([await simulator.calls(UNUSED), await countStored(UNUSED)]).toEqual([[], 0]);
});

test('the end of a protection lets the user be blocked again, and is 404 the second time', async () => {
  expect(await asOperator('DELETE', SAFE, { reason: 'sold' })).toMatchObject({
    status: 200,
    body: { protected: false, wa_id: SAFE },
  });
  expect((await asOperator('DELETE', SAFE)).status).toBe(404);
  await until('the end to hold', async () => (await blocklist.block([SAFE])).status === 200 || undefined, 60_000);
  expect(await simulator.list(NUMBER)).toContain(SAFE);
});
