import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { keys } from './keys.ts';
import { queryAll } from './query.ts';
import { type Table, toItem, unlessRefused } from './table.ts';

const idsOf = z.object({ sk: z.string(), ids: z.array(z.string()) });

/** One Query: the ids of 1,000 users have less than 1 MB. */
export async function listProtectedIds(table: Table): Promise<ReadonlyMap<string, string>> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk',
    ProjectionExpression: 'sk, ids',
    ExpressionAttributeValues: toItem({ ':pk': keys.protectedUsers }),
    ConsistentRead: true,
  });
  return new Map(
    items.flatMap((item) => {
      const { sk, ids } = idsOf.parse(item);
      return ids.map((id) => [id, sk] as const);
    }),
  );
}

export async function addProtectedId(table: Table, user: string, id: string): Promise<void> {
  await unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.protectedUser(user)),
        UpdateExpression: 'SET ids = list_append(ids, :list) ADD revision :one',
        ConditionExpression: 'attribute_exists(pk) AND NOT contains(ids, :id)',
        ExpressionAttributeValues: toItem({ ':list': [id], ':id': id, ':one': 1 }),
      }),
    ),
  );
}
