/** The drill of docs/restore.md: a table is restored as it was at a time, adopted, reconciled, and compared with Graph user by user. */
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { adoptTable } from '../../bin/deploy/adopt-table.ts';
import { ENV } from '../../lambdas/contract/environment.ts';
import { baseUrlName, PROVIDER_NAMES } from '../../lambdas/contract/providers.ts';
import { accepted } from '../../lambdas/openapi/change.ts';
import { providerAddress } from '../../local/provider-address.ts';
import { type FakeService, runCli } from '../support/cli.ts';
import { createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

const BEFORE = phones(30, 16_505_530_000);
/** Unblocked, and blocked, between the time of the restore and now. */
const UNBLOCKED = BEFORE.slice(0, 4);
const AFTER = phones(5, 16_505_531_000);
const JOB = phones(3, 16_505_532_000);
const [TEMPORARY = '', DEFERRED = '', OURS = '', OURS_LATER = ''] = phones(4, 16_505_533_000);
const why = { reason: 'sent ads', reason_code: 'spam' };
const async = { Prefer: 'respond-async' };

let old: InProcessApi;
let api: InProcessApi;
let restored: string;
let jobs: { readonly open: string; readonly later: string };

const adopt = () =>
  adoptTable(old.dynamodb, {
    name: restored,
    hasIndex: true,
    hasOwnKey: false,
    tags: { service: 'blocklist', stage: 'prod' },
  });

beforeAll(async () => {
  old = await createInProcessApi(inject('dynamodbEndpoint'), { [ENV.jobIdleMinutes]: '0' });
  restored = `${old.tableName}-restored`;
  await old.putToken(TOKEN);
  const must = async (answer: Promise<{ status: number; body: Record<string, unknown> }>, status = 200) => {
    const { body, ...got } = await answer;
    expect({ status: got.status, body }).toMatchObject({ status });
    return body;
  };
  await must(old.block(BEFORE, { body: why }));
  await must(old.block([TEMPORARY], { body: { ...why, expires_in: 86_400 } }));
  old.simulator.control.patchOptions({ lastInboundAt: { [DEFERRED]: null } });
  await must(old.block([DEFERRED], { body: { ...why, defer: true } }));
  await must(old.call('protectUser', { user: OURS }, { body: { reason: 'ours' } }));
  const open = accepted.parse(await must(old.block(JOB, { headers: async, body: why }), 202)).job.id;

  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await old.dynamodb.send(
    new UpdateContinuousBackupsCommand({ TableName: old.tableName, PointInTimeRecoverySpecification }),
  );
  await old.dynamodb.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: old.tableName,
      TargetTableName: restored,
      UseLatestRestorableTime: true,
    }),
  );
  await waitUntilTableExists({ client: old.dynamodb, maxWaitTime: 30, minDelay: 1 }, { TableName: restored });

  await must(old.unblock(UNBLOCKED, { body: why }));
  await must(old.block(AFTER, { body: why }));
  await must(old.call('protectUser', { user: OURS_LATER }, { body: { reason: 'ours' } }));
  await old.runJob(open, 1);
  const later = accepted.parse(await must(old.block(AFTER, { headers: async, body: why }), 202)).job.id;
  jobs = { open, later };
});
afterAll(async () => {
  await old.stop();
  await api.stop();
});

/** The service's own answers to the command line. */
const service: FakeService = async ({ path }) => {
  const { pathname, searchParams } = new URL(path, 'https://api.test');
  const query = Object.fromEntries(searchParams);
  const [, number = ''] = /^\/(\d+)\/block_users$/.exec(pathname) ?? [];
  if (number !== '') return api.call('listBlockedUsers', api.targetOf(number), { query });
  return api.call('listNumbersInUse', {}, { query });
};
const compare = async () => {
  const env = { BLOCKLIST_NUMBER: undefined };
  const { exitCode, out } = await runCli(['compare', '--output', 'json'], { service, env });
  return { exitCode, data: JSON.parse(out).data };
};
const userOf = async (user: string) => (await api.call('getBlockedUser', { ...api.target, user })).body;

it('a restored table gets the settings that a restore drops, once', async () => {
  expect(await adopt()).toEqual(['time to live', 'point-in-time recovery', 'deletion protection']);
  const { dynamodb } = old;
  const { TimeToLiveDescription: ttl } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: restored }));
  expect(ttl).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  const { ContinuousBackupsDescription: backups } = await dynamodb.send(
    new DescribeContinuousBackupsCommand({ TableName: restored }),
  );
  expect(backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: restored }));
  expect(Table?.DeletionProtectionEnabled).toBe(true);
  const { Tags } = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
  expect(Tags).toEqual(expect.arrayContaining([{ Key: 'stage', Value: 'prod' }]));
  expect(await adopt()).toEqual([]);
});

it.each([
  [{ name: 'no-such-table' }, 'There is no table no-such-table in this account and region'],
  [{ hasOwnKey: true }, 'it is not encrypted with a key of KMS'],
])('a table that cannot be used is refused: %j', async (wrong, said) => {
  const asked = { name: restored, hasIndex: true, hasOwnKey: false, tags: {}, ...wrong };
  await expect(adoptTable(old.dynamodb, asked)).rejects.toThrow(said);
});

it('a comparison names each user who differs, and after a reconciliation there is none', async () => {
  // Another container, with the name of the restored table, and the same Graph.
  vi.resetModules();
  const graph = PROVIDER_NAMES.map((name) => [ENV[baseUrlName(name)], providerAddress(old.simulator.url, name)]);
  const settings = { [ENV.tableName]: restored, [ENV.jobIdleMinutes]: '0', ...Object.fromEntries(graph) };
  api = await createInProcessApi(inject('dynamodbEndpoint'), settings);
  await api.putToken(TOKEN);
  const { exitCode, data } = await compare();
  expect(exitCode).toBe(1);
  expect(data).toMatchObject([{ phone_number_id: NUMBER }]);
  expect(data[0].only_at_graph.toSorted()).toEqual([...AFTER, ...JOB].sort());
  expect(data[0].only_in_copy.toSorted()).toEqual(UNBLOCKED.toSorted());

  await api.reconcile(NUMBER);
  expect(await compare()).toMatchObject({ exitCode: 0, data: [{ only_at_graph: [], only_in_copy: [] }] });
});

it('nothing of who is blocked is lost; of why, what came after', async () => {
  const atGraph = new Set(old.simulator.control.number(NUMBER).users);
  for (const user of [...BEFORE, ...AFTER, TEMPORARY]) {
    expect({ user, blocked: (await userOf(user)).blocked }).toEqual({ user, blocked: atGraph.has(user) });
  }
  for (const user of BEFORE.slice(4)) expect(await userOf(user)).toMatchObject({ state: 'blocked', ...why });
  for (const user of UNBLOCKED) expect(await userOf(user)).toMatchObject({ state: 'unblocked' });
  for (const user of AFTER) {
    const known = await userOf(user);
    expect(known).toMatchObject({ state: 'blocked', source: 'external' });
    expect(known).not.toHaveProperty('reason');
  }
  expect(await userOf(TEMPORARY)).toMatchObject({ state: 'blocked', expires_at: expect.any(String) });
  expect(await userOf(DEFERRED)).toMatchObject({ state: 'deferred', reason: 'sent ads' });
});

it('a protection set before holds, and one set after is forgotten', async () => {
  expect((await api.call('getProtectedUser', { user: OURS })).status).toBe(200);
  expect((await api.call('getProtectedUser', { user: OURS_LATER })).status).toBe(404);
});

it('a job that was open then is open again and can be ended or cancelled; a later one is gone', async () => {
  expect((await api.call('getJob', { id: jobs.open })).body).toMatchObject({ status: 'queued' });
  await api.sweep();
  expect((await api.executions('bulk')).map(({ name }) => name)).toContain(jobs.open);
  await api.runJob(jobs.open, 1);
  expect((await api.call('getJob', { id: jobs.open })).body).toMatchObject({ status: 'succeeded' });
  expect((await api.call('getJob', { id: jobs.later })).status).toBe(404);
  // A step of the later job that is still under way ends, and touches nobody.
  await expect(api.processChunk({ jobId: jobs.later, run: 1, chunk: 0 })).rejects.toThrow('is missing');
});
