import { attributes, flag } from '../attributes.ts';
import type { Call } from '../call.ts';
import { conditionFailed } from '../errors.ts';
import { readUnits } from '../units.ts';
import { type Change, deleteChange, putChange, updateChange } from './changes.ts';

export function getItem(call: Call): object {
  const { TableName, Key, ConsistentRead } = call.input;
  const table = call.table(TableName);
  const found = table.get(table.exactKey(attributes(Key, 'Key')));
  call.reads(table, readUnits(found?.size ?? 0, flag(ConsistentRead, 'ConsistentRead', false)));
  return found ? { Item: found.item } : {};
}

export function putItem(call: Call): object {
  return done(call, putChange(call, call.input));
}

export function updateItem(call: Call): object {
  return done(call, updateChange(call, call.input));
}

export function deleteItem(call: Call): object {
  return done(call, deleteChange(call, call.input));
}

function done(call: Call, { table, key, next, refused, units }: Change): object {
  if (refused) {
    call.writes(table, units);
    throw conditionFailed();
  }
  call.wrote(table, table.write(key, next));
  return {};
}
