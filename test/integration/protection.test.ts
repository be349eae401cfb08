/** Protected users and dry runs through the handlers, over DynamoDB and the Graph simulator. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { ENV } from '../../lambdas/contract/environment.ts';
import { accepted } from '../../lambdas/openapi/change.ts';
import { dryRun } from '../../lambdas/openapi/dry-run.ts';
import { protectedUsers } from '../../lambdas/openapi/protection.ts';
import { mirrorUser } from '../support/contract-fixtures.ts';
import { createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

const OTHER_NUMBER = '106540352242923';
const [SAFE = '', USER = '', THIRD = ''] = phones(3, 16_505_566_000);
const BSUID = 'US.13491208655302741918';

const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'), { [ENV.chunkSize]: '2' });
  await api.putToken(TOKEN);
});
afterAll(() => api.stop());
beforeEach(() => api.simulator.control.reset());

const failure = {
  code: 100,
  error_data: { details: expect.stringContaining('protected'), blocklist_code: 'protected_user' },
};
const listOf = (number = NUMBER) => api.simulator.control.number(number).users;
async function everything() {
  const { Items = [] } = await api.dynamodb.send(new ScanCommand({ TableName: api.tableName }));
  return Items.map((item) => JSON.stringify(item)).sort();
}

it('a protected user is blocked by no request and no job, on any number; the list says who asked for it', async () => {
  // Before anybody blocks here: a container reads the list of the protected once in 20 seconds.
  const store = new DynamoBlocklistStore({ client: api.dynamodb, name: api.tableName }, retention);
  await store.registerNumber(NUMBER, new Date().toISOString());
  await store.putUsers(NUMBER, [{ id: USER, prior: undefined, next: mirrorUser(USER) }]);
  const put = await api.call(
    'protectUser',
    { user: `%2B${SAFE}` },
    {
      body: { reason: 'ours' },
      headers: { 'X-On-Behalf-Of': 'ana' },
    },
  );
  expect(put).toMatchObject({ status: 200, body: { protected: true, wa_id: SAFE, blocked_on: [] } });
  // It was blocked before.
  expect((await api.call('protectUser', { user: USER })).body).toMatchObject({
    blocked_on: [{ phone_number_id: NUMBER, state: 'blocked', blocked_at: expect.any(String) }],
  });

  const direct = await api.block([SAFE, THIRD], { phoneNumberId: OTHER_NUMBER });
  expect(direct).toMatchObject({
    status: 400,
    body: { block_users: { added_users: [{ wa_id: THIRD }], failed_users: [{ input: SAFE, errors: [failure] }] } },
  });
  const { job } = accepted.parse(
    (await api.block([SAFE, THIRD, BSUID], { headers: { Prefer: 'respond-async' } })).body,
  );
  await api.runJob(job.id, 2);
  expect((await api.call('getJob', { id: job.id })).body).toMatchObject({ users: { succeeded: 2, failed: 1 } });
  expect(listOf()).not.toContain(SAFE);
  expect(listOf(OTHER_NUMBER)).toEqual([THIRD]);
  const history = await api.call('getUserHistory', { ...api.target, user: SAFE });
  expect(history.body).toMatchObject({ data: [{ action: 'block', outcome: 'failed', code: 100, job_id: job.id }] });

  const { data } = protectedUsers.parse((await api.call('listProtectedUsers', {})).body);
  expect(data.map(({ wa_id }) => wa_id)).toEqual([SAFE, USER]);
  expect(data[0]).toMatchObject({ reason: 'ours', on_behalf_of: 'ana' });
  for (const user of [SAFE, USER]) {
    expect((await api.call('unprotectUser', { user })).body).toEqual({ protected: false, wa_id: user });
    expect((await api.call('unprotectUser', { user })).status).toBe(404);
  }
});

it('a dry run of any kind leaves the table and Graph as they are, and says what each would do', async () => {
  const users = [...phones(5, 16_505_567_000), 'call me'];
  const [known = ''] = users;
  expect((await api.block([known])).status).toBe(200);
  const before = await everything();
  const calls = api.simulator.control.calls().length;
  const executions = (await api.executions('bulk')).length;
  const headers = { 'Idempotency-Key': 'dry', Prefer: 'respond-async' };
  const dry = { dry_run: true };
  const block = dryRun.parse((await api.block(users, { body: dry, headers })).body).dry_run;
  expect(block.users).toEqual({ sent: 6, distinct: 6, new: 4, already: 1, malformed: 1, protected: 0, no_room: 0 });
  expect(block.results.map(({ input, would }) => [input, would])).toEqual([
    [known, 'nothing'],
    ['call me', 'fail'],
  ]);
  const unblock = dryRun.parse((await api.unblock(users, { body: dry })).body).dry_run;
  expect(unblock.users).toMatchObject({ new: 1, already: 4, malformed: 1 });
  // A number that was never used is not put into use.
  const numbers = [NUMBER, '106540352249999'];
  const body = { action: 'block', phone_number_ids: numbers, block_users: users.map((user) => ({ user })), ...dry };
  const jobs = dryRun.parse((await api.call('createJobs', {}, { body, headers })).body).dry_run;
  expect(jobs.numbers?.map(({ users: counts }) => counts.new)).toEqual([4, 5]);
  expect(jobs.users).toMatchObject({ sent: 12, new: 9, already: 1, malformed: 2 });

  expect(await everything()).toEqual(before);
  expect(api.simulator.control.calls().length).toBe(calls);
  expect((await api.executions('bulk')).length).toBe(executions);
  expect(z.array(z.string()).parse(listOf())).toContain(known);
});
