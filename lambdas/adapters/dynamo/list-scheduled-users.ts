import { TABLE } from '../../contract/table.ts';
import type { ScheduledAction } from '../../core/changes/attempt-context.ts';
import type { ScheduledUser } from '../../core/ports/blocklist-store.ts';
import { keys, SCHEDULED, SHARDS } from './keys.ts';
import { queryPages } from './query.ts';
import { type Table, toItem } from './table.ts';

/**
 * Users of every number whose scheduled action is due at `now`. It reads a page of each partition of the index in turn, and
 * the oldest first within each, so that nobody waits for a whole partition.
 */
export async function* listScheduledUsers(
  table: Table,
  action: ScheduledAction,
  now: string,
): AsyncGenerator<ScheduledUser[]> {
  let open = Array.from({ length: SHARDS }, (_, shard) =>
    queryPages(table, {
      IndexName: TABLE.scheduledIndex,
      KeyConditionExpression: 'scheduledBucket = :bucket AND scheduledAt <= :now',
      ExpressionAttributeValues: toItem({ ':bucket': SCHEDULED.usersInShard(action, shard), ':now': now }),
    }),
  );
  while (open.length > 0) {
    const more: typeof open = [];
    for (const pages of open) {
      const { done, value: page } = await pages.next();
      if (done) continue;
      more.push(pages);
      yield page.map(({ pk, sk, scheduledAt }) => ({
        phoneNumberId: keys.numberOfUser(String(pk)),
        user: keys.userOf(String(sk)),
        scheduledAt: String(scheduledAt),
      }));
    }
    open = more;
  }
}
