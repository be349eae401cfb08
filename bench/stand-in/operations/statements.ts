import { type AttributeValue, list, onlyFields, record, text } from '../attributes.ts';
import type { Call } from '../call.ts';
import { CONDITION_FAILED, validationError } from '../errors.ts';
import { isEqual } from '../expressions/compare.ts';
import { parseStatement, type Statement } from '../partiql.ts';
import { costOf } from '../table.ts';

const MOST = 25;
const FIELDS = new Set(['Statement', 'Parameters']);

/**
 * Each statement by itself: one that is refused says so in its own answer. One that is not understood, which DynamoDB would
 * answer likewise, is an error of the whole call, so that nobody overlooks it.
 */
export function batchExecuteStatement(call: Call): object {
  const requests = list(call.input.Statements, 'Statements', MOST).map((one) => {
    const request = record(one, 'Statements');
    onlyFields(request, FIELDS, 'BatchExecuteStatement');
    const statement = parseStatement(text(request.Statement, 'Statement'));
    const parameters = parametersOf(request.Parameters, statement);
    return { statement, parameters };
  });
  return { Responses: requests.map(({ statement, parameters }) => execute(call, statement, parameters)) };
}

type Parameters = readonly AttributeValue[];

function parametersOf(value: unknown, { parameters }: Statement): Parameters {
  if (!Array.isArray(value) || value.length !== parameters) {
    throw validationError("Number of parameters in request and statement don't match.");
  }
  return value.map((one: unknown) => record(one, 'Parameters'));
}

function execute(call: Call, statement: Statement, parameters: Parameters): object {
  if (statement.kind === 'insert') return insert(call, statement, parameters);
  return update(call, statement, parameters);
}

function insert(call: Call, { table: name, names }: Statement & { kind: 'insert' }, parameters: Parameters): object {
  const table = call.table(name);
  const item: Record<string, AttributeValue> = {};
  for (const [index, attribute] of names.entries()) {
    const value = parameters[index];
    if (value) item[attribute] = value;
  }
  const next = table.toStore(item);
  const key = table.keyOf(item);
  const prior = table.get(key);
  if (prior) {
    call.writes(table, costOf(prior, next));
    return refused(name, 'DuplicateItem', 'Duplicate primary key exists in table');
  }
  call.wrote(table, table.write(key, next));
  return { TableName: name };
}

/** Changes an item that is there and as `WHERE` says; never makes one. */
function update(call: Call, statement: Statement & { kind: 'update' }, parameters: Parameters): object {
  const { table: name, set, remove, where } = statement;
  const table = call.table(name);
  const wanted: Record<string, AttributeValue> = {};
  for (const [index, attribute] of where.entries()) {
    const value = parameters[set.length + index];
    if (value) wanted[attribute] = value;
  }
  const key = table.keyOf(wanted);
  const prior = table.get(key);
  const item: Record<string, AttributeValue> = { ...(prior?.item ?? wanted) };
  for (const [index, attribute] of set.entries()) {
    const value = parameters[index];
    if (value) item[attribute] = value;
  }
  for (const attribute of remove) delete item[attribute];
  const next = table.toStore(item);
  const { hash, range } = table.keys;
  if ([...set, ...remove].some((attribute) => attribute === hash || attribute === range)) {
    throw validationError('Cannot update attribute. This attribute is part of the key');
  }
  const holds = where.every((attribute) => {
    const [found, value] = [prior?.item[attribute], wanted[attribute]];
    return found !== undefined && value !== undefined && isEqual(found, value);
  });
  if (!holds) {
    call.writes(table, costOf(prior, next));
    return refused(name, 'ConditionalCheckFailed', CONDITION_FAILED);
  }
  call.wrote(table, table.write(key, next));
  return { TableName: name };
}

function refused(TableName: string, Code: string, Message: string): object {
  return { TableName, Error: { Code, Message } };
}
