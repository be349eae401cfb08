import * as z from 'zod';
import { DynamoDbError, validationError } from './errors.ts';
import { compare, PLACEHOLDERS, readCondition, readUpdate } from './expressions.ts';
import { type Attributes, type AttributeValue, attributes } from './item.ts';
import { parseStatement } from './partiql.ts';
import type { Change, Table } from './table.ts';

const MOST_WRITES = 25;
const MOST_STATEMENTS = 25;
const MOST_OF_TRANSACTION = 100;
const REFUSED = 'The conditional request failed';

const condition = { TableName: z.string(), ConditionExpression: z.string().optional(), ...PLACEHOLDERS };
const put = z.strictObject({ ...condition, Item: attributes });
const update = z.strictObject({
  ...condition,
  Key: attributes,
  UpdateExpression: z.string(),
  ReturnValues: z.enum(['NONE', 'ALL_NEW']).optional(),
});

const removal = z.strictObject({ ...condition, Key: attributes });
type Write = z.output<typeof put> | z.output<typeof update> | z.output<typeof removal>;

function changeOf(table: Table, input: Write): Change {
  const { ConditionExpression } = input;
  const test = ConditionExpression === undefined ? () => true : readCondition(ConditionExpression, input);
  const holds = (prior: Attributes = {}) => test(prior);
  if ('Item' in input) return table.change(input.Item, holds, () => input.Item);
  if (!('UpdateExpression' in input)) return table.removal(input.Key, holds);
  const run = readUpdate(input.UpdateExpression, input);
  return table.change(input.Key, holds, (prior = input.Key) => run(prior));
}

function write(table: Table, input: Write): object {
  const change = changeOf(table, input);
  if (table.commit(change))
    return 'ReturnValues' in input && input.ReturnValues === 'ALL_NEW' ? { Attributes: change.next?.item } : {};
  throw new DynamoDbError('ConditionalCheckFailedException', REFUSED);
}

export function putItem(table: Table, input: unknown): object {
  return write(table, put.parse(input));
}

export function updateItem(table: Table, input: unknown): object {
  return write(table, update.parse(input));
}

export function deleteItem(table: Table, input: unknown): object {
  return write(table, removal.parse(input));
}

const request = z.union([
  z.strictObject({ PutRequest: z.strictObject({ Item: attributes }) }),
  z.strictObject({ DeleteRequest: z.strictObject({ Key: attributes }) }),
]);
const batchWrite = z.strictObject({ RequestItems: z.record(z.string(), z.array(request).min(1).max(MOST_WRITES)) });

/** All are looked at before the first is done. */
export function batchWriteItem(table: Table, input: unknown): object {
  const all = Object.values(batchWrite.parse(input).RequestItems).flat();
  const always = () => true;
  const changes = all.map((one) => {
    if ('DeleteRequest' in one) return table.removal(one.DeleteRequest.Key, always);
    const { Item } = one.PutRequest;
    return table.change(Item, always, () => Item);
  });
  for (const change of distinct(changes)) table.commit(change);
  return { UnprocessedItems: {} };
}

function distinct(changes: readonly Change[]): readonly Change[] {
  if (new Set(changes.map(({ place }) => place)).size === changes.length) return changes;
  throw validationError('A request cannot write one item twice');
}

const part = z.strictObject({ Put: put.optional(), Update: update.optional(), Delete: removal.optional() });
const transaction = z.strictObject({
  TransactItems: z.array(part).min(1).max(MOST_OF_TRANSACTION),
  ClientRequestToken: z.string(),
});

/** All or none, once for each token. AWS names no price of a transaction that is cancelled; it is taken for that of one which is not. */
export function transactWriteItems(table: Table, input: unknown): object {
  const { TransactItems, ClientRequestToken } = transaction.parse(input);
  if (table.transactions.has(ClientRequestToken)) return {};
  const writes = TransactItems.flatMap(({ Put, Update, Delete }) =>
    [Put, Update, Delete].filter((one) => one !== undefined),
  );
  const changes = distinct(writes.map((one) => changeOf(table, one)));
  const isRefused = changes.some(({ next }) => next === undefined);
  for (const change of changes) table.commit(isRefused ? { ...change, next: undefined } : change, 2);
  if (isRefused) {
    const CancellationReasons = changes.map(({ next }) => ({ Code: next ? 'None' : 'ConditionalCheckFailed' }));
    throw new DynamoDbError('TransactionCanceledException', 'Transaction cancelled', { CancellationReasons });
  }
  table.transactions.add(ClientRequestToken);
  return {};
}

const statement = z.strictObject({ Statement: z.string(), Parameters: z.array(z.custom<AttributeValue>()) });
const statements = z.strictObject({ Statements: z.array(statement).min(1).max(MOST_STATEMENTS) });

/**
 * Each statement by itself: one that is refused says so in its own answer. One that is not understood, which DynamoDB would
 * answer likewise, is an error of the whole call, so that it is not overlooked.
 */
export function batchExecuteStatement(table: Table, input: unknown): object {
  const all = statements.parse(input).Statements.map(({ Statement, Parameters }) => {
    return { ...parseStatement(Statement), Parameters };
  });
  return {
    Responses: all.map(({ kind, table: TableName, set, remove, where, Parameters }) => {
      const given = withValues(set, Parameters);
      const wanted = withValues(where, Parameters.slice(set.length));
      const isInsert = kind === 'insert';
      // An update changes an item that is there and as `WHERE` says; it never makes one.
      const asWanted = (prior: Attributes | undefined) =>
        isInsert ? !prior : !!prior && where.every((name) => compare('=', prior[name], wanted[name]));
      const change = table.change(isInsert ? given : wanted, asWanted, (prior) => {
        const next: Record<string, AttributeValue> = { ...(isInsert ? {} : (prior ?? wanted)), ...given };
        for (const name of remove) delete next[name];
        return next;
      });
      if (table.commit(change)) return { TableName };
      const Code = isInsert ? 'DuplicateItem' : 'ConditionalCheckFailed';
      return { TableName, Error: { Code, Message: REFUSED } };
    }),
  };
}

function withValues(names: readonly string[], values: readonly AttributeValue[]): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [index, name] of names.entries()) {
    const value = values[index];
    if (value) attributes[name] = value;
  }
  return attributes;
}
