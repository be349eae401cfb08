import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { DynamoKeyStore } from '../../lambdas/adapters/dynamo/key-store.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { keyStoreContract } from '../support/key-contract.ts';

const client = localDynamoDb(inject('dynamodbEndpoint'));

keyStoreContract(async () => {
  const name = `keys-${randomUUID()}`;
  await createTable(client, name);
  return new DynamoKeyStore({ client, name });
});
