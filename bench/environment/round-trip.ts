import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

/** One read of DynamoDB and nothing else: what a round trip takes here, with what the SDK adds to it. */
const client = new DynamoDBClient({});

export async function handler({ tableName }: { readonly tableName: string }): Promise<void> {
  await client.send(new GetItemCommand({ TableName: tableName, Key: { pk: { S: 'none' }, sk: { S: 'none' } } }));
}
