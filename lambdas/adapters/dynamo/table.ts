import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { convertToAttr, unmarshall } from '@aws-sdk/util-dynamodb';
import { DependencyError } from '../../core/errors.ts';
import { inBatches } from '../../core/in-batches.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import type { Key } from './keys.ts';
import { isRetryable, MAX_ATTEMPTS, pauseAfter } from './retry.ts';

export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

export type Item = Record<string, unknown>;

/** DynamoDB's limits for one call. */
const GET_BATCH = 100;
export const WRITE_BATCH = 25;
/** Calls in progress at once: enough to hide the latency of 40 batches, few enough for one Lambda's sockets. */
export const CONCURRENCY = 16;
const MARSHALL = { removeUndefinedValues: true } as const;

/** Most attributes are texts and whole numbers, which need none of the library's checks. It would take six times as long for them. */
export function toItem(item: object): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(item)) {
    if (typeof value === 'string') attributes[name] = { S: value };
    else if (Number.isSafeInteger(value)) attributes[name] = { N: String(value) };
    else if (value !== undefined) attributes[name] = convertToAttr(value, MARSHALL);
  }
  return attributes;
}

export const fromItem = unmarshall;

/** All of `keys` that exist, in no order. Keys must be distinct. */
export async function batchGet(table: Table, keys: readonly Key[], consistent: boolean): Promise<Item[]> {
  const found: Item[] = [];
  await sendAll(keys, GET_BATCH, async (batch) => {
    const answer = await table.client.send(
      new BatchGetItemCommand({
        RequestItems: { [table.name]: { Keys: batch.map(toItem), ConsistentRead: consistent } },
      }),
    );
    for (const item of answer.Responses?.[table.name] ?? []) found.push(unmarshall(item));
    const rest = answer.UnprocessedKeys?.[table.name]?.Keys ?? [];
    return rest.map((key) => primaryKey(unmarshall(key)));
  });
  return found;
}

/** Puts whole items. Each may be repeated. */
export async function batchPut(table: Table, items: readonly Item[]): Promise<void> {
  await sendAll(items, WRITE_BATCH, async (batch) => {
    const answer = await table.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [table.name]: batch.map((item) => ({ PutRequest: { Item: toItem(item) } })) },
      }),
    );
    return (answer.UnprocessedItems?.[table.name] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item ? [unmarshall(PutRequest.Item)] : [],
    );
  });
}

/** Puts the items that do not exist yet, and changes no other. At one write unit each, like `batchPut`. */
export async function batchInsert(table: Table, items: readonly Item[]): Promise<void> {
  await batchWriteConditionally(
    table,
    items.map((item) => ({ id: `${item.pk}/${item.sk}`, statement: insert(table.name, toItem(item)) })),
  );
}

/** Puts an item if there is none. */
export function insert(tableName: string, item: Record<string, AttributeValue>): BatchStatementRequest {
  const names = Object.keys(item);
  return {
    Statement: `INSERT INTO "${tableName}" VALUE {'${names.join("': ?, '")}': ?}`,
    Parameters: Object.values(item),
  };
}

/** A write with a condition of its own, in PartiQL: 25 in a call at one write unit each, where a transaction takes two. */
export interface ConditionalWrite {
  readonly id: string;
  readonly statement: BatchStatementRequest;
}

/** Executes every write; gives the ids of those whose condition did not hold. */
export async function batchWriteConditionally(table: Table, writes: readonly ConditionalWrite[]): Promise<string[]> {
  const refused: string[] = [];
  await sendAll(writes, WRITE_BATCH, async (batch) => {
    const answer = await table.client.send(
      new BatchExecuteStatementCommand({ Statements: batch.map(({ statement }) => statement) }),
    );
    return batch.filter((write, index) => {
      const error = answer.Responses?.[index]?.Error;
      if (!error) return false;
      if (isConditionFailure(error)) {
        refused.push(write.id);
        return false;
      }
      if (isRetryable(error)) return true;
      throw new DependencyError(`DynamoDB refused a write: ${error.Code ?? 'unknown'}`);
    });
  });
  return refused;
}

function isConditionFailure({ Code }: NonNullable<BatchStatementResponse['Error']>): boolean {
  return Code === 'ConditionalCheckFailed' || Code === 'DuplicateItem';
}

function primaryKey(item: Item): Key {
  return { pk: String(item.pk), sk: String(item.sk) };
}

/** Runs `send` over batches, several at once. `send` gives what must be sent again, after a pause that doubles. */
export async function sendAll<T>(all: readonly T[], size: number, send: (batch: T[]) => Promise<T[]>): Promise<void> {
  let open: readonly T[] = all;
  for (let attempt = 1; ; attempt += 1) {
    const rest: T[] = [];
    await mapConcurrent(
      [...inBatches(open, size)],
      CONCURRENCY,
      async (batch) => void rest.push(...(await send(batch))),
    );
    if (rest.length === 0) return;
    if (attempt === MAX_ATTEMPTS) throw new DependencyError('DynamoDB keeps leaving items unprocessed');
    open = rest;
    await pauseAfter(attempt);
  }
}

/** Puts an item that an earlier try may have written. Then it stays as it is, and this is false. */
export function putNew(table: Table, item: Item): Promise<boolean> {
  return unlessRefused(
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: toItem(item),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    ),
  );
}

/** True if the write was made, false if its condition did not hold. Anything else is a fault. */
export async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
