import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { type Control, startDynamoDbEmulator } from '../../bench/dynamodb-emulator/server.ts';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { DynamoEventOutbox } from '../../lambdas/adapters/dynamo/outbox-store.ts';
import { batchPut, insert, toItem } from '../../lambdas/adapters/dynamo/table.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { JOB_IDLE_MS } from '../support/in-memory-store.ts';
import { storeContract } from '../support/store-contract.ts';

const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
const TableName = `emulator-${process.pid}`;

let emulator: Awaited<ReturnType<typeof startDynamoDbEmulator>>;
let here: DynamoDBClient;
/** Sets the emulator, and gives what was counted until now. */
const control = (set?: Control) => emulator.control(set);
const there = localDynamoDb(inject('dynamodbEndpoint'));
// The stores never ask what a call takes, so the emulator does not say it: it counts.
there.middlewareStack.add(
  (next) => (args) => {
    Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
    return next(args);
  },
  { step: 'initialize' },
);
beforeAll(async () => {
  emulator = await startDynamoDbEmulator(0);
  here = localDynamoDb(emulator.url);
  await createTable(there, TableName);
});
afterAll(() => emulator.stop());

storeContract('The emulator of DynamoDB', () => {
  const table = { client: here, name: TableName };
  return {
    store: new DynamoBlocklistStore(table, retention),
    jobs: new DynamoJobStore(table, { ...retention, jobIdleMs: JOB_IDLE_MS }),
    outbox: new DynamoEventOutbox(table),
  };
});

const capacity = z.object({ CapacityUnits: z.number() });
const answer = z.object({
  Item: z.optional(z.unknown()),
  Items: z.optional(z.unknown()),
  Count: z.optional(z.unknown()),
  ScannedCount: z.optional(z.unknown()),
  LastEvaluatedKey: z.optional(z.unknown()),
  Responses: z.optional(z.unknown()),
  ConsumedCapacity: z.optional(z.union([capacity, z.array(capacity)])),
});
const refusal = z.object({
  name: z.enum(['ConditionalCheckFailedException', 'TransactionCanceledException', 'ValidationException']),
  CancellationReasons: z.optional(z.array(z.object({ Code: z.string() }))),
});

type Send = (client: DynamoDBClient) => Promise<unknown>;

const taken = async () => {
  const { readUnits, writeUnits } = await control();
  return readUnits + writeUnits;
};

/** The answer that a caller gets, with the units that it took, or the refusal. The wording of an error is not compared. */
async function answerOf(client: DynamoDBClient, send: Send) {
  const before = await taken();
  const result = await send(client).then(
    (output) => ({ output }),
    (error: unknown) => ({ error }),
  );
  if ('error' in result) return { refused: refusal.parse(result.error) };
  const { Responses, ConsumedCapacity = [], ...rest } = answer.parse(result.output);
  const told = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  const units = client === here ? (await taken()) - before : told;
  return { ...rest, units, Responses: JSON.parse(JSON.stringify(Responses ?? null, withoutWording)) };
}

const withoutWording = (key: string, value: unknown) => (key === 'Message' ? undefined : value);

const sized = (pk: string, bytes: number, more: object = {}) =>
  // The keys, their names, and a filler of one letter's name.
  ({ pk, sk: 'a', f: 'x'.repeat(bytes - 4 - pk.length - 1 - 1), ...more });
const put = (item: object, more: object = {}): Send => {
  return (client) => client.send(new PutItemCommand({ TableName, Item: toItem(item), ...more }));
};
interface UpdateParts {
  values?: object;
  ExpressionAttributeNames?: Record<string, string>;
  ConditionExpression?: string;
}
const update = (pk: string, UpdateExpression: string, { values, ...more }: UpdateParts = {}): Send => {
  const expression = { UpdateExpression, ExpressionAttributeValues: values && toItem(values), ...more };
  return (client) => client.send(new UpdateItemCommand({ TableName, Key: toItem({ pk, sk: 'a' }), ...expression }));
};
const get = (pk: string, more: object = {}): Send => {
  return (client) => client.send(new GetItemCommand({ TableName, Key: toItem({ pk, sk: 'a' }), ...more }));
};
const query = (KeyConditionExpression: string, values: object, more: object = {}): Send => {
  const expression = { KeyConditionExpression, ExpressionAttributeValues: toItem(values), ...more };
  return (client) => client.send(new QueryCommand({ TableName, ...expression }));
};
const statements = (...Statements: { Statement: string; Parameters: ReturnType<typeof toItem>[string][] }[]): Send => {
  return (client) => client.send(new BatchExecuteStatementCommand({ Statements }));
};
const transact = (...TransactItems: object[]): Send => {
  return (client) => client.send(new TransactWriteItemsCommand({ TransactItems }));
};
const inserted = (item: object) => {
  const { Statement = '', Parameters = [] } = insert(TableName, toItem(item));
  return { Statement, Parameters };
};
const batch = (...items: object[]): Send => {
  const requests = items.map((item) => ({ PutRequest: { Item: toItem(item) } }));
  return (client) => client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
};
const scheduled = (scheduledBucket: string, scheduledAt: string) => ({ scheduledBucket, scheduledAt });
const unless = { ConditionExpression: 'attribute_not_exists(pk)' };
const inScheduled = (more: object = {}) =>
  query('scheduledBucket = :b', { ':b': 'B' }, { IndexName: 'scheduled', ...more });
const counted = { ExpressionAttributeNames: { '#n': 'n' } };

/** One after the other, on the same table. */
const STEPS: readonly (readonly [string, Send])[] = [
  ['a put of 1 KB', put(sized('kb', 1024))],
  ['a put of a byte more', put(sized('kb+', 1025))],
  ['a put of something small over something large', put(sized('kb+', 100))],
  ['a put whose condition fails', put(sized('kb', 100), unless)],
  ['a number of 38 digits at the edge of 1 KB', put(sized('n', 1024 - 21, { n: 1234567890123456 }))],
  ['a put into the index', put({ pk: 'i', sk: 'a', ...scheduled('B', '2026-01-02') })],
  ['a put that keeps its place there', put({ pk: 'i', sk: 'a', x: 1, ...scheduled('B', '2026-01-02') })],
  ['a put that moves there', put({ pk: 'i', sk: 'a', ...scheduled('B', '2026-01-03') })],
  ['an update that moves there', update('i', 'SET scheduledAt = :at', { values: { ':at': '2026-01-04' } })],
  ['an update out of it', update('i', 'REMOVE scheduledBucket, scheduledAt')],
  ['half of a place', put({ pk: 'h', sk: 'a', scheduledAt: '2026-01-02' })],
  ['a count that begins', update('c', 'ADD #n :one', { values: { ':one': 2 }, ...counted })],
  ['a count that goes on', update('c', 'ADD #n :one', { values: { ':one': -5 }, ...counted })],
  ['what was counted', get('c')],
  [
    'a value in its place',
    update('c', 'SET m = if_not_exists(#n, :one), #n = if_not_exists(m, :one)', { values: { ':one': 1 }, ...counted }),
  ],
  ['what was put there', get('c', { ConsistentRead: true })],
  [
    'a list that begins',
    update('c', 'SET l = list_append(if_not_exists(l, :none), :one)', { values: { ':one': [1], ':none': [] } }),
  ],
  [
    'a list that goes on',
    update('c', 'SET l = list_append(if_not_exists(l, :none), :one)', { values: { ':one': [2], ':none': [] } }),
  ],
  ['what was listed', get('c', { ConsistentRead: true })],
  ['a count of what is no number', update('i', 'ADD sk :one', { values: { ':one': 1 } })],
  ['a change of the key', update('c', 'SET sk = :one', { values: { ':one': 'b' } })],
  ['a value that is not given', update('c', 'SET m = :two', { values: { ':one': 1 } })],
  ['unlike what is not there', put(sized('kb', 50), { ConditionExpression: 'z <> :a', ...values({ ':a': 1 }) })],
  ['less than what is not there', put(sized('kb', 50), { ConditionExpression: 'z < :a', ...values({ ':a': 1 }) })],
  ['a read of nothing', get('nobody')],
  ['an update that grows', update('kb+', 'SET f = :f', { values: { ':f': 'x'.repeat(2_000) } })],
  ['a batch', batch(sized('b1', 1024), sized('b2', 1500), { pk: 'b3', sk: 'a', ...scheduled('B', '2026-01-05') })],
  ['a batch with an item twice', batch(sized('b1', 100), sized('b1', 200))],
  [
    'a transaction',
    transact({ Put: { TableName, Item: toItem({ ...sized('t1', 1025), ...scheduled('B', '2026-01-06') }) } }),
  ],
  [
    'a transaction that is cancelled',
    transact(
      { Put: { TableName, Item: toItem(sized('t2', 100)) } },
      { Put: { TableName, Item: toItem(sized('t1', 100)), ...unless } },
    ),
  ],
  ['what a cancelled transaction left', get('t2')],
  ['inserts', statements(inserted(sized('p1', 500)), inserted(sized('b1', 500)))],
  [
    'updates by statement',
    statements(...['p1', 'nobody'].map((pk) => updating(`SET "g" = ? REMOVE "f" WHERE "pk" = ? AND "sk" = ?`, pk))),
  ],
  ['what they made', get('p1')],
  ['an empty key', put({ pk: '', sk: 'a' })],
  ['a place of the wrong type', put({ pk: 'w', sk: 'a', scheduledBucket: 1, scheduledAt: 'x' })],
  ['the index', inScheduled()],
  ['its first', inScheduled({ Limit: 1 })],
  ['its last', inScheduled({ Limit: 1, ScanIndexForward: false })],
  [
    'behind its first',
    inScheduled({ ExclusiveStartKey: toItem({ pk: 'b3', sk: 'a', ...scheduled('B', '2026-01-05') }) }),
  ],
  [
    'a part of it by the table’s key',
    query(
      'scheduledBucket = :b AND scheduledAt > :x',
      { ':b': 'B', ':x': '2026', ':t': 't' },
      filteredBy('begins_with(pk, :t)'),
    ),
  ],
  ['a query of nothing', query('pk = :p', { ':p': 'nobody' })],
  ['a query without a partition', query('sk = :p', { ':p': 'a' })],
];

/** Each of an item with a text, two numbers and a map: whether it is put again over itself. */
const CONDITIONED = { pk: 'c', sk: 'a', state: 'b', n: 9, failure: { code: 1 }, big: 2n ** 60n + 1n };
const CONDITIONS = [
  '#s = :a',
  'nothing = :a',
  '#n < :ten',
  '#n >= :ten',
  '#n > :a',
  'begins_with(#s, :b)',
  'NOT #s IN (:a, :b)',
  'attribute_exists(failure)',
  'attribute_not_exists(failure)',
  // AND binds before OR, NOT before both.
  '#s = :b OR #s = :a AND #s = :c',
  '(#s = :b OR #s = :a) AND #s = :c',
  'NOT #s = :b OR #s = :b',
  'NOT (#s = :b OR #s = :b)',
];
const RANGES = ['sk < :b', 'sk <= :b', 'sk > :b', 'sk >= :b', 'sk BETWEEN :a AND :b', 'begins_with(sk, :b)'];

/** Put under a condition, with those names and values that it uses. */
const conditionally = (ConditionExpression: string): Send => {
  const used = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(ConditionExpression)));
  const given = used({ ':a': 'a', ':b': 'b', ':c': 'c', ':ten': 10, ':big': 2n ** 60n });
  const placed = used({ '#s': 'state', '#n': 'n' });
  const names = Object.keys(placed).length > 0 && { ExpressionAttributeNames: placed };
  return put(CONDITIONED, { ConditionExpression, ...names, ...(Object.keys(given).length > 0 && values(given)) });
};

function values(given: object) {
  return { ExpressionAttributeValues: toItem(given) };
}

function filteredBy(FilterExpression: string) {
  return { IndexName: 'scheduled', FilterExpression };
}

function updating(clauses: string, pk: string) {
  return { Statement: `UPDATE "${TableName}" ${clauses}`, Parameters: [{ S: 'new' }, { S: pk }, { S: 'a' }] };
}

describe('The emulator gives the answers of MiniStack, and the same units', () => {
  beforeAll(() => control({ clear: true }));

  it.each(STEPS)('of %s', async (_, send) => {
    expect(await answerOf(here, send)).toEqual(await answerOf(there, send));
  });

  it('of each condition', async () => {
    for (const client of [here, there]) await put(CONDITIONED)(client);
    for (const expression of CONDITIONS) {
      const send = conditionally(expression);
      expect([expression, await answerOf(here, send)]).toEqual([expression, await answerOf(there, send)]);
    }
  });

  it('and compares large numbers exactly', async () => {
    await put(CONDITIONED)(here);
    expect(await answerOf(here, conditionally('big > :big'))).toMatchObject({ units: 1 });
    expect(await answerOf(here, conditionally('big = :big'))).toHaveProperty('refused');
  });

  it('of each key condition', async () => {
    const items = ['a', 'b', 'bb', 'c'].map((sk) => ({ pk: 'k', sk }));
    for (const client of [here, there]) await batchPut({ client, name: TableName }, items);
    for (const range of RANGES) {
      const given = { ':k': 'k', ...(range.includes(':a') && { ':a': 'a' }), ':b': 'b' };
      const send = query(`pk = :k AND ${range}`, given);
      expect([range, await answerOf(here, send)]).toEqual([range, await answerOf(there, send)]);
    }
  });

  it('of a query that ends at 1 MB, page by page', async () => {
    const items = Array.from({ length: 1_100 }, (_, index) => ({
      pk: 'pages',
      sk: String(index).padStart(4, '0'),
      state: index % 10 === 0 ? 'kept' : 'passed over',
      reason: '話'.repeat(400),
    }));
    for (const client of [here, there]) await batchPut({ client, name: TableName }, items);
    const key = { ExpressionAttributeNames: { '#state': 'state' }, FilterExpression: '#state = :kept' };
    const page = (ExclusiveStartKey: object | undefined, ScanIndexForward: boolean) =>
      query(
        'pk = :p AND sk > :s',
        { ':p': 'pages', ':s': '0005', ':kept': 'kept' },
        {
          ...key,
          ExclusiveStartKey,
          ScanIndexForward,
        },
      );
    for (const forward of [true, false]) {
      let start: object | undefined;
      let pages = 0;
      do {
        // MiniStack takes half a unit for a page of any size.
        const [own, other] = await Promise.all([here, there].map((client) => answerOf(client, page(start, forward))));
        expect({ ...own, units: undefined }).toEqual({ ...other, units: undefined });
        start = z.object({ LastEvaluatedKey: z.optional(z.looseObject({})) }).parse(own).LastEvaluatedKey;
        pages += 1;
      } while (start);
      expect(pages).toBe(2);
    }
  });
});

/** AWS's own rules, for which MiniStack is known to count less: one step for a read of any size, and none for BatchGetItem. */
describe('The emulator counts the units of AWS', () => {
  beforeEach(async () => {
    await control({ clear: true });
    for (const [pk, bytes] of [
      ['small', 100],
      ['full', 4096],
      ['more', 4097],
      ['large', 9_000],
    ] as const) {
      await put(sized(pk, bytes))(here);
    }
    await control({ resetCounts: true });
  });

  const batchGet = (ConsistentRead: boolean): Send => {
    const Keys = ['small', 'full', 'more', 'large', 'nobody'].map((pk) => toItem({ pk, sk: 'a' }));
    const RequestItems = { [TableName]: { Keys, ConsistentRead } };
    return (client) => client.send(new BatchGetItemCommand({ RequestItems }));
  };
  const eight = (client: DynamoDBClient) =>
    batchPut(
      { client, name: TableName },
      Array.from({ length: 8 }, (_, index) => ({ ...sized('eight', 1024), sk: String(index) })),
    );

  it.each([
    ['4 KB read at once', get('full'), 0.5],
    ['a byte more, consistently', get('more', { ConsistentRead: true }), 2],
    [
      'each item of a batch by itself, and a step for one that is not there',
      batchGet(false),
      0.5 * (1 + 1 + 2 + 3 + 1),
    ],
    ['a batch that is consistent', batchGet(true), 8],
    [
      'a query by the sum of its items, before the filter',
      async (client) => {
        await eight(client);
        await control({ resetCounts: true });
        return query('pk = :p', { ':p': 'eight', ':no': 'no' }, { FilterExpression: 'f = :no' })(client);
      },
      1,
    ],
  ] satisfies [string, Send, number][])('for %s', async (_, send, expected) => {
    await send(here);
    expect(await control()).toMatchObject({ readUnits: expected, writeUnits: 0 });
  });

  it.each([
    ['a failed condition, by the larger of both items', put(sized('small', 2_000), unless), 2],
    ['a failed update', update('large', 'SET g = :g', { values: { ':g': 'x' }, ConditionExpression: 'g = :g' }), 9],
    ['a cancelled transaction', transact({ Put: { TableName, Item: toItem(sized('more', 50)), ...unless } }), 10],
    [
      'statements by their size, refused ones too',
      statements(inserted(sized('p', 2_000)), inserted(sized('large', 50))),
      11,
    ],
    [
      'a statement that makes an entry of the index',
      statements(inserted({ pk: 'x', sk: 'a', ...scheduled('B', 'x') })),
      2,
    ],
  ] satisfies [string, Send, number][])('for %s', async (_, send, expected) => {
    await answerOf(here, send);
    expect(await control()).toMatchObject({ readUnits: 0, writeUnits: expected });
  });

  it('and the calls and their bytes', async () => {
    await get('small')(here);
    await answerOf(here, put(sized('small', 50), unless));
    const { calls, bytesIn } = await control();
    expect(calls).toEqual({ GetItem: 1, PutItem: 1 });
    expect(bytesIn).toBeGreaterThan(150);
  });
});

describe('The emulator', () => {
  it('answers after its latency, neither earlier nor much later', async () => {
    await get('nobody')(here);
    await control({ latencyMs: 30 });
    const times: number[] = [];
    // One by one, and the best of them: the machine may be busy, but is not always.
    for (let call = 0; call < 10; call += 1) {
      const startedAt = performance.now();
      await get('nobody')(here);
      times.push(performance.now() - startedAt);
    }
    await control({ latencyMs: 0 });
    // Half a millisecond is what a timer of whole milliseconds may be off.
    expect(Math.min(...times)).toBeGreaterThan(29.5);
    expect(Math.min(...times)).toBeLessThan(60);
  });

  it('runs a transaction once if it is repeated under its token', async () => {
    await control({ clear: true });
    const add = { Key: toItem({ pk: 'c', sk: 'a' }), UpdateExpression: 'ADD n :one', ...values({ ':one': 1 }) };
    const again = { ClientRequestToken: 'token', TransactItems: [{ Update: { TableName, ...add } }] };
    for (let attempt = 0; attempt < 3; attempt += 1) await here.send(new TransactWriteItemsCommand(again));
    expect(await answerOf(here, get('c'))).toMatchObject({ Item: toItem({ pk: 'c', sk: 'a', n: 1 }) });
  });

  it.each([
    ['a function', put({ pk: 'l', sk: 'a' }, { ConditionExpression: 'size(f) > :a', ...values({ ':a': 1 }) }), 'size'],
    ['a path', update('l', 'SET a.b = :a', { values: { ':a': 1 } }), '.b'],
    ['a clause', update('l', 'DELETE a :a', { values: { ':a': 1 } }), 'DELETE'],
    ['a sum', update('l', 'SET a = b + :a', { values: { ':a': 1 } }), 'b + :a'],
    ['a clause twice', update('l', 'SET a = :a SET b = :a', { values: { ':a': 1 } }), 'SET b'],
    ['an end', conditionally('NOT (#s = :a OR #s = :b'), '(state = :a'],
    ['an order of parentheses', conditionally('(#s = :a) (#s = :b)'), 'state = :a) (state = :b'],
    ['a list', conditionally('#s IN :a'), 'state IN :a'],
    ['a statement of many', statements({ ...updating('SET "a" = ? WHERE "pk" = ? OR "sk" = ?', 'l') }), ' OR '],
    ['a statement’s sum', statements({ ...updating('SET "a" = "a" + ? WHERE "pk" = ?', 'l') }), '+ ?'],
    ['a key condition', query('pk > :p', { ':p': 'l' }), 'pk > :p'],
    ['a field', put({ pk: 'l', sk: 'a' }, { ReturnValues: 'ALL_OLD' }), 'ReturnValues'],
    ['a type', put({ pk: 'l', sk: 'a', s: new Set(['a']) }), 'SS'],
    ['a statement', statements({ Statement: `DELETE FROM "${TableName}"`, Parameters: [{ S: 'a' }] }), 'DELETE'],
    // DynamoDB takes none either; MiniStack does.
    [
      'a filter by a key',
      query('pk = :p', { ':p': 'kb', ':t': 't' }, { FilterExpression: 'begins_with(sk, :t)' }),
      'sk',
    ],
    [
      'a transaction’s part',
      transact({ ConditionCheck: { TableName, Key: toItem({ pk: 'l', sk: 'a' }), ConditionExpression: 'a = :a' } }),
      'ConditionCheck',
    ],
  ] satisfies [string, Send, string][])('names %s that it does not take', async (_, send, named) => {
    await expect(send(here)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(named),
    });
  });
});
