import { TABLE } from '../../contract.ts';
import type { Due } from '../../core/blocklist/pass.ts';
import type { DueUser } from '../../core/blocklist/store.ts';
import { DUE, keys, SHARDS } from './keys.ts';
import { queryPages } from './query.ts';
import { type Table, toItem } from './table.ts';

/** Users on whom something is due by `now`, of every number, the longest due first within each partition of the index. */
export async function* listDueUsers(table: Table, due: Due, now: string): AsyncGenerator<DueUser[]> {
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const pages = queryPages(table, {
      IndexName: TABLE.dueIndex,
      KeyConditionExpression: 'dueBucket = :bucket AND dueAt <= :now',
      ExpressionAttributeValues: toItem({ ':bucket': DUE.usersOf(due, shard), ':now': now }),
    });
    for await (const page of pages) {
      yield page.map(({ pk, sk }) => ({
        phoneNumberId: keys.numberOfUser(String(pk)),
        user: keys.userOf(String(sk)),
      }));
    }
  }
}
