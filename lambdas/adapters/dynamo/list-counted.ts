import * as z from 'zod/mini';
import type { CountedUser } from '../../core/blocklist/store.ts';
import { keys, SHARDS } from './keys.ts';
import { queryAll } from './query.ts';
import { type Table, toItem } from './table.ts';

const maybe = z.optional(z.string());
const counted = z.object({
  user: z.string(),
  state: z.enum(['blocked', 'deferred']),
  waId: maybe,
  userId: maybe,
  expiresAt: maybe,
}) satisfies z.ZodMiniType<CountedUser>;

/** Partitions read at the same time: all of a full list is some 30 MB, and most of a read is waiting. */
const SHARDS_AT_ONCE = 4;

/**
 * Everyone in state `blocked` or `deferred`, a page for each partition. Only what is compared and counted is kept: 64,000 of
 * them have to fit in memory.
 */
export async function* listCounted(table: Table, phoneNumberId: string): AsyncGenerator<CountedUser[]> {
  for (let first = 0; first < SHARDS; first += SHARDS_AT_ONCE) {
    const shards = Array.from({ length: Math.min(SHARDS_AT_ONCE, SHARDS - first) }, (_, index) => first + index);
    yield* await Promise.all(shards.map((shard) => listShard(table, phoneNumberId, shard)));
  }
}

async function listShard(table: Table, phoneNumberId: string, shard: number): Promise<CountedUser[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
    FilterExpression: '#state IN (:blocked, :deferred)',
    ProjectionExpression: 'sk, #state, waId, userId, expiresAt',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: toItem({
      ':pk': keys.shard(phoneNumberId, shard),
      ':user': keys.userPrefix,
      ':blocked': 'blocked',
      ':deferred': 'deferred',
    }),
  });
  return items.map((item) => counted.parse({ ...item, user: keys.userOf(String(item.sk)) }));
}
