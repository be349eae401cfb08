import {
  DeleteItemCommand,
  GetItemCommand,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { type Key, keys, shardOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { DynamoEventOutbox } from '../../lambdas/adapters/dynamo/outbox-store.ts';
import { fromItem, type Item, toItem } from '../../lambdas/adapters/dynamo/table.ts';
import type { AuditEvent } from '../../lambdas/core/history/audit-event.ts';
import { anOperation, auditEvent, freshNumber, jobEnded, mirrorUser, ofSize } from '../support/contract-fixtures.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { phone } from '../support/fake-graph.ts';
import { JOB_IDLE_MS } from '../support/in-memory-store.ts';
import { documented, KIND_NAMES, kindsOf } from '../support/item-kinds.ts';
import { storeContract } from '../support/store-contract.ts';

const table = { client: localDynamoDb(inject('dynamodbEndpoint')), name: `contract-${process.pid}` };
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };

beforeAll(() => createTable(table.client, table.name));

const open = () => new DynamoBlocklistStore(table, retention);
const openJobs = () => new DynamoJobStore(table, { ...retention, jobIdleMs: JOB_IDLE_MS });

/** An item as the table has it. */
async function itemAt(key: Key): Promise<Record<string, unknown> | undefined> {
  const read = new GetItemCommand({ TableName: table.name, Key: toItem(key), ConsistentRead: true });
  const { Item } = await table.client.send(read);
  return Item && fromItem(Item);
}

storeContract('DynamoDB', () => ({ store: open(), jobs: openJobs(), outbox: new DynamoEventOutbox(table) }));

it('gives a whole page of history, although a query of DynamoDB ends at 1 MB', async () => {
  const number = freshNumber();
  const store = open();
  const events = Array.from({ length: 900 }, (_, index): AuditEvent => {
    const at = new Date(Date.parse('2026-11-01T00:00:00.000Z') + index * 1000).toISOString();
    const reason = '話'.repeat(256);
    return {
      user: '16505550001',
      at,
      operationId: `op-${index}`,
      action: 'block',
      outcome: 'succeeded',
      actor: 'a'.repeat(600),
      reason,
      source: 'api',
    };
  });
  await store.appendEvents(number, events);
  expect(await store.pageEvents(number, ['16505550001'], { limit: 850 })).toHaveLength(850);
});

it('finds a few blocked users among many unblocked ones in a bounded number of reads', async () => {
  const number = freshNumber();
  const gone = Array.from({ length: 3_000 }, (_, index) =>
    mirrorUser(`1650555${String(index).padStart(4, '0')}`, { state: 'unblocked' }),
  );
  const last = mirrorUser('16505559999');
  await open().putUsers(
    number,
    [...gone, last].map((next) => ({ id: next.user, prior: undefined, next })),
  );
  const client = localDynamoDb(inject('dynamodbEndpoint'));
  let queries = 0;
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'QueryCommand') queries += 1;
      return next(args);
    },
    { step: 'initialize' },
  );
  const store = new DynamoBlocklistStore({ ...table, client }, retention);
  const page = await store.pageBlocked(number, { limit: 1 });
  expect(page.users.map(({ user }) => user)).toEqual([last.user]);
  expect(queries).toBeLessThan(16 * 8);
});

it('lists the whole mirror, although a query of DynamoDB ends at 1 MB', async () => {
  const number = freshNumber();
  const inOneShard = Array.from({ length: 20_000 }, (_, index) => String(16_505_550_000 + index))
    .filter((user) => shardOf(user) === 3)
    .slice(0, 700);
  await open().putUsers(
    number,
    inOneShard.map((user) => ({
      id: user,
      prior: undefined,
      next: mirrorUser(user, { reason: '話'.repeat(256), onBehalfOf: 'a'.repeat(900) }),
    })),
  );
  const listed: string[] = [];
  for await (const page of open().listMirror(number)) {
    listed.push(...page.map((item) => ('aliasOf' in item ? item.id : item.user)));
  }
  expect(listed.sort()).toEqual(inOneShard);
});

it('reads the size of a list consistently if that was requested', async () => {
  const client = localDynamoDb(inject('dynamodbEndpoint'));
  const consistent: unknown[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      consistent.push(Object(args.input).ConsistentRead);
      return next(args);
    },
    { step: 'initialize' },
  );
  const store = new DynamoBlocklistStore({ ...table, client }, retention);
  await store.getSummary(freshNumber());
  await store.getSummary(freshNumber(), true);
  expect(consistent).toEqual([false, true]);
});

describe('an unblocked user expires, and a blocked user stays', () => {
  const next = (state: 'blocked' | 'unblocked', revision: number) => mirrorUser('16505550001', { state, revision });
  const event = auditEvent('16505550001', '2026-11-01T13:00:00.000Z', { operationId: 'op-1' });

  it.each(['putUsers', 'putUsersWithEvents'] as const)('by %s', async (method) => {
    const number = freshNumber();
    const store = open();
    const write = (prior: ReturnType<typeof next> | undefined, then: ReturnType<typeof next>) =>
      store[method](number, [{ id: then.user, prior, next: then, event }]);
    const expires = async () => (await itemAt(keys.user(number, '16505550001')))?.ttl;
    await write(undefined, next('unblocked', 1));
    expect(await expires()).toBeGreaterThan(Date.now() / 1000 + (retention.tombstoneDays - 1) * 86_400);
    await write(next('unblocked', 1), next('blocked', 2));
    expect(await expires()).toBeUndefined();
    await write(next('blocked', 2), next('unblocked', 3));
    expect(await expires()).toBeGreaterThan(Date.now() / 1000);
  });
});

describe('an operation', () => {
  const delta = ofSize(2);
  const completion = { status: 'finished', succeeded: 2, failed: 0, deferred: 0, delta, durationMs: 40 } as const;
  const keyOf = ({ phoneNumberId, startedAt, operationId }: ReturnType<typeof anOperation>) =>
    keys.operation(phoneNumberId, startedAt, operationId);

  it('is found for its own number only, even if another number shares its index partition', async () => {
    const number = freshNumber();
    const other = Array.from({ length: 500 }, (_, index) => `${number}${index}`).find(
      (id) => shardOf(id) === shardOf(number),
    );
    const store = open();
    await store.startOperation(anOperation(number));
    await store.startOperation(anOperation(other ?? ''));
    expect((await store.listOpenOperations(number)).map(({ phoneNumberId }) => phoneNumberId)).toEqual([number]);
  });

  it('keeps its users, and stays in the index, until its end is known', async () => {
    for (const end of ['finished', 'resolved']) {
      const store = open();
      const one = anOperation(freshNumber(), { ids: ['16505550001', '16505550002'] });
      await store.startOperation(one);
      expect(await itemAt(keyOf(one))).toMatchObject({ ids: expect.any(Uint8Array), scheduledAt: expect.any(String) });
      await store.completeOperation(one, { ...completion, status: end === 'finished' ? 'finished' : 'uncertain' });
      if (end === 'resolved') {
        expect(await itemAt(keyOf(one))).toMatchObject({ status: 'uncertain', ids: expect.any(Uint8Array) });
        await store.resolveOperation({ ...one, status: 'uncertain' }, { succeeded: 2, failed: 0 });
      }
      const item = await itemAt(keyOf(one));
      expect(item).toMatchObject({ status: end, succeeded: 2, failed: 0 });
      for (const name of ['ids', 'scheduledAt', 'scheduledBucket']) expect(item).not.toHaveProperty(name);
    }
  });

  it('keeps the end that came first, whether completed or resolved', async () => {
    const store = open();
    const completed = anOperation(freshNumber());
    await store.startOperation(completed);
    await store.completeOperation(completed, completion);
    await store.resolveOperation({ ...completed, status: 'started' }, { succeeded: 0, failed: 2, code: 10 });
    const finished = await itemAt(keyOf(completed));
    expect(finished).toMatchObject({ status: 'finished', succeeded: 2, failed: 0 });
    expect(finished).not.toHaveProperty('code');

    const resolved = anOperation(freshNumber());
    await store.startOperation(resolved);
    await store.resolveOperation({ ...resolved, status: 'started' }, { succeeded: 0, failed: 2, code: 10 });
    await store.completeOperation(resolved, completion);
    expect(await itemAt(keyOf(resolved))).toMatchObject({ status: 'resolved', succeeded: 0, failed: 2, code: 10 });
  });
});

it('does not count a job as open that ended before the index was updated', async () => {
  const number = freshNumber();
  const jobs = openJobs();
  const id = `${number}-${ulid()}`;
  const job = { id, phoneNumberId: number, action: 'block', status: 'queued', total: 0, chunkCount: 0 } as const;
  const createdAt = new Date().toISOString();
  await jobs.createJob({ ...job, run: 1, execution: 1, createdAt, actor: 'ana' }, [], undefined);
  expect(await jobs.listOpenJobs([number])).toMatchObject([{ id }]);
  await table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: toItem(keys.job(id)),
      UpdateExpression: 'SET #status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: toItem({ ':status': 'succeeded' }),
    }),
  );
  expect(await jobs.listOpenJobs([number])).toEqual([]);
});

it('skips a job that has expired, and continues after it', async () => {
  const number = freshNumber();
  const jobs = openJobs();
  // Newer than any other job of the table.
  const ids = [1, 2, 3].map((hour) => `${number}-${ulid(Date.parse('2040-01-01T00:00:00.000Z') + hour)}`);
  for (const id of ids) {
    const job = { id, phoneNumberId: number, action: 'block', status: 'queued', total: 0, chunkCount: 0 } as const;
    const createdAt = new Date().toISOString();
    await jobs.createJob({ ...job, run: 1, execution: 1, createdAt, actor: 'ana' }, [], undefined);
  }
  await table.client.send(new DeleteItemCommand({ TableName: table.name, Key: toItem(keys.job(ids[1] ?? '')) }));
  const first = await jobs.pageJobs({ limit: 2 });
  expect(first.jobs.map(({ id }) => id)).toEqual([ids[2]]);
  expect(first.end).toBe(ids[1]);
  expect((await jobs.pageJobs({ limit: 1, after: first.end })).jobs.map(({ id }) => id)).toEqual([ids[0]]);
});

it('keeps every part of a retried job as long as those of a new one', async () => {
  const number = freshNumber();
  const jobs = openJobs();
  const nowMs = Date.now();
  const createdMs = nowMs - (retention.jobDays - 1) * 86_400_000;
  const id = `${number}-${ulid(createdMs)}`;
  const counts = { total: 2, chunkCount: 2, run: 1, execution: 1 };
  const createdAt = new Date(createdMs).toISOString();
  const job = {
    id,
    phoneNumberId: number,
    action: 'block',
    status: 'queued',
    ...counts,
    createdAt,
    actor: 'ana',
  } as const;
  const chunks = ['16505550001', '16505550002'].map((user) => [{ input: user, identity: phone(user) }]);
  await jobs.createJob(job, chunks, undefined);
  const { chunk } = await jobs.loadChunk(id, 0);
  await jobs.saveChunk(
    id,
    { ...chunk, status: 'failed', failed: 1, revision: 2 },
    { outcomes: { placed: [], pending: [] } },
  );
  const progress = {
    users: { total: 2, succeeded: 1, failed: 1, deferred: 0, remaining: 0 },
    chunks: { total: 2, done: 1, failed: 1 },
  };
  await jobs.finishJob(job, { status: 'partially_failed', finishedAt: createdAt, progress }, jobEnded(job.id));
  const all = [
    keys.job(id),
    keys.jobEntry(id),
    ...[0, 1].flatMap((index) => [keys.chunk(id, index), keys.chunkUsers(id, index)]),
  ];
  const expiries = () =>
    Promise.all([...all, keys.chunkOutcomes(id, 0)].map(async (key) => Number((await itemAt(key))?.ttl)));
  const kept = nowMs / 1000 + (retention.jobDays - 1) * 86_400;
  expect(Math.min(...(await expiries()))).toBeLessThan(kept);
  await jobs.reopenJob(job, { at: new Date(nowMs).toISOString(), actor: 'ana', retriedUsers: 1 });
  for (const expiry of await expiries()) expect(expiry).toBeGreaterThan(kept);
  expect(await itemAt(keys.chunkOutcomes(id, 1))).toBeUndefined();
});

describe('every item that the stores wrote in here', () => {
  let items: Item[];
  beforeAll(async () => {
    items = [];
    let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
    do {
      const page = await table.client.send(new ScanCommand({ TableName: table.name, ExclusiveStartKey }));
      items.push(...(page.Items ?? []).map((item) => fromItem(item)));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  });

  it('is of a documented kind, and each kind is among them', () => {
    for (const item of items)
      expect([item.pk, item.sk, kindsOf(item)]).toEqual([item.pk, item.sk, [expect.any(String)]]);
    expect(new Set(items.flatMap(kindsOf))).toEqual(new Set(KIND_NAMES));
    expect([...documented().keys()].sort()).toEqual([...KIND_NAMES].sort());
  });

  it('has a ttl, or is of a kind that is documented to have none', () => {
    for (const [kind, { ends, why }] of documented()) {
      const found = items.filter((item) => kindsOf(item).includes(kind));
      const endless = found.filter(({ ttl }) => typeof ttl !== 'number').length;
      expect(`${kind}: ${endless}`).toBe(`${kind}: ${ends === 'never' ? found.length : 0}`);
      if (ends === 'never') expect(why.length).toBeGreaterThan(20);
    }
  });
});
