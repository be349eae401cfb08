import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, expect, inject, it } from 'vitest';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { type Key, keys } from '../../lambdas/adapters/dynamo/keys.ts';
import { fromItem, toItem } from '../../lambdas/adapters/dynamo/table.ts';
import type { NewJob } from '../../lambdas/core/ports/job-store.ts';
import { parseEntry } from '../../lambdas/core/users/entries.ts';
import { freshNumber, jobEnded } from '../support/contract-fixtures.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { JOB_IDLE_MS } from '../support/in-memory-store.ts';
import { phones } from '../support/world.ts';

const table = { client: localDynamoDb(inject('dynamodbEndpoint')), name: `batches-${process.pid}` };
const JOB_DAYS = 90;
const DAY_SECONDS = 86_400;

beforeAll(() => createTable(table.client, table.name));
const openJobs = () => new DynamoJobStore(table, { jobDays: JOB_DAYS, auditDays: 400, jobIdleMs: JOB_IDLE_MS });

async function ttlOf(key: Key): Promise<number> {
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.name, Key: toItem(key) }));
  return Number(Item && fromItem(Item).ttl);
}

function aBatch(numbers: readonly string[], createdMs: number): NewJob[] {
  const batchId = ulid(createdMs);
  const chunks = phones(2).map((user) => [parseEntry({ user })]);
  return numbers.map((phoneNumberId) => ({
    job: {
      id: `${phoneNumberId}-${batchId}`,
      batchId,
      sharedUsersKey: `${batchId}#1`,
      phoneNumberId,
      action: 'block',
      status: 'queued',
      total: 2,
      chunkCount: 2,
      run: 1,
      execution: 1,
      createdAt: new Date(createdMs).toISOString(),
      actor: 'ana',
    },
    chunks,
  }));
}

it('stores the users of a batch once, however many numbers it has', async () => {
  const numbers = Array.from({ length: 30 }, freshNumber);
  await openJobs().createJobs(aBatch(numbers, Date.now()));
  const snapshot = { TableName: table.name, FilterExpression: 'begins_with(sk, :users)' };
  const { Items = [] } = await table.client.send(
    new ScanCommand({ ...snapshot, ExpressionAttributeValues: toItem({ ':users': 'USERS#' }) }),
  );
  expect(Items).toHaveLength(2);
});

it('keeps every part of a retried job of a batch, the shared users too', async () => {
  const jobs = openJobs();
  const nowMs = Date.now();
  const [one, other] = aBatch([freshNumber(), freshNumber()], nowMs - (JOB_DAYS - 1) * DAY_SECONDS * 1000);
  if (!one || !other) throw new Error('Two jobs were asked for');
  await jobs.createJobs([one, other]);
  const { id, sharedUsersKey = '' } = one.job;
  const progress = {
    users: { total: 2, succeeded: 0, failed: 2, deferred: 0, remaining: 0 },
    chunks: { total: 2, done: 0, failed: 2 },
  };
  await jobs.finishJob(one.job, { status: 'failed', finishedAt: one.job.createdAt, progress }, jobEnded(one.job.id));
  const shared = [0, 1].map((index) => keys.sharedUsers(sharedUsersKey, index));
  const all = [keys.job(id), keys.jobEntry(id), ...[0, 1].map((index) => keys.chunk(id, index)), ...shared];
  const kept = nowMs / 1000 + (JOB_DAYS - 1) * DAY_SECONDS;
  for (const key of all) expect(await ttlOf(key)).toBeLessThan(kept);
  await jobs.reopenJob(one.job, { at: new Date(nowMs).toISOString(), actor: 'ana', retriedUsers: 1 });
  for (const key of all) expect(await ttlOf(key)).toBeGreaterThan(kept);
  expect(await ttlOf(keys.job(other.job.id))).toBeLessThan(kept);
});

it('keeps the users that a late repeat may still refer to longer than the jobs', async () => {
  const createdMs = Date.now();
  const [one] = aBatch([freshNumber()], createdMs);
  if (!one) throw new Error('A job was asked for');
  await openJobs().createJobs([one]);
  const { id, sharedUsersKey = '' } = one.job;
  const end = await ttlOf(keys.job(id));
  expect(end).toBe(Math.floor(createdMs / 1000) + JOB_DAYS * DAY_SECONDS);
  for (const key of [keys.chunk(id, 0), keys.sharedUsers(sharedUsersKey, 0)]) {
    expect(await ttlOf(key)).toBe(end + DAY_SECONDS);
  }
});

it('has no job before all of its chunks are stored', async () => {
  // DynamoDB takes the users, and no more.
  const client = localDynamoDb(inject('dynamodbEndpoint'));
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'BatchExecuteStatementCommand') throw new Error('DynamoDB is down');
      return next(args);
    },
    { step: 'initialize' },
  );
  const cut = new DynamoJobStore(
    { client, name: table.name },
    { jobDays: JOB_DAYS, auditDays: 400, jobIdleMs: JOB_IDLE_MS },
  );
  const batch = aBatch([freshNumber(), freshNumber()], Date.now());
  await expect(cut.createJobs(batch)).rejects.toThrow('DynamoDB is down');
  const batchId = batch[0]?.job.batchId ?? '';
  expect(await openJobs().getJobs(batch.map(({ job }) => job.id))).toEqual([]);
  expect(await openJobs().pageJobs({ batchId, limit: 10 })).toEqual({ jobs: [], end: undefined });
  await openJobs().createJobs(batch);
  expect((await openJobs().pageJobs({ batchId, limit: 10 })).jobs).toHaveLength(2);
});
