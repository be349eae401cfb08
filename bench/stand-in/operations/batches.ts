import { type Attributes, attributes, flag, list, onlyFields, record, type Stored } from '../attributes.ts';
import type { Call } from '../call.ts';
import { validationError } from '../errors.ts';
import type { Key } from '../keys.ts';
import type { Table } from '../table.ts';
import { readUnits } from '../units.ts';

/** AWS's limits for one call. */
const MOST_GETS = 100;
const MOST_WRITES = 25;
const LARGEST_ANSWER = 16 * 1024 * 1024;

const GET_FIELDS = new Set(['Keys', 'ConsistentRead']);
const PUT_FIELDS = new Set(['PutRequest']);
const ITEM_FIELDS = new Set(['Item']);

/** What would not fit the answer is left unprocessed. */
export function batchGetItem(call: Call): object {
  const responses: Record<string, Attributes[]> = {};
  const rest: Record<string, object> = {};
  let bytes = 0;
  for (const [name, asked] of Object.entries(record(call.input.RequestItems, 'RequestItems'))) {
    const table = call.table(name);
    const wanted = record(asked, 'RequestItems');
    onlyFields(wanted, GET_FIELDS, 'BatchGetItem');
    const consistent = flag(wanted.ConsistentRead, 'ConsistentRead', false);
    const keys = list(wanted.Keys, 'Keys', MOST_GETS).map((key) => attributes(key, 'Keys'));
    const places = distinct(keys.map((key) => table.exactKey(key)));
    const items: Attributes[] = [];
    responses[name] = items;
    const left: Attributes[] = [];
    for (const [index, place] of places.entries()) {
      const found = table.get(place);
      bytes += found?.size ?? 0;
      const key = keys[index];
      if (bytes > LARGEST_ANSWER && key) {
        left.push(key);
        continue;
      }
      call.reads(table, readUnits(found?.size ?? 0, consistent));
      if (found) items.push(found.item);
    }
    if (left.length > 0) rest[name] = { Keys: left, ConsistentRead: consistent };
  }
  return { Responses: responses, UnprocessedKeys: rest };
}

interface Put {
  readonly table: Table;
  readonly key: Key;
  readonly next: Stored;
}

/** Puts only, which is what the service has; all are looked at before the first is done. */
export function batchWriteItem(call: Call): object {
  const puts: Put[] = [];
  for (const [name, asked] of Object.entries(record(call.input.RequestItems, 'RequestItems'))) {
    const table = call.table(name);
    const ofTable = list(asked, 'RequestItems', MOST_WRITES).map((request) => putOf(table, request));
    distinct(ofTable.map(({ key }) => key));
    puts.push(...ofTable);
  }
  if (puts.length > MOST_WRITES) throw validationError('Too many items requested for the BatchWriteItem call');
  for (const { table, key, next } of puts) call.wrote(table, table.write(key, next));
  return { UnprocessedItems: {} };
}

function putOf(table: Table, value: unknown): Put {
  const request = record(value, 'RequestItems');
  onlyFields(request, PUT_FIELDS, 'BatchWriteItem');
  const put = record(request.PutRequest, 'PutRequest');
  onlyFields(put, ITEM_FIELDS, 'PutRequest');
  const next = table.toStore(attributes(put.Item, 'Item'));
  return { table, key: table.keyOf(next.item), next };
}

function distinct(keys: Key[]): Key[] {
  if (new Set(keys.map(({ hash, range }) => `${hash}\u0000${range}`)).size < keys.length) {
    throw validationError('Provided list of item keys contains duplicates');
  }
  return keys;
}
