import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ENV } from '../../lambdas/contract/environment.ts';

/** One read of DynamoDB and nothing else: what a round trip takes here, with what the SDK adds to it. */
const client = new DynamoDBClient({});
const read = { TableName: process.env[ENV.tableName], Key: { pk: { S: 'none' }, sk: { S: 'none' } } };

export async function handler(): Promise<void> {
  await client.send(new GetItemCommand(read));
}
