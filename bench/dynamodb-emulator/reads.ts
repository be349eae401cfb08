import * as z from 'zod';
import { TABLE } from '../../lambdas/contract/table.ts';
import { notUnderstood, validationError } from './errors.ts';
import { PLACEHOLDERS, readCondition, readKeyCondition, readProjection } from './expressions.ts';
import { type Attributes, attributes, readUnits } from './item.ts';
import { INDEX_KEYS, keyOf, keyText, TABLE_KEYS, type Table } from './table.ts';

const MOST_KEYS = 100;
/** Bytes of items that are read for one page, before the filter. */
const LARGEST_PAGE_BYTES = 1024 * 1024;

const get = z.strictObject({ TableName: z.string(), Key: attributes, ConsistentRead: z.boolean().optional() });

export function getItem(table: Table, input: unknown): object {
  const { Key, ConsistentRead } = get.parse(input);
  const found = table.get(Key);
  table.readUnits += readUnits(found?.size ?? 0, ConsistentRead);
  return found ? { Item: found.item } : {};
}

const keys = z.strictObject({ Keys: z.array(attributes).min(1).max(MOST_KEYS), ConsistentRead: z.boolean() });
const batchGet = z.strictObject({ RequestItems: z.record(z.string(), keys) });

/** Leaves nothing unprocessed. */
export function batchGetItem(table: Table, input: unknown): object {
  const responses = Object.entries(batchGet.parse(input).RequestItems).map(([name, { Keys, ConsistentRead }]) => {
    const found = Keys.map((key) => table.get(key));
    for (const one of found) table.readUnits += readUnits(one?.size ?? 0, ConsistentRead);
    return [name, found.flatMap((one) => one?.item ?? [])] as const;
  });
  return { Responses: Object.fromEntries(responses), UnprocessedKeys: {} };
}

const queryRequest = z.strictObject({
  TableName: z.string(),
  IndexName: z.literal(TABLE.scheduledIndex).optional(),
  KeyConditionExpression: z.string(),
  FilterExpression: z.string().optional(),
  ProjectionExpression: z.string().optional(),
  ScanIndexForward: z.boolean().optional(),
  Limit: z.int().min(1).optional(),
  ExclusiveStartKey: attributes.optional(),
  ConsistentRead: z.boolean().optional(),
  ...PLACEHOLDERS,
});

export function query(table: Table, request: unknown): object {
  const input = queryRequest.parse(request);
  const of = input.IndexName ? 'index' : 'table';
  const { FilterExpression, ProjectionExpression } = input;
  const { partition, isWanted } = keyCondition(input, of);
  const filter = FilterExpression === undefined ? () => true : readCondition(FilterExpression, input);
  const project = ProjectionExpression === undefined ? undefined : readProjection(ProjectionExpression, input);
  // MiniStack takes such a filter, DynamoDB does not.
  const key = (of === 'table' ? TABLE_KEYS : INDEX_KEYS).find((name) => namesOf(FilterExpression, name));
  if (key) throw validationError(`Filter Expression can only contain non-primary key attributes: ${key}`);

  const read: Attributes[] = [];
  let [bytes, last]: [number, Attributes | undefined] = [0, undefined];
  const direction = { forward: input.ScanIndexForward, start: input.ExclusiveStartKey };
  for (const { item, size } of table.partition(of, partition, direction)) {
    if (!isWanted(item)) continue;
    // A page that ends for its size or the limit says where, be there more or not.
    if (bytes + size > LARGEST_PAGE_BYTES) last = read.at(-1);
    if (last) break;
    read.push(item);
    bytes += size;
    if (read.length === input.Limit) last = item;
  }
  table.readUnits += readUnits(bytes, input.ConsistentRead);
  const Items = read.filter(filter).map((item) => project?.(item) ?? item);
  const counts = { Count: Items.length, ScannedCount: read.length };
  return { Items, ...counts, LastEvaluatedKey: last && keyOf(last, of) };
}

function namesOf(expression: string | undefined, name: string): boolean {
  return expression?.split(/\W+/).includes(name) ?? false;
}

/** What a query asks for: a partition, and at most one condition on the sort key. */
function keyCondition(input: z.output<typeof queryRequest>, of: 'table' | 'index') {
  const { KeyConditionExpression, ExpressionAttributeValues: values = {} } = input;
  const [hash, range] = of === 'table' ? TABLE_KEYS : INDEX_KEYS;
  const [, name, placeholder = '', rest] = /^(\w+) = (:\w+)(?: AND (.+))?$/.exec(KeyConditionExpression) ?? [];
  if (name !== hash || (rest !== undefined && !namesOf(rest, range))) throw notUnderstood(KeyConditionExpression);
  const isWanted = rest === undefined ? () => true : readKeyCondition(rest, input);
  return { partition: keyText(values[placeholder], placeholder), isWanted };
}
