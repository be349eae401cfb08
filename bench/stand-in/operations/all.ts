import type { Call } from '../call.ts';
import { batchGetItem, batchWriteItem } from './batches.ts';
import { deleteItem, getItem, putItem, updateItem } from './items.ts';
import { query } from './query.ts';
import { batchExecuteStatement } from './statements.ts';
import { createTable, describeTable } from './tables.ts';
import { transactWriteItems } from './transact.ts';

export interface Operation {
  readonly run: (call: Call) => object;
  /** Fields of the request that are understood. */
  readonly fields: ReadonlySet<string>;
  /** Tells the capacity for each table, not for the one. */
  readonly batch?: true;
}

const CAPACITY = 'ReturnConsumedCapacity';
const ATTRIBUTES = ['ExpressionAttributeNames', 'ExpressionAttributeValues', CAPACITY];
const CREATE = ['TableName', 'BillingMode', 'AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes'];
const WRITE = ['TableName', 'ConditionExpression', ...ATTRIBUTES];

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['CreateTable', { run: createTable, fields: new Set(CREATE) }],
  ['DescribeTable', { run: describeTable, fields: new Set(['TableName']) }],
  ['GetItem', { run: getItem, fields: new Set(['TableName', 'Key', 'ConsistentRead', CAPACITY]) }],
  ['PutItem', { run: putItem, fields: new Set(['Item', ...WRITE]) }],
  ['UpdateItem', { run: updateItem, fields: new Set(['Key', 'UpdateExpression', ...WRITE]) }],
  ['DeleteItem', { run: deleteItem, fields: new Set(['Key', ...WRITE]) }],
  ['BatchGetItem', { run: batchGetItem, fields: new Set(['RequestItems', CAPACITY]), batch: true }],
  ['BatchWriteItem', { run: batchWriteItem, fields: new Set(['RequestItems', CAPACITY]), batch: true }],
  [
    'TransactWriteItems',
    { run: transactWriteItems, fields: new Set(['TransactItems', 'ClientRequestToken', CAPACITY]), batch: true },
  ],
  ['BatchExecuteStatement', { run: batchExecuteStatement, fields: new Set(['Statements', CAPACITY]), batch: true }],
  [
    'Query',
    {
      run: query,
      fields: new Set([
        'TableName',
        'IndexName',
        'KeyConditionExpression',
        'FilterExpression',
        'ProjectionExpression',
        'ScanIndexForward',
        'Limit',
        'ExclusiveStartKey',
        'ConsistentRead',
        ...ATTRIBUTES,
      ]),
    },
  ],
]);
