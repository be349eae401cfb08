import * as z from 'zod';
import type { Call } from './call.ts';
import { CONDITION_FAILED, conditionFailed, transactionCancelled, validationError } from './errors.ts';
import { checkPlaceholders, isEqual, parseCondition, parseUpdate } from './expressions.ts';
import { type Attributes, type AttributeValue, type StoredItem, stored } from './item.ts';
import { parseStatement } from './partiql.ts';
import { attributes, CAPACITY, EXPRESSION, exactKey, scopeOf } from './request.ts';
import { costOf, indexPlaceOf, placeOf, type Table } from './table.ts';

const MOST_PUTS = 25;
const MOST_STATEMENTS = 25;
const MOST_OF_TRANSACTION = 100;

const condition = { TableName: z.string(), ConditionExpression: z.string().optional(), ...EXPRESSION };
const put = z.strictObject({ ...condition, Item: attributes });
const update = z.strictObject({ ...condition, Key: attributes, UpdateExpression: z.string() });

/** A write that has been looked at and not done yet. */
interface Change {
  readonly table: Table;
  readonly place: string;
  /** Undefined if the condition does not hold. */
  readonly next: StoredItem | undefined;
  /** Units of the table, which a refused write costs too. */
  readonly units: number;
}

export function putItem(call: Call, input: unknown): object {
  if (!commit(call, putChange(call, put.extend(CAPACITY).parse(input)))) throw conditionFailed();
  return {};
}

export function updateItem(call: Call, input: unknown): object {
  if (!commit(call, updateChange(call, update.extend(CAPACITY).parse(input)))) throw conditionFailed();
  return {};
}

/** False if the write is refused. */
function commit(call: Call, { table, next, units }: Change, times = 1): boolean {
  if (next) call.wrote(table.write(next), times);
  else call.writeUnits += units * times;
  return next !== undefined;
}

function putChange(call: Call, input: z.output<typeof put>): Change {
  return changeOf(call, input, { key: input.Item, make: () => input.Item });
}

function updateChange(call: Call, input: z.output<typeof update>): Change {
  const actions = parseUpdate(input.UpdateExpression);
  const { Key: key } = input;
  exactKey(key);
  const make = (prior = key) => keepingKey(key, actions.run(prior, scopeOf(input)));
  return changeOf(call, input, { key, make, tokens: actions.tokens });
}

interface Wanted {
  readonly key: Attributes;
  /** The new item, from the one that is there. */
  readonly make: (prior: Attributes | undefined) => Attributes;
  readonly tokens?: readonly string[];
}

function changeOf(
  call: Call,
  input: z.output<typeof put> | z.output<typeof update>,
  { key, make, tokens = [] }: Wanted,
): Change {
  const test = input.ConditionExpression === undefined ? undefined : parseCondition(input.ConditionExpression);
  const scope = scopeOf(input);
  checkPlaceholders(scope, [...tokens, ...(test?.tokens ?? [])]);
  const table = call.table(input.TableName);
  const place = placeOf(key);
  const prior = table.items.get(place);
  return conditional({ table, place, prior }, test?.run(prior?.item ?? {}, scope) !== false, () => make(prior?.item));
}

function conditional(
  { table, place, prior }: { table: Table; place: string; prior: StoredItem | undefined },
  holds: boolean,
  make: () => Attributes,
): Change {
  try {
    const made = checked(make());
    return { table, place, next: holds ? made : undefined, units: costOf(prior, made) };
  } catch (error) {
    // What a refused update would have made counts for its price, but not what would have been wrong with it.
    if (holds) throw error;
    return { table, place, next: undefined, units: costOf(prior, undefined) };
  }
}

function keepingKey(key: Attributes, item: Attributes): Attributes {
  if (placeOf(key) !== placeOf(item))
    throw validationError('Cannot update attribute. This attribute is part of the key');
  return item;
}

/** An item that may be kept. */
function checked(item: Attributes): StoredItem {
  indexPlaceOf(item);
  return stored(item);
}

const batchWrite = z.strictObject({
  RequestItems: z.record(
    z.string(),
    z
      .array(z.strictObject({ PutRequest: z.strictObject({ Item: attributes }) }))
      .min(1)
      .max(MOST_PUTS),
  ),
  ...CAPACITY,
});

/** Puts only; all are looked at before the first is done. */
export function batchWriteItem(call: Call, input: unknown): object {
  for (const [name, requests] of Object.entries(batchWrite.parse(input).RequestItems)) {
    const items = requests.map(({ PutRequest }) => checked(PutRequest.Item));
    if (new Set(items.map(({ item }) => placeOf(item))).size < items.length) {
      throw validationError('Provided list of item keys contains duplicates');
    }
    for (const next of items) call.wrote(call.table(name).write(next));
  }
  return { UnprocessedItems: {} };
}

const transaction = z.strictObject({
  TransactItems: z
    .array(z.strictObject({ Put: put.optional(), Update: update.optional() }))
    .min(1)
    .max(MOST_OF_TRANSACTION),
  ClientRequestToken: z.string().optional(),
  ...CAPACITY,
});

/**
 * All or none, once for each token, at twice the units: to prepare and to commit. AWS names no price of a transaction that
 * is cancelled; it is taken for that of one which is not.
 */
export function transactWriteItems(call: Call, input: unknown): object {
  const { TransactItems, ClientRequestToken } = transaction.parse(input);
  if (ClientRequestToken !== undefined && call.database.transactions.has(ClientRequestToken)) return {};
  const changes = TransactItems.flatMap(({ Put, Update }) => [
    ...(Put ? [putChange(call, Put)] : []),
    ...(Update ? [updateChange(call, Update)] : []),
  ]);
  if (new Set(changes.map(({ place }) => place)).size < changes.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
  const refused = changes.map(({ next }) => next === undefined);
  if (refused.includes(true)) {
    for (const change of changes) commit(call, { ...change, next: undefined }, 2);
    throw transactionCancelled(refused);
  }
  for (const change of changes) commit(call, change, 2);
  if (ClientRequestToken !== undefined) call.database.transactions.add(ClientRequestToken);
  return {};
}

const statements = z.strictObject({
  Statements: z
    .array(z.strictObject({ Statement: z.string(), Parameters: z.custom<readonly AttributeValue[]>(Array.isArray) }))
    .min(1)
    .max(MOST_STATEMENTS),
  ...CAPACITY,
});

/**
 * Each statement by itself: one that is refused says so in its own answer. One that is not understood, which DynamoDB would
 * answer likewise, is an error of the whole call, so that nobody overlooks it.
 */
export function batchExecuteStatement(call: Call, input: unknown): object {
  const all = statements.parse(input).Statements.map(({ Statement, Parameters }) => {
    const statement = parseStatement(Statement);
    const set: Record<string, AttributeValue> = {};
    const where: Record<string, AttributeValue> = {};
    for (const [index, value] of Parameters.entries()) {
      const name = statement.set[index];
      if (name !== undefined) set[name] = value;
      else where[statement.where[index - statement.set.length] ?? ''] = value;
    }
    if (Parameters.length !== statement.set.length + statement.where.length) {
      throw validationError("Number of parameters in request and statement don't match.");
    }
    return { ...statement, set, where };
  });
  return {
    Responses: all.map(({ kind, table: TableName, set, remove, where }) => {
      const key = kind === 'insert' ? set : where;
      const table = call.table(TableName);
      const place = placeOf(key);
      const prior = table.items.get(place);
      // An update changes an item that is there and as `WHERE` says; it never makes one.
      const asWanted = prior && Object.entries(where).every(([name, value]) => isEqual(prior.item[name], value));
      const change = conditional({ table, place, prior }, kind === 'insert' ? !prior : asWanted === true, () => {
        if (kind === 'insert') return set;
        const next: Record<string, AttributeValue> = { ...(prior?.item ?? where), ...set };
        for (const name of remove) delete next[name];
        return keepingKey(where, next);
      });
      if (commit(call, change)) return { TableName };
      const Code = kind === 'insert' ? 'DuplicateItem' : 'ConditionalCheckFailed';
      return { TableName, Error: { Code, Message: CONDITION_FAILED } };
    }),
  };
}
