import { DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { keys, SHARDS } from '../../../lambdas/adapters/dynamo/keys.ts';
import { DUMMY_CREDENTIALS } from '../../../local/cloud/loopback.ts';

/**
 * How many items the table holds about a number: mirror, number, jobs, idempotency keys and today's operations. For tests
 * that nothing was written, where no route could tell.
 */
export function countStored(phoneNumberId: string): Promise<number> {
  const registry = keys.registry(phoneNumberId);
  const now = new Date().toISOString();
  return withCount(async (count) =>
    sum(
      await Promise.all([
        ...Array.from({ length: SHARDS }, (_, shard) => count(keys.shard(phoneNumberId, shard))),
        count(keys.summary(phoneNumberId).pk),
        count(registry.pk, registry.sk),
        count(keys.operation(phoneNumberId, now, '').pk),
        count(keys.idempotency(phoneNumberId, '').pk),
      ]),
    ),
  );
}

/** How many events the histories of these users hold in all: thousands of users, in less time than over the API. */
export function countEvents(phoneNumberId: string, users: readonly string[]): Promise<number> {
  return withCount(async (count) => {
    let events = 0;
    for (let from = 0; from < users.length; from += 50) {
      const some = users.slice(from, from + 50);
      events += sum(await Promise.all(some.map((user) => count(keys.history(phoneNumberId, user)))));
    }
    return events;
  });
}

async function withCount<T>(use: (count: (pk: string, sk?: string) => Promise<number>) => Promise<T>): Promise<T> {
  const { endpoint, region, tableName } = inject('stack');
  const client = new DynamoDBClient({ endpoint, region, credentials: DUMMY_CREDENTIALS });
  try {
    return await use(async (pk, sk) => {
      const query: QueryCommandInput = {
        TableName: tableName,
        Select: 'COUNT',
        ConsistentRead: true,
        KeyConditionExpression: sk === undefined ? 'pk = :pk' : 'pk = :pk AND sk = :sk',
        ExpressionAttributeValues: { ':pk': { S: pk }, ...(sk !== undefined && { ':sk': { S: sk } }) },
      };
      return (await client.send(new QueryCommand(query))).Count ?? 0;
    });
  } finally {
    client.destroy();
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
