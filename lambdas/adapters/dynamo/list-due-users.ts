import { TABLE } from '../../contract/table.ts';
import type { Due } from '../../core/blocklist/pass.ts';
import type { DueUser } from '../../core/blocklist/store.ts';
import { DUE, keys, SHARDS } from './keys.ts';
import { queryPages } from './query.ts';
import { type Table, toItem } from './table.ts';

/**
 * Users on whom something is due by `now`, of every number: a page of each partition of the index in turn, the longest due
 * first within each, so that nobody waits behind a whole partition.
 */
export async function* listDueUsers(table: Table, due: Due, now: string): AsyncGenerator<DueUser[]> {
  let open = Array.from({ length: SHARDS }, (_, shard) =>
    queryPages(table, {
      IndexName: TABLE.dueIndex,
      KeyConditionExpression: 'dueBucket = :bucket AND dueAt <= :now',
      ExpressionAttributeValues: toItem({ ':bucket': DUE.usersOf(due, shard), ':now': now }),
    }),
  );
  while (open.length > 0) {
    const more: typeof open = [];
    for (const pages of open) {
      const { done, value: page } = await pages.next();
      if (done) continue;
      more.push(pages);
      yield page.map(({ pk, sk }) => ({
        phoneNumberId: keys.numberOfUser(String(pk)),
        user: keys.userOf(String(sk)),
      }));
    }
    open = more;
  }
}
