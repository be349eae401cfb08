import * as z from 'zod/mini';
import { TABLE } from '../../contract/table.ts';
import type { ListedAlias, ListedItem, ListedUser } from '../../core/ports/blocklist-store.ts';
import { keys, SHARDS } from './keys.ts';
import { queryPages } from './query.ts';
import { type Item, type Table, toItem } from './table.ts';

const maybe = z.optional(z.string());
const listedUser = z.object({
  user: z.string(),
  state: z.enum(['blocked', 'unblocked', 'deferred', 'unknown']),
  waId: maybe,
  userId: maybe,
  expiresAt: maybe,
}) satisfies z.ZodMiniType<ListedUser>;
const listedAlias = z.object({
  id: z.string(),
  aliasOf: z.string(),
  retired: z.optional(z.boolean()),
  ends: z.boolean(),
}) satisfies z.ZodMiniType<ListedAlias>;

/**
 * The whole mirror of a number, a page of 1 MB at a time, one after the other: a full list is some 30 MB, and four partitions
 * at once take 80 MB more memory and save half a second. Whatever is asked for, a read costs the items' full size.
 */
export async function* listMirror(table: Table, phoneNumberId: string): AsyncGenerator<ListedItem[]> {
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const pages = queryPages(table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
      ProjectionExpression: 'sk, #state, waId, userId, expiresAt, aliasOf, retired, #ttl',
      ExpressionAttributeNames: { '#state': 'state', '#ttl': TABLE.ttl },
      ExpressionAttributeValues: toItem({ ':pk': keys.shard(phoneNumberId, shard), ':user': keys.userPrefix }),
    });
    for await (const items of pages) yield items.map(listedItem);
  }
}

function listedItem(item: Item): ListedItem {
  const id = keys.userOf(String(item.sk));
  if (item.aliasOf === undefined) return listedUser.parse({ ...item, user: id });
  return listedAlias.parse({ ...item, id, ends: item[TABLE.ttl] !== undefined });
}
