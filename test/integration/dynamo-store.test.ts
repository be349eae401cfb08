import { beforeAll, inject } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { storeContract } from '../support/store-contract.ts';

const table = { client: localDynamoDb(inject('dynamodbEndpoint')), name: `contract-${process.pid}` };
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };

beforeAll(() => createTable(table.client, table.name));

storeContract('DynamoDB', () => ({
  store: new DynamoBlocklistStore(table, retention),
  jobs: new DynamoJobStore(table, retention),
}));
