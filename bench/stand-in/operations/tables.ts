import { type Input, list, record, text } from '../attributes.ts';
import type { Call } from '../call.ts';
import { dynamoError, validationError } from '../errors.ts';
import type { KeyNames } from '../keys.ts';
import { Table } from '../table.ts';
import { TableIndex } from '../table-index.ts';

const MOST = 20;

/** Tables with two text keys, and indexes that project keys only: what the service has. */
export function createTable(call: Call): object {
  const { database, input } = call;
  const name = text(input.TableName, 'TableName');
  if (database.tables.has(name)) throw dynamoError('ResourceInUseException', `Table already exists: ${name}`);
  const texts = new Set(
    list(input.AttributeDefinitions, 'AttributeDefinitions', MOST).map((one) => {
      const { AttributeName, AttributeType } = record(one, 'AttributeDefinitions');
      if (AttributeType !== 'S') throw validationError(`The stand-in knows keys of type S only, not ${AttributeType}`);
      return text(AttributeName, 'AttributeName');
    }),
  );
  const keys = keyNames(input.KeySchema, texts);
  const indexes = input.GlobalSecondaryIndexes ?? [];
  const made = Array.isArray(indexes) ? indexes.map((one) => indexOf(record(one, 'An index'), keys, texts)) : [];
  database.tables.set(name, new Table(name, keys, made));
  return { TableDescription: described(name, input) };
}

export function describeTable(call: Call): object {
  const table = call.table(call.input.TableName);
  return { Table: described(table.name, {}) };
}

function described(TableName: string, { KeySchema, AttributeDefinitions }: Input) {
  return { TableName, TableStatus: 'ACTIVE', KeySchema, AttributeDefinitions };
}

function keyNames(schema: unknown, texts: ReadonlySet<string>): KeyNames {
  const names = new Map<unknown, string>();
  for (const one of list(schema, 'KeySchema', 2)) {
    const { AttributeName, KeyType } = record(one, 'KeySchema');
    const name = text(AttributeName, 'AttributeName');
    if (!texts.has(name)) throw validationError(`${name} of a KeySchema is not in AttributeDefinitions`);
    names.set(KeyType, name);
  }
  const [hash, range] = [names.get('HASH'), names.get('RANGE')];
  if (hash === undefined || range === undefined)
    throw validationError('The stand-in knows keys of HASH and RANGE only');
  return { hash, range };
}

function indexOf({ IndexName, KeySchema, Projection }: Input, keys: KeyNames, texts: ReadonlySet<string>): TableIndex {
  const { ProjectionType } = record(Projection, 'Projection');
  if (ProjectionType !== 'KEYS_ONLY')
    throw validationError(`The stand-in does not know the projection ${ProjectionType}`);
  return new TableIndex(text(IndexName, 'IndexName'), keyNames(KeySchema, texts), keys);
}
