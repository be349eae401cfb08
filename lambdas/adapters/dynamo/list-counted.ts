import type { MirrorUser } from '../../core/blocklist/mirror.ts';
import { keys, SHARDS } from './keys.ts';
import { queryAll } from './query.ts';
import { type Item, type Table, toItem } from './table.ts';

type ListedUser = Pick<MirrorUser, 'user' | 'waId' | 'userId'>;

/** Partitions read at the same time: all of a full list is some 30 MB, and most of a read is waiting. */
const SHARDS_AT_ONCE = 4;

/** Everyone in state `blocked`, a page for each partition. Only the ids are kept: 64,000 of them have to fit in memory. */
export async function* listBlocked(table: Table, phoneNumberId: string): AsyncGenerator<ListedUser[]> {
  for (let first = 0; first < SHARDS; first += SHARDS_AT_ONCE) {
    const shards = Array.from({ length: Math.min(SHARDS_AT_ONCE, SHARDS - first) }, (_, index) => first + index);
    yield* await Promise.all(shards.map((shard) => listShard(table, phoneNumberId, shard)));
  }
}

async function listShard(table: Table, phoneNumberId: string, shard: number): Promise<ListedUser[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
    FilterExpression: '#state = :blocked',
    ProjectionExpression: '#user, waId, userId',
    ExpressionAttributeNames: { '#state': 'state', '#user': 'user' },
    ExpressionAttributeValues: toItem({
      ':pk': keys.shard(phoneNumberId, shard),
      ':user': keys.userPrefix,
      ':blocked': 'blocked',
    }),
  });
  return items.map(({ user, waId, userId }: Item) => ({
    user: String(user),
    waId: named(waId),
    userId: named(userId),
  }));
}

function named(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
