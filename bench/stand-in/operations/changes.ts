import { attributes, type Input, type Stored, text } from '../attributes.ts';
import type { Call } from '../call.ts';
import { validationError } from '../errors.ts';
import { holds } from '../expressions/evaluate.ts';
import { condition, update } from '../expressions/parsed.ts';
import { checkPlaceholders, scopeOf } from '../expressions/scope.ts';
import { updated } from '../expressions/update.ts';
import type { Key } from '../keys.ts';
import { costOf, type Table } from '../table.ts';

/** A write that has been looked at and not done yet. */
export interface Change {
  readonly table: Table;
  readonly key: Key;
  /** What is to be there; nothing where the item is to go. */
  readonly next: Stored | undefined;
  /** The condition does not hold. */
  readonly refused: boolean;
  /** Units of the table, which a refused write costs too. */
  readonly units: number;
}

export function putChange(call: Call, input: Input): Change {
  const table = call.table(input.TableName);
  const next = table.toStore(attributes(input.Item, 'Item'));
  const key = table.keyOf(next.item);
  const prior = table.get(key);
  const expression = condition(input.ConditionExpression);
  const scope = scopeOf(input);
  checkPlaceholders(scope, expression);
  const refused = expression !== undefined && !holds(expression.tree, prior?.item, scope);
  return { table, key, next, refused, units: costOf(prior, next) };
}

export function deleteChange(call: Call, input: Input): Change {
  const table = call.table(input.TableName);
  const key = table.exactKey(attributes(input.Key, 'Key'));
  const prior = table.get(key);
  const expression = condition(input.ConditionExpression);
  const scope = scopeOf(input);
  checkPlaceholders(scope, expression);
  const refused = expression !== undefined && !holds(expression.tree, prior?.item, scope);
  return { table, key, next: undefined, refused, units: costOf(prior, undefined) };
}

export function updateChange(call: Call, input: Input): Change {
  const table = call.table(input.TableName);
  const bareKey = attributes(input.Key, 'Key');
  const key = table.exactKey(bareKey);
  const prior = table.get(key);
  const expression = condition(input.ConditionExpression);
  const actions = update(text(input.UpdateExpression, 'UpdateExpression'));
  if (!actions) throw validationError('UpdateExpression is missing');
  const scope = scopeOf(input);
  checkPlaceholders(scope, expression, actions);
  const refused = expression !== undefined && !holds(expression.tree, prior?.item, scope);
  const make = () => keepingKey(table, key, updated(actions.tree, prior?.item ?? bareKey, scope));
  const next = refused ? ifPossible(make) : make();
  return { table, key, next, refused, units: costOf(prior, next) };
}

function keepingKey(table: Table, { hash, range }: Key, item: Stored['item']): Stored {
  if (item[table.keys.hash]?.S !== hash || item[table.keys.range]?.S !== range) {
    throw validationError('Cannot update attribute. This attribute is part of the key');
  }
  return table.toStore(item);
}

/** What a refused update would have made counts for its price, but not what would have been wrong with it. */
function ifPossible(make: () => Stored): Stored | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
