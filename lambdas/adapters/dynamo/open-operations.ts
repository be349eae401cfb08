import * as z from 'zod/mini';
import { TABLE } from '../../contract/table.ts';
import { OPERATION_DEADLINE_MS, type OpenOperation } from '../../core/changes/operation.ts';
import { isoTime } from '../../core/iso-time.ts';
import type { OverdueOperations } from '../../core/ports/blocklist-store.ts';
import { type Key, keys, SCHEDULED, SHARDS } from './keys.ts';
import { unpack } from './pack.ts';
import { queryAll, queryPages } from './query.ts';
import { storedOperation } from './stored-operation.ts';
import { batchGet, type Item, type Table, toItem } from './table.ts';

/** An operation that can be found until a reconciliation has finished: with the ids of its users. */
const openOperation = z.extend(storedOperation, {
  ids: z.optional(z.array(z.string())),
  conflicting: z.optional(z.array(z.string())),
  durationMs: z.optional(z.number()),
  status: z.enum(['started', 'uncertain']),
}) satisfies z.ZodMiniType<OpenOperation>;

export async function listOpenOperations(table: Table, phoneNumberId: string): Promise<OpenOperation[]> {
  const found = await queryAll(table, {
    IndexName: TABLE.scheduledIndex,
    KeyConditionExpression: 'scheduledBucket = :bucket',
    FilterExpression: 'begins_with(pk, :operations)',
    ExpressionAttributeValues: toItem({
      ':bucket': SCHEDULED.operations(phoneNumberId),
      ':operations': keys.operations(phoneNumberId),
    }),
  });
  const items = await batchGet(
    table,
    found.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
    true,
  );
  // The index is a moment behind the table.
  return items.filter(({ status }) => status === 'started' || status === 'uncertain').map(parseOperation);
}

function parseOperation(item: Item): OpenOperation {
  const { ids, conflicting } = item;
  return openOperation.parse({
    ...item,
    ids: ids === undefined ? undefined : unpack(ids),
    conflicting: conflicting === undefined ? undefined : unpack(conflicting),
  });
}

/** The index has only the keys. The table says who made an operation. */
const overdueOperation = z.object({ status: z.string(), jobId: z.optional(z.string()) });

export async function listOverdueOperations(table: Table, now: string): Promise<OverdueOperations> {
  const numbers = new Set<string>();
  const found: Key[] = [];
  let oldestDueAt: string | undefined;
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  await Promise.all(
    shards.map(async (shard) => {
      const scheduledItems = queryPages(table, {
        IndexName: TABLE.scheduledIndex,
        KeyConditionExpression: 'scheduledBucket = :bucket AND scheduledAt <= :now',
        ExpressionAttributeValues: toItem({ ':bucket': SCHEDULED.operationsInShard(shard), ':now': now }),
      });
      for await (const page of scheduledItems) {
        for (const { pk, sk, scheduledAt } of page) {
          const dueAt = String(scheduledAt);
          if (oldestDueAt === undefined || dueAt < oldestDueAt) oldestDueAt = dueAt;
          numbers.add(keys.numberOfOperation(String(pk)));
          found.push({ pk: String(pk), sk: String(sk) });
        }
      }
    }),
  );
  const jobs = new Set<string>();
  for (const item of await batchGet(table, found, false)) {
    const { status, jobId } = overdueOperation.parse(item);
    if (jobId !== undefined && status === 'started') jobs.add(jobId);
  }
  const oldestStartedAt = oldestDueAt && isoTime(Date.parse(oldestDueAt) - OPERATION_DEADLINE_MS);
  return { phoneNumberIds: [...numbers], jobIds: [...jobs], oldestStartedAt };
}
