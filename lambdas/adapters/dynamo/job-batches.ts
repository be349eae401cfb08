import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DependencyError } from '../../core/errors.ts';
import { newChunk } from '../../core/jobs/chunks.ts';
import type { BatchRecord, NewJob } from '../../core/ports/job-store.ts';
import { chunkItem, parseBatch, usersItem } from './job-items.ts';
import { keys } from './keys.ts';
import { inDays } from './retention.ts';
import { batchGet, batchInsert, batchPut, type Item, type Table, toItem, unlessRefused } from './table.ts';

/** A day longer than the jobs: a repeat with the batch's key may create the last of them that much later. */
const MORE_DAYS = 1;

export async function findBatch(table: Table, key: string, now: string): Promise<BatchRecord | undefined> {
  const [item] = await batchGet(table, [keys.batch(key)], true);
  // DynamoDB deletes expired items within days, not at once.
  return item && Number(item.ttl) * 1000 > Date.parse(now) ? parseBatch(item) : undefined;
}

export async function keepBatch(
  table: Table,
  key: string,
  { record, now }: { readonly record: BatchRecord; readonly now: string },
): Promise<BatchRecord> {
  const nowMs = Date.parse(now);
  const put = new PutItemCommand({
    TableName: table.name,
    Item: toItem({ ...keys.batch(key), ...record, ttl: inDays(nowMs, 1) }),
    // DynamoDB deletes expired items within days, not at once.
    ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :now',
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: toItem({ ':now': Math.floor(nowMs / 1000) }),
  });
  if (await unlessRefused(table.client.send(put))) return record;
  const [earlier] = await batchGet(table, [keys.batch(key)], true);
  if (!earlier) throw new DependencyError('The record of an idempotency key disappeared while it was being read');
  return parseBatch(earlier);
}

export interface BatchSettings {
  readonly jobDays: number;
  /** When the sweep checks a job that was created at that time. */
  readonly scheduledAt: (createdAt: string) => Pick<Item, 'scheduledBucket' | 'scheduledAt'>;
}

/**
 * Writes users, chunks and entries first, then the jobs: a job exists only when all its parts do, and readers skip an entry
 * without a job. Items are inserted, so that two tries at the same time cannot undo the work of an attempt at a chunk. The
 * users are the same whichever try writes them.
 */
export async function createJobs(table: Table, batch: readonly NewJob[], settings: BatchSettings): Promise<void> {
  const ttlOf = ({ job }: NewJob, more = 0) => inDays(Date.parse(job.createdAt), settings.jobDays + more);
  const lists = new Map(batch.map((one) => [one.job.sharedUsersKey ?? one.job.id, one]));
  await batchPut(
    table,
    [...lists.values()].flatMap((one) =>
      one.chunks.map((entries, index) => ({
        ...usersItem(usersKey(one, index), entries),
        ttl: ttlOf(one, MORE_DAYS),
      })),
    ),
  );
  await batchInsert(
    table,
    batch.flatMap((one) => {
      const { job, chunks } = one;
      return chunks.map((entries, index) => ({
        ...chunkItem(job.id, newChunk(index, entries, job.run)),
        sharedUsersKey: job.sharedUsersKey,
        ttl: ttlOf(one, MORE_DAYS),
      }));
    }),
  );
  await batchPut(
    table,
    batch.map((one) => ({ ...keys.jobEntry(one.job.id), jobId: one.job.id, ttl: ttlOf(one, MORE_DAYS) })),
  );
  await batchInsert(
    table,
    batch.map((one) => ({
      ...keys.job(one.job.id),
      ...one.job,
      ttl: ttlOf(one),
      ...settings.scheduledAt(one.job.createdAt),
    })),
  );
}

function usersKey({ job: { id, sharedUsersKey } }: NewJob, index: number) {
  return sharedUsersKey === undefined ? keys.chunkUsers(id, index) : keys.sharedUsers(sharedUsersKey, index);
}
