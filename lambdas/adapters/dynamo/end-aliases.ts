import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract/table.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { type Key, keys, SHARDS } from './keys.ts';
import { queryPages } from './query.ts';
import { inDays } from './retention.ts';
import { CONCURRENCY, type Table, toItem, unlessRefused } from './table.ts';

/** Days after which an alias that leads nowhere goes: many comparisons long, so that one which leads somewhere again is kept. */
const ALIAS_DAYS = 30;

interface FoundAlias {
  readonly key: Key;
  readonly aliasOf: string;
  readonly ends: boolean;
}

/**
 * Gives an end to each alias of a number whose user is gone, and takes it from each whose user is there again; `all` are to
 * end where the number is out of use. Gives how many were changed. Reads the whole mirror, and keeps ids only.
 */
export async function endAliases(
  table: Table,
  phoneNumberId: string,
  now: string,
  { all = false }: { all?: boolean } = {},
): Promise<number> {
  const users = new Set<string>();
  const aliases: FoundAlias[] = [];
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  await inParallel(shards, SHARDS_AT_ONCE, async (shard) => {
    const pages = queryPages(table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
      ProjectionExpression: 'pk, sk, aliasOf, #ttl',
      ExpressionAttributeNames: { '#ttl': TABLE.ttl },
      ExpressionAttributeValues: toItem({ ':pk': keys.shard(phoneNumberId, shard), ':user': keys.userPrefix }),
    });
    for await (const page of pages) {
      for (const { pk, sk, aliasOf, ttl } of page) {
        const key = { pk: String(pk), sk: String(sk) };
        if (aliasOf === undefined) users.add(keys.userOf(key.sk));
        else aliases.push({ key, aliasOf: String(aliasOf), ends: ttl !== undefined });
      }
    }
  });
  const changed = aliases.filter(({ aliasOf, ends }) => ends !== (all || !users.has(aliasOf)));
  const ttl = inDays(Date.parse(now), ALIAS_DAYS);
  await inParallel(changed, CONCURRENCY, async ({ key, aliasOf, ends }) => {
    const update = new UpdateItemCommand({
      TableName: table.name,
      Key: toItem(key),
      // With a revision: whoever read it before, and makes a blocked user of it, must not inherit the end.
      UpdateExpression: `SET revision = revision + :one${ends ? ' REMOVE #ttl' : ', #ttl = :ttl'}`,
      // Somebody else may have made a user of it, or have it lead to another one.
      ConditionExpression: 'aliasOf = :user',
      ExpressionAttributeNames: { '#ttl': TABLE.ttl },
      ExpressionAttributeValues: toItem({ ':user': aliasOf, ':one': 1, ':ttl': ends ? undefined : ttl }),
    });
    await unlessRefused(table.client.send(update));
  });
  return changed.length;
}

/** Partitions read at the same time, as by a comparison. */
const SHARDS_AT_ONCE = 4;
