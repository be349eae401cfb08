import * as z from 'zod/mini';
import { TABLE } from '../../contract/table.ts';
import type { ListedAlias, ListedItem, ListedUser } from '../../core/ports/blocklist-store.ts';
import { keys, SHARDS } from './keys.ts';
import { queryAll } from './query.ts';
import { type Table, toItem } from './table.ts';

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
  isPreviousId: z.optional(z.boolean()),
  ends: z.boolean(),
}) satisfies z.ZodMiniType<ListedAlias>;

/** Partitions read at the same time: all of a full list is some 30 MB, and most of a read is waiting. */
const SHARDS_AT_ONCE = 4;

/** The whole mirror of a number, a page for each partition. Whatever is asked for, a read costs the items' full size. */
export async function* listMirror(table: Table, phoneNumberId: string): AsyncGenerator<ListedItem[]> {
  for (let first = 0; first < SHARDS; first += SHARDS_AT_ONCE) {
    const shards = Array.from({ length: Math.min(SHARDS_AT_ONCE, SHARDS - first) }, (_, index) => first + index);
    yield* await Promise.all(shards.map((shard) => listShard(table, phoneNumberId, shard)));
  }
}

async function listShard(table: Table, phoneNumberId: string, shard: number): Promise<ListedItem[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
    ProjectionExpression: 'sk, #state, waId, userId, expiresAt, aliasOf, isPreviousId, #ttl',
    ExpressionAttributeNames: { '#state': 'state', '#ttl': TABLE.ttl },
    ExpressionAttributeValues: toItem({ ':pk': keys.shard(phoneNumberId, shard), ':user': keys.userPrefix }),
  });
  return items.map((item) => {
    const id = keys.userOf(String(item.sk));
    if (item.aliasOf === undefined) return listedUser.parse({ ...item, user: id });
    return listedAlias.parse({ ...item, id, ends: item[TABLE.ttl] !== undefined });
  });
}
