import { type Attributes, attributes, flag, type Input, type Stored } from '../attributes.ts';
import type { Call } from '../call.ts';
import { validationError } from '../errors.ts';
import { holds } from '../expressions/evaluate.ts';
import { type KeyRange, keyRange } from '../expressions/key-condition.ts';
import { condition, projection } from '../expressions/parsed.ts';
import { projected } from '../expressions/projection.ts';
import { checkPlaceholders, nameOf, type Scope, scopeOf } from '../expressions/scope.ts';
import type { Partition } from '../partition.ts';
import type { Table } from '../table.ts';
import type { TableIndex } from '../table-index.ts';
import { readUnits } from '../units.ts';

/** Bytes of items that are read for one page, before the filter. */
const LARGEST_PAGE = 1024 * 1024;

export function query(call: Call): object {
  const { input } = call;
  const table = call.table(input.TableName);
  const index = indexOf(table, input.IndexName);
  const consistent = flag(input.ConsistentRead, 'ConsistentRead', false);
  if (index && consistent) throw validationError('Consistent reads are not supported on global secondary indexes');
  const keyCondition = condition(input.KeyConditionExpression);
  if (!keyCondition) throw validationError('KeyConditionExpression is missing');
  const filter = condition(input.FilterExpression);
  const wanted = projection(input.ProjectionExpression);
  const scope = scopeOf(input);
  checkPlaceholders(scope, keyCondition, filter, wanted);
  const keys = (index ?? table).keys;
  if (filter) refuseKeys(filter.paths, [keys.hash, keys.range], scope);

  const range = keyRange(keyCondition.tree, keys, scope);
  const partition = (index ?? table).partition(range.hash);
  const page = partition
    ? readPage(partition, range, { start: startOf(table, index, range, input), ...order(input) })
    : { items: [], bytes: 0, last: undefined };
  call.reads(table, readUnits(page.bytes, consistent));
  const found = filter ? page.items.filter(({ item }) => holds(filter.tree, item, scope)) : page.items;
  const items = found.map(({ item }) => (wanted ? projected(item, wanted.tree, scope) : item));
  const counts = { Count: items.length, ScannedCount: page.items.length };
  return { Items: items, ...counts, LastEvaluatedKey: page.last && lastKey(table, index, page.last.item) };
}

function indexOf({ indexes, name }: Table, wanted: unknown): TableIndex | undefined {
  if (wanted === undefined) return undefined;
  const index = indexes.find((one) => one.name === wanted);
  if (!index) throw validationError(`The table ${name} does not have the specified index: ${String(wanted)}`);
  return index;
}

function refuseKeys(paths: ReadonlySet<string>, keys: readonly string[], scope: Scope): void {
  for (const path of paths) {
    const name = nameOf(path, scope);
    if (keys.includes(name)) {
      throw validationError(`Filter Expression can only contain non-primary key attributes: ${name}`);
    }
  }
}

interface Order {
  readonly forward: boolean;
  readonly limit: number;
}

function order({ ScanIndexForward, Limit = Number.POSITIVE_INFINITY }: Input): Order {
  if (typeof Limit !== 'number' || Limit < 1) throw validationError('Limit must be a number of at least 1');
  return { forward: flag(ScanIndexForward, 'ScanIndexForward', true), limit: Limit };
}

/** The place that the page begins behind. */
function startOf(table: Table, index: TableIndex | undefined, range: KeyRange, input: Input): string | undefined {
  if (input.ExclusiveStartKey === undefined) return undefined;
  const key = attributes(input.ExclusiveStartKey, 'ExclusiveStartKey');
  const place = index ? index.placeOf(key) : table.exactKey(key).range;
  const { keys } = index ?? table;
  if (key[keys.hash]?.S !== range.hash || place < range.low || place >= range.high) {
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  }
  return place;
}

interface Page {
  readonly items: readonly Stored[];
  readonly bytes: number;
  /** What the page ends with where it ended for its size or the limit, be there more or not. */
  readonly last: Stored | undefined;
}

function readPage(
  partition: Partition,
  { low, high }: KeyRange,
  { start, forward, limit }: Order & { readonly start: string | undefined },
): Page {
  let first = partition.indexOf(low);
  let end = partition.indexOf(high);
  if (start !== undefined && forward) first = partition.indexOf(`${start}\u0000`);
  if (start !== undefined && !forward) end = partition.indexOf(start);
  const items: Stored[] = [];
  let bytes = 0;
  for (let taken = 0; taken < end - first; taken += 1) {
    const stored = partition.at(forward ? first + taken : end - 1 - taken);
    if (!stored) throw new Error('A partition has a place without an item');
    if (bytes + stored.size > LARGEST_PAGE) return { items, bytes, last: items.at(-1) };
    items.push(stored);
    bytes += stored.size;
    if (items.length >= limit) return { items, bytes, last: stored };
  }
  return { items, bytes, last: undefined };
}

function lastKey(table: Table, index: TableIndex | undefined, item: Attributes): Attributes {
  const { hash, range } = table.keys;
  return index ? index.keyOf(item) : projected(item, [hash, range], { names: {}, values: {} });
}
