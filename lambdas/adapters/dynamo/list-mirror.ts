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
  blockedAt: maybe,
  reasonCode: maybe,
}) satisfies z.ZodMiniType<ListedUser>;
const aliasItem = z.object({
  id: z.string(),
  aliasOf: z.string(),
  isPreviousId: z.optional(z.boolean()),
  ends: z.boolean(),
}) satisfies z.ZodMiniType<ListedAlias>;

/**
 * The whole mirror of a number, in pages of 1 MB, one after another. A full list has about 30 MB. To read four partitions at
 * once takes 80 MB more memory and saves half a second. A read costs the full size of the items, whatever attributes it
 * selects.
 */
export async function* listMirror(table: Table, phoneNumberId: string): AsyncGenerator<ListedItem[]> {
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const pages = queryPages(table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
      ProjectionExpression: 'sk, #state, waId, userId, expiresAt, blockedAt, reasonCode, aliasOf, isPreviousId, #ttl',
      ExpressionAttributeNames: { '#state': 'state', '#ttl': TABLE.ttl },
      ExpressionAttributeValues: toItem({ ':pk': keys.shard(phoneNumberId, shard), ':user': keys.userPrefix }),
    });
    for await (const items of pages) yield items.map(listedItem);
  }
}

function listedItem(item: Item): ListedItem {
  const id = keys.userOf(String(item.sk));
  if (item.aliasOf === undefined) return listedUser.parse({ ...item, user: id });
  return listedAlias(item);
}

export function listedAlias(item: Item): ListedAlias {
  return aliasItem.parse({ ...item, id: keys.userOf(String(item.sk)), ends: item[TABLE.ttl] !== undefined });
}
