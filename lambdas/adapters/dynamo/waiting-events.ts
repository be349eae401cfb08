import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { keys, SHARDS } from './keys.ts';
import { queryPages } from './query.ts';
import { type Item, type Table, toItem, unlessRefused } from './table.ts';

const eventItem = z.object({
  pk: z.string(),
  sk: z.string(),
  // The end of a job has counts of that name.
  detail: z.looseObject({ users: z.catch(z.optional(z.array(z.string())), undefined) }),
});

/** What was published meanwhile is not written again. */
export async function eraseFromEvents(table: Table, ids: readonly string[]): Promise<number> {
  let erased = 0;
  for await (const page of outboxPages(table)) {
    for (const { pk, sk, detail } of page.map((item) => eventItem.parse(item))) {
      const { users } = detail;
      if (!users?.some((user) => ids.includes(user))) continue;
      const update = new UpdateItemCommand({
        TableName: table.name,
        Key: toItem({ pk, sk }),
        UpdateExpression: 'SET detail = :left',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: toItem({
          ':left': { ...detail, users: users.filter((user) => !ids.includes(user)) },
        }),
      });
      if (await unlessRefused(table.client.send(update))) erased += 1;
    }
  }
  return erased;
}

/** Every item of the outbox, which is nearly always empty. */
export async function* outboxPages(table: Table): AsyncGenerator<Item[]> {
  for (let shard = 0; shard < SHARDS; shard += 1) {
    yield* queryPages(table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: toItem({ ':pk': keys.outboxShard(shard) }),
      ConsistentRead: true,
    });
  }
}
