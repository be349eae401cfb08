import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ListPage, ListQuery } from '../../core/ports/list-page.ts';
import type { ListFilter } from '../../core/users/list-filter.ts';
import type { MirrorUser } from '../../core/users/mirror.ts';
import { keys, SHARDS } from './keys.ts';
import { parseMirrorUser } from './mirror-item.ts';
import { fromItem, type Table, toItem } from './table.ts';

type PlacedUser = MirrorUser & { readonly shard: number };

/**
 * How many items one request with a filter reads, about: DynamoDB finds the users by reading everything. A full list has 64,000,
 * so that a search of it takes four pages of about 10 MB.
 */
const LARGEST_SEARCH = 20_000;
/** Shards that a search reads at once, at most. Each may have a sixteenth of the list. */
const WIDEST_SEARCH = 2;
/** Places before and after every id of a shard: ids begin with digits or letters. */
const BEFORE_ALL = '!';
const AFTER_ALL = '~';

/**
 * A page of the mirror in the order of its partitions. A place in that order is a shard and a key, so a page begins at the
 * right place whatever other writers did meanwhile. Shards are read one, two, four … at a time: a full page mostly needs one,
 * and a short list takes five rounds, not sixteen.
 */
export async function pageBlocked(table: Table, phoneNumberId: string, query: ListQuery): Promise<ListPage> {
  const { limit, from, filter, backward = false } = query;
  const wanted = limit + 1;
  const found: PlacedUser[] = [];
  const page = (): ListPage => {
    const users = found.slice(0, limit);
    return { users: backward ? users.reverse() : users, more: found.length > limit };
  };
  const shards = shardsFrom(from?.shard, backward);
  const edge = backward ? BEFORE_ALL : AFTER_ALL;
  let read = 0;
  for (let width = 1; ; width = Math.min(width * 2, filter ? WIDEST_SEARCH : SHARDS)) {
    const group = shards.splice(0, width);
    const all = await Promise.all(
      group.map((shard) =>
        readShard(table, phoneNumberId, {
          shard,
          limit: wanted - found.length,
          most: filter ? LARGEST_SEARCH - read : Number.POSITIVE_INFINITY,
          backward,
          filter,
          after: shard === from?.shard ? from.user : undefined,
        }),
      ),
    );
    for (const [index, shard] of group.entries()) {
      const { users = [], read: ofShard = 0, end } = all[index] ?? {};
      found.push(...users);
      read += ofShard;
      if (found.length >= wanted) return page();
      // What was read of the shards behind it is read again by the next page.
      if (end !== undefined) return { ...page(), more: true, end: { shard, user: end } };
    }
    const shard = group.at(-1) ?? 0;
    if (shards.length === 0) return filter ? { ...page(), end: { shard, user: edge } } : page();
    if (filter && read >= LARGEST_SEARCH) return { ...page(), more: true, end: { shard, user: edge } };
  }
}

function shardsFrom(first: number | undefined, backward: boolean): number[] {
  const all = Array.from({ length: SHARDS }, (_, shard) => shard);
  if (backward) return all.slice(0, first === undefined ? SHARDS : first + 1).reverse();
  return all.slice(first ?? 0);
}

/** Items to read at once if there are others between the users: more each time, up to this. */
const LARGEST_READ = 1_000;

interface ShardQuery extends Pick<ListQuery, 'limit' | 'filter'> {
  readonly shard: number;
  /** How many items may be read. */
  readonly most: number;
  readonly backward: boolean;
  readonly after: string | undefined;
}

interface ShardRead {
  readonly users: readonly PlacedUser[];
  /** Items that were read. */
  readonly read: number;
  /** The id at which reading stopped, if neither the users are enough nor the shard is at its end. */
  readonly end?: string;
}

/** Blocked users of one shard, at least `limit` if there are as many. Tombstones and aliases are skipped. */
async function readShard(table: Table, phoneNumberId: string, query: ShardQuery): Promise<ShardRead> {
  const { shard, limit, most, backward, filter = {}, after } = query;
  const pk = keys.shard(phoneNumberId, shard);
  const users: PlacedUser[] = [];
  const { conditions, names, values } = expressionsOf(filter);
  // DynamoDB's limit counts the items that it reads, before the filter.
  let next = limit;
  let read = 0;
  let start = after === undefined ? undefined : toItem({ pk, sk: keys.userSortKey(after) });
  do {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
        FilterExpression: ['#state = :blocked', ...conditions].join(' AND '),
        ExpressionAttributeNames: { '#state': 'state', ...names },
        ExpressionAttributeValues: toItem({ ':pk': pk, ':user': keys.userPrefix, ':blocked': 'blocked', ...values }),
        ScanIndexForward: !backward,
        Limit: Math.min(next, most - read),
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) users.push({ ...parseMirrorUser(fromItem(item)), shard });
    read += answer.ScannedCount ?? 0;
    start = answer.LastEvaluatedKey;
    next = Math.min(next * 4, LARGEST_READ);
  } while (start && users.length < limit && read < most);
  if (!start || users.length >= limit) return { users, read };
  return { users, read, end: keys.userOf(String(fromItem(start).sk)) };
}

/** What each part of a filter asks of an item. An item without the attribute does not have it. */
const CONDITIONS = {
  reasonCode: ['reasonCode', '='],
  actor: ['actor', '='],
  source: ['source', '='],
  expiresBefore: ['expiresAt', '<'],
  blockedAfter: ['blockedAt', '>='],
  blockedBefore: ['blockedAt', '<'],
} as const satisfies Record<keyof ListFilter, readonly [keyof MirrorUser, '=' | '<' | '>=']>;

function expressionsOf(filter: ListFilter) {
  const given = Object.entries(CONDITIONS).flatMap(([name, [attribute, operator]]) => {
    const value = new Map<string, string | undefined>(Object.entries(filter)).get(name);
    return value === undefined ? [] : [{ name, attribute, operator, value }];
  });
  return {
    conditions: given.map(({ name, operator }) => `#${name} ${operator} :${name}`),
    names: Object.fromEntries(given.map(({ name, attribute }) => [`#${name}`, attribute])),
    values: Object.fromEntries(given.map(({ name, value }) => [`:${name}`, value])),
  };
}
