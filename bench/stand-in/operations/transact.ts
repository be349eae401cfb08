import { type Input, list, onlyFields, record, text } from '../attributes.ts';
import type { Call } from '../call.ts';
import { transactionCancelled, validationError } from '../errors.ts';
import { type Change, putChange, updateChange } from './changes.ts';

const MOST = 100;
/** A transaction takes twice the units: to prepare and to commit. */
const TIMES = 2;

const EXPRESSIONS = ['TableName', 'ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];
const PUT_FIELDS = new Set(['Item', ...EXPRESSIONS]);
const UPDATE_FIELDS = new Set(['Key', 'UpdateExpression', ...EXPRESSIONS]);

/** All or none. Of a transaction that is cancelled AWS names no price; it is taken for that of one which is not. */
export function transactWriteItems(call: Call): object {
  const { ClientRequestToken: token } = call.input;
  const known = token === undefined ? undefined : text(token, 'ClientRequestToken');
  return call.database.once(known, call.body, () => {
    const changes = list(call.input.TransactItems, 'TransactItems', MOST).map((one) => changeOf(call, one));
    const places = new Set(changes.map(({ table, key }) => `${table.name}\u0000${key.hash}\u0000${key.range}`));
    if (places.size < changes.length) {
      throw validationError('Transaction request cannot include multiple operations on one item');
    }
    if (changes.some(({ refused }) => refused)) {
      for (const { table, units } of changes) call.writes(table, units * TIMES);
      throw transactionCancelled(changes.map(({ refused }) => refused));
    }
    for (const { table, key, next } of changes) call.wrote(table, table.write(key, next), TIMES);
    return {};
  });
}

function changeOf(call: Call, value: unknown): Change {
  const item: Input = record(value, 'TransactItems');
  const [kind, ...more] = Object.keys(item);
  if (kind === 'Put' && more.length === 0) {
    const put = record(item.Put, 'Put');
    onlyFields(put, PUT_FIELDS, 'Put');
    return putChange(call, put);
  }
  if (kind === 'Update' && more.length === 0) {
    const update = record(item.Update, 'Update');
    onlyFields(update, UPDATE_FIELDS, 'Update');
    return updateChange(call, update);
  }
  throw validationError(`The stand-in does not know ${[kind, ...more].join(' and ')} of a transaction`);
}
