import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ListPage, ListPosition } from '../../core/ports/blocklist-store.ts';
import type { MirrorUser } from '../../core/users/mirror.ts';
import { keys, SHARDS } from './keys.ts';
import { parseMirrorUser } from './mirror-item.ts';
import { fromItem, type Table, toItem } from './table.ts';

type PlacedUser = MirrorUser & { readonly shard: number };

/**
 * A page of the mirror in the order of its partitions. A place in that order is a shard and a key, so a page begins at the
 * right place whatever other writers did meanwhile. Shards are read one, two, four … at a time: a full page mostly needs one,
 * and a short list takes five rounds, not sixteen.
 */
export async function pageBlocked(
  table: Table,
  phoneNumberId: string,
  page: { limit: number; from?: ListPosition | undefined; backward?: boolean },
): Promise<ListPage> {
  const backward = page.backward ?? false;
  const wanted = page.limit + 1;
  const users: PlacedUser[] = [];
  const shards = shardsFrom(page.from?.shard, backward);
  for (let width = 1; shards.length > 0 && users.length < wanted; width *= 2) {
    const limit = wanted - users.length;
    const found = await Promise.all(
      shards.splice(0, width).map((shard) =>
        queryShard(table, phoneNumberId, {
          shard,
          limit,
          backward,
          after: shard === page.from?.shard ? page.from.user : undefined,
        }),
      ),
    );
    users.push(...found.flat());
  }
  const kept = users.slice(0, page.limit);
  return { users: backward ? kept.reverse() : kept, more: users.length > page.limit };
}

function shardsFrom(first: number | undefined, backward: boolean): number[] {
  const all = Array.from({ length: SHARDS }, (_, shard) => shard);
  if (backward) return all.slice(0, first === undefined ? SHARDS : first + 1).reverse();
  return all.slice(first ?? 0);
}

/** Items to read at once if there are tombstones between the blocked users: more each time, up to this. */
const LARGEST_READ = 1_000;

/** Blocked users of one shard, at least `limit` if there are as many. Tombstones and aliases are skipped. */
async function queryShard(
  table: Table,
  phoneNumberId: string,
  query: { shard: number; limit: number; backward: boolean; after: string | undefined },
): Promise<PlacedUser[]> {
  const { shard, limit, backward, after } = query;
  const pk = keys.shard(phoneNumberId, shard);
  const users: PlacedUser[] = [];
  // DynamoDB's limit counts the items that it reads, before the filter.
  let read = limit;
  let start = after === undefined ? undefined : toItem({ pk, sk: keys.userSortKey(after) });
  do {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
        FilterExpression: '#state = :blocked',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: toItem({ ':pk': pk, ':user': keys.userPrefix, ':blocked': 'blocked' }),
        ScanIndexForward: !backward,
        Limit: read,
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) users.push({ ...parseMirrorUser(fromItem(item)), shard });
    start = answer.LastEvaluatedKey;
    read = Math.min(read * 4, LARGEST_READ);
  } while (start && users.length < limit);
  return users;
}
