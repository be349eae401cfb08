import * as z from 'zod';
import { TABLE } from '../../lambdas/contract/table.ts';
import type { Call } from './call.ts';
import { validationError } from './errors.ts';
import { checkPlaceholders, nameOf, parseCondition, parseProjection, type Scope } from './expressions.ts';
import { type Attributes, readUnits, type StoredItem } from './item.ts';
import { attributes, CAPACITY, EXPRESSION, exactKey, scopeOf } from './request.ts';
import { INDEX_KEYS, indexPlaceOf, type Keys, keyOf, keyText, placeOf, SEPARATOR, TABLE_KEYS } from './table.ts';

const MOST_KEYS = 100;
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;
/** Bytes of items that are read for one page, before the filter. */
const LARGEST_PAGE_BYTES = 1024 * 1024;

const get = z.strictObject({
  TableName: z.string(),
  Key: attributes,
  ConsistentRead: z.boolean().optional(),
  ...CAPACITY,
});

export function getItem(call: Call, input: unknown): object {
  const { TableName, Key, ConsistentRead } = get.parse(input);
  const found = call.table(TableName).items.get(exactKey(Key));
  call.readUnits += readUnits(found?.size ?? 0, ConsistentRead);
  return found ? { Item: found.item } : {};
}

const batchGet = z.strictObject({
  RequestItems: z.record(
    z.string(),
    z.strictObject({ Keys: z.array(attributes).min(1).max(MOST_KEYS), ConsistentRead: z.boolean().optional() }),
  ),
  ...CAPACITY,
});

export function batchGetItem(call: Call, input: unknown): object {
  const responses = Object.entries(batchGet.parse(input).RequestItems).map(([name, { Keys, ConsistentRead }]) => {
    const places = new Set(Keys.map(exactKey));
    if (places.size < Keys.length) throw validationError('Provided list of item keys contains duplicates');
    const found = [...places].map((place) => call.table(name).items.get(place));
    for (const one of found) call.readUnits += readUnits(one?.size ?? 0, ConsistentRead);
    if (found.reduce((sum, one) => sum + (one?.size ?? 0), 0) > LARGEST_ANSWER_BYTES) {
      throw validationError('The emulator leaves nothing unprocessed, and this answer would be too large for DynamoDB');
    }
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
  ScanIndexForward: z.boolean().default(true),
  Limit: z.int().min(1).default(Number.MAX_SAFE_INTEGER),
  ExclusiveStartKey: attributes.optional(),
  ConsistentRead: z.boolean().optional(),
  ...EXPRESSION,
  ...CAPACITY,
});
type Query = z.output<typeof queryRequest>;

export function query(call: Call, request: unknown): object {
  const input = queryRequest.parse(request);
  if (input.IndexName && input.ConsistentRead) {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  const keys = input.IndexName ? INDEX_KEYS : TABLE_KEYS;
  const scope = scopeOf(input);
  const filter = input.FilterExpression === undefined ? undefined : parseCondition(input.FilterExpression);
  const wanted = input.ProjectionExpression === undefined ? undefined : parseProjection(input.ProjectionExpression);
  const { tokens, ...range } = keyRange(input.KeyConditionExpression, keys, scope);
  checkPlaceholders(scope, [...tokens, ...(filter?.tokens ?? []), ...(wanted?.tokens ?? [])]);
  const key = keys.find((name) => filter?.tokens.some((token) => nameOf(token, scope) === name));
  if (key) throw validationError(`Filter Expression can only contain non-primary key attributes: ${key}`);

  const { read, bytes, last } = readPage(call, input, range);
  call.readUnits += readUnits(bytes, input.ConsistentRead);
  const items = read
    .filter((item) => filter?.run(item, scope) !== false)
    .map((item) => wanted?.run(item, scope) ?? item);
  const counts = { Count: items.length, ScannedCount: read.length };
  return { Items: items, ...counts, LastEvaluatedKey: last && keyOf(last, input.IndexName ? 'index' : 'table') };
}

/** A stretch of one partition: places from `low` on, and before `high`. */
interface Range {
  readonly low: string;
  readonly high: string;
}

const KEY_CONDITION =
  /^(?<hash>\w+) = (?<value>:\w+)(?: AND (?:(?<name>\w+) (?<by>=|<=?|>=?) (?<text>:\w+)|(?<between>\w+) BETWEEN (?<first>:\w+) AND (?<last>:\w+)|begins_with\((?<begins>\w+), (?<prefix>:\w+)\)))?$/;
/** Behind every text that a key can be. */
const LAST = '\uffff';

/** What a key condition asks for: a partition, and at most one condition on the sort key. */
export function keyRange(expression: string, keys: Keys, scope: Scope): Range & { tokens: string[] } {
  const { hash, value = '', ...part } = KEY_CONDITION.exec(expression)?.groups ?? {};
  const range = part.name ?? part.between ?? part.begins;
  if (hash !== keys[0] || (range !== undefined && range !== keys[1])) {
    throw validationError(`The emulator does not understand the key condition: ${expression}`);
  }
  const textOf = (placeholder = '') => keyText(scope.values[placeholder], placeholder);
  const partition = textOf(value) + SEPARATOR;
  const { low, high } = stretch(part, textOf);
  return { low: partition + low, high: partition + high, tokens: expression.match(/:\w+/g) ?? [] };
}

function stretch(part: Readonly<Record<string, string>>, textOf: (placeholder?: string) => string): Range {
  if (part.begins !== undefined) return { low: textOf(part.prefix), high: textOf(part.prefix) + LAST };
  if (part.between !== undefined) {
    const [low, high] = [textOf(part.first), textOf(part.last)];
    if (low > high) {
      throw validationError('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
    }
    return { low, high: behind(high) };
  }
  if (part.by === undefined) return { low: '', high: LAST };
  const text = textOf(part.text);
  return {
    low: part.by.startsWith('<') ? '' : part.by === '>' ? behind(text) : text,
    high: part.by.startsWith('>') ? LAST : part.by === '<' ? text : behind(text),
  };
}

/** The least text that is behind `text`, and behind every place that begins with it and a separator. */
function behind(text: string): string {
  return `${text}\u0001`;
}

interface Page {
  readonly read: readonly Attributes[];
  readonly bytes: number;
  /** What the page ends with if it ended for its size or the limit, be there more or not. */
  readonly last: Attributes | undefined;
}

function readPage(
  call: Call,
  { TableName, IndexName, ScanIndexForward, Limit, ExclusiveStartKey }: Query,
  range: Range,
) {
  const table = call.table(TableName);
  const tree = IndexName ? table.due : table.items;
  let { low, high } = range;
  if (ExclusiveStartKey) {
    const start = IndexName ? indexPlaceOf(ExclusiveStartKey) : placeOf(ExclusiveStartKey);
    if (start === undefined || start < low || start >= high) {
      throw validationError('The provided starting key is outside query boundaries based on provided conditions');
    }
    if (ScanIndexForward) low = `${start}\u0000`;
    else high = start;
  }
  const entries = ScanIndexForward ? tree.entries(low) : tree.entriesReversed(high, undefined, true);
  const read: Attributes[] = [];
  let bytes = 0;
  for (const [place, { item, size }] of entries as Iterable<[string, StoredItem]>) {
    if (ScanIndexForward ? place >= high : place < low) break;
    if (bytes + size > LARGEST_PAGE_BYTES) return { read, bytes, last: read.at(-1) } satisfies Page;
    read.push(item);
    bytes += size;
    if (read.length >= Limit) return { read, bytes, last: item };
  }
  return { read, bytes, last: undefined };
}
