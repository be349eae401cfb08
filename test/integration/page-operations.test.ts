import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { type Key, keys } from '../../lambdas/adapters/dynamo/keys.ts';
import { batchPut, fromItem, toItem } from '../../lambdas/adapters/dynamo/table.ts';
import type { OperationPlace } from '../../lambdas/core/ports/blocklist-store.ts';
import { anOperation, freshNumber } from '../support/contract-fixtures.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { countReadUnits } from '../support/read-units.ts';

/** What the contract of the stores does not say of operations: what DynamoDB is asked, and how often. */
const endpoint = inject('dynamodbEndpoint');
const name = `operations-${process.pid}`;
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
const BOB = 'arn:aws:iam::111122223333:role/bob';
const DAY_MS = 86_400_000;

beforeAll(() => createTable(localDynamoDb(endpoint), name));

function open() {
  const client = localDynamoDb(endpoint);
  return { client, store: new DynamoBlocklistStore({ client, name }, retention), counted: countReadUnits(client) };
}

const at = (time: string, change = {}) => ({ operationId: ulid(Date.parse(time)), startedAt: time, ...change });

/** Writes operations unchanged, some in each call, with the marks of their days. */
async function record(number: string, times: readonly string[], change: Record<string, unknown> = {}) {
  const table = { client: localDynamoDb(endpoint), name };
  const days = new Set(times.map((time) => time.slice(0, 10)));
  await batchPut(table, [
    ...[...days].map((day) => ({ ...keys.operationDay(number, day) })),
    ...times.map((time) => {
      const operation = anOperation(number, at(time));
      const key = keys.operation(number, time, operation.operationId);
      return { ...operation, ...key, status: 'finished', ...change };
    }),
  ]);
}

async function itemAt(key: Key): Promise<Record<string, unknown> | undefined> {
  const { client } = open();
  const { Item } = await client.send(new GetItemCommand({ TableName: name, Key: toItem(key), ConsistentRead: true }));
  return Item && fromItem(Item);
}

describe('the mark of a day', () => {
  it('outlives the operations of that day', async () => {
    const number = freshNumber();
    const { store } = open();
    const last = anOperation(number, at('2026-11-01T23:59:59.999Z'));
    await store.startOperation(anOperation(number, at('2026-11-01T00:00:00.000Z')));
    await store.startOperation(last);
    const mark = await itemAt(keys.operationDay(number, '2026-11-01'));
    const operation = await itemAt(keys.operation(number, last.startedAt, last.operationId));
    expect(Number(mark?.ttl)).toBeGreaterThan(Number(operation?.ttl));
  });

  it('is written once by each container, and again if the write failed', async () => {
    const number = freshNumber();
    const { client, store } = open();
    const written: string[] = [];
    let fails = true;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== 'PutItemCommand') return next(args);
        const { sk = '' } = fromItem(Object(args.input).Item);
        written.push(String(sk).startsWith('OPSDAY#') ? String(sk) : 'operation');
        if (fails && String(sk).startsWith('OPSDAY#')) throw new Error('DynamoDB is away');
        return next(args);
      },
      { step: 'initialize' },
    );
    const first = anOperation(number, at('2026-11-01T01:00:00.000Z'));
    await expect(store.startOperation(first)).rejects.toThrow('DynamoDB is away');
    fails = false;
    await store.startOperation(first);
    await store.startOperation(anOperation(number, at('2026-11-01T02:00:00.000Z')));
    await store.startOperation(anOperation(number, at('2026-11-02T01:00:00.000Z')));
    const times = (mark: string) => written.filter((one) => one === mark).length;
    expect(times('OPSDAY#2026-11-01')).toBe(2);
    expect(times('OPSDAY#2026-11-02')).toBe(1);
    expect(times('operation')).toBe(4);
    expect((await store.pageOperations(number, { limit: 10 })).operations).toHaveLength(3);
  });
});

it('asks only for days on which something was done, over years', async () => {
  const number = freshNumber();
  await record(number, ['2020-01-01T00:00:00.000Z', '2023-05-05T00:00:00.000Z', '2026-11-01T00:00:00.000Z']);
  const { store, counted } = open();
  expect((await store.pageOperations(number, { limit: 100 })).operations).toHaveLength(3);
  // The marks, and three days.
  expect(counted.calls).toHaveLength(4);
  expect(counted.units).toBeLessThanOrEqual(4);
});

it('asks a busy day for its newest operations only, and for those of an hour', async () => {
  const number = freshNumber();
  const firstMs = Date.parse('2026-11-01T00:00:00.000Z');
  const times = Array.from({ length: 1_440 }, (_, minute) => new Date(firstMs + minute * 60_000).toISOString());
  await record(number, times);
  const { store, counted } = open();
  const { operations } = await store.pageOperations(number, { limit: 10 });
  expect(operations.map(({ startedAt }) => startedAt)).toEqual(times.slice(-10).reverse());
  expect(counted.scanned).toBeLessThanOrEqual(13);
  const before = counted.scanned;
  const span = { since: '2026-11-01T10:00:00.000Z', until: '2026-11-01T10:59:59.999Z' };
  expect((await store.pageOperations(number, { ...span, limit: 100 })).operations).toHaveLength(60);
  // A minute more at either end, and the mark.
  expect(counted.scanned - before).toBeLessThanOrEqual(63);
});

it('gives a whole page, although a query of DynamoDB ends at 1 MB', async () => {
  const number = freshNumber();
  const firstMs = Date.parse('2026-11-01T00:00:00.000Z');
  const times = Array.from({ length: 300 }, (_, index) => new Date(firstMs + index * 1_000).toISOString());
  // As those whose end is not known hold the ids of their users.
  await record(number, times, { ids: new Uint8Array(8_000), status: 'uncertain' });
  const { store, counted } = open();
  const { operations, end } = await store.pageOperations(number, { limit: 290 });
  expect(operations.map(({ startedAt }) => startedAt)).toEqual(times.slice(-290).reverse());
  expect(end).toEqual({ day: '2026-11-01', operationId: operations.at(-1)?.operationId });
  expect(counted.calls.length).toBeGreaterThan(3);
});

describe('a search for the operations of one actor', () => {
  /** Pages to the end; says how many there were, and what each cost. */
  async function search(number: string, limit = 100) {
    const { store, counted } = open();
    const pages: { found: number; calls: number; scanned: number }[] = [];
    for (let after: OperationPlace | undefined; ; ) {
      const before = { calls: counted.calls.length, scanned: counted.scanned };
      const page = await store.pageOperations(number, { actor: BOB, limit, after });
      pages.push({
        found: page.operations.length,
        calls: counted.calls.length - before.calls,
        scanned: counted.scanned - before.scanned,
      });
      after = page.end;
      if (after === undefined) return pages;
      if (pages.length > 100) throw new Error('The pages never end');
    }
  }

  it('reads a limited number of days for one page', async () => {
    const number = freshNumber();
    const firstMs = Date.parse('2025-01-01T12:00:00.000Z');
    const days = Array.from({ length: 120 }, (_, day) => new Date(firstMs + day * DAY_MS).toISOString());
    await record(number, days);
    await record(number, days.slice(0, 2), { actor: BOB });
    const pages = await search(number);
    expect(pages.map(({ found }) => found)).toEqual([0, 0, 2]);
    for (const { calls } of pages) expect(calls).toBeLessThanOrEqual(50 + 3);
  });

  it('reads a limited number of operations for one page, and continues in the middle of a day', async () => {
    const number = freshNumber();
    await record(number, ['2026-11-01T00:00:00.000Z']);
    const client = localDynamoDb(endpoint);
    const store = new DynamoBlocklistStore({ client, name }, retention);
    const asked: { limit: number; last: unknown }[] = [];
    // A long day that has only operations of other actors.
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const { ExpressionAttributeValues: values, Limit } = Object(args.input);
        const { pk, last } = Object(values && fromItem({ pk: values[':pk'], last: values[':last'] }));
        if (context.commandName !== 'QueryCommand' || !String(pk).startsWith('OPS#')) return next(args);
        asked.push({ limit: Limit, last });
        const LastEvaluatedKey = toItem({ pk, sk: `place-${asked.length}` });
        return { response: {}, output: { Items: [], ScannedCount: Limit, LastEvaluatedKey, $metadata: {} } };
      },
      { step: 'initialize' },
    );
    const { operations, end } = await store.pageOperations(number, { actor: BOB, limit: 100 });
    expect(operations).toEqual([]);
    expect(end).toEqual({ day: '2026-11-01', operationId: `place-${asked.length}` });
    expect(asked.reduce((sum, { limit }) => sum + limit, 0)).toBe(20_000);
    await store.pageOperations(number, { actor: BOB, limit: 100, after: end });
    expect(asked.at(-1)?.last).toBe(end?.operationId);
  });
});

it('refuses an item that is no operation', async () => {
  const number = freshNumber();
  const { client, store } = open();
  await record(number, ['2026-11-01T00:00:00.000Z']);
  const broken = { ...keys.operation(number, '2026-11-01T00:00:00.000Z', ulid()), operationId: 'x' };
  await client.send(new PutItemCommand({ TableName: name, Item: toItem(broken) }));
  await expect(store.pageOperations(number, { limit: 10 })).rejects.toThrow('invalid_type');
});
