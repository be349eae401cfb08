import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { EventPlace } from '../../core/history/audit-event.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import type { ListedAlias } from '../../core/ports/blocklist-store.ts';
import type { ErasedUser, Erasure } from '../../core/ports/erasure-store.ts';
import { settleAll } from '../../core/settle-all.ts';
import { embeddedEvent } from './embedded-event.ts';
import { keys, SHARDS } from './keys.ts';
import { listedAlias } from './list-mirror.ts';
import { putOver, type RecordTarget } from './mirror-item.ts';
import { markDay } from './operation-days.ts';
import { queryAll } from './query.ts';
import { inDays } from './retention.ts';
import { CONCURRENCY, putNew, sendAll, type Table, toItem, unlessRefused, WRITE_BATCH } from './table.ts';

/** DynamoDB filters the items of each partition, which it reads whole: about 3,000 read units for a full list. */
export async function listAliasesOf(
  table: Table,
  phoneNumberId: string,
  users: readonly string[],
): Promise<ListedAlias[]> {
  const values = Object.fromEntries(users.map((user, index) => [`:user${index}`, user]));
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const found = await settleAll(
    shards.map((shard) =>
      queryAll(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        FilterExpression: `aliasOf IN (${Object.keys(values).join(', ')})`,
        ExpressionAttributeValues: toItem({
          ...values,
          ':pk': keys.shard(phoneNumberId, shard),
          ':prefix': keys.userPrefix,
        }),
        ConsistentRead: true,
      }),
    ),
  );
  return found.flat().map(listedAlias);
}

const place = z.object({ jobId: z.optional(z.string()) });

export async function listEventPlaces(
  table: Table,
  phoneNumberId: string,
  users: readonly string[],
): Promise<EventPlace[]> {
  const found = await settleAll(
    [...new Set(users)].map((user) =>
      queryAll(table, {
        KeyConditionExpression: 'pk = :pk',
        ProjectionExpression: 'pk, sk, jobId',
        ExpressionAttributeValues: toItem({ ':pk': keys.history(phoneNumberId, user) }),
        ConsistentRead: true,
      }),
    ),
  );
  return found.flat().map((item) => ({ ...keys.ofEvent(String(item.pk), String(item.sk)), ...place.parse(item) }));
}

export async function eraseEvents(table: Table, phoneNumberId: string, places: readonly EventPlace[]): Promise<void> {
  const all = places.map((one) => keys.event(phoneNumberId, one));
  await sendAll(all, WRITE_BATCH, async (batch) => {
    const answer = await table.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [table.name]: batch.map((key) => ({ DeleteRequest: { Key: toItem(key) } })) },
      }),
    );
    const left = new Set(
      (answer.UnprocessedItems?.[table.name] ?? []).map(
        ({ DeleteRequest }) => `${DeleteRequest?.Key?.pk?.S}/${DeleteRequest?.Key?.sk?.S}`,
      ),
    );
    return batch.filter(({ pk, sk }) => left.has(`${pk}/${sk}`));
  });
}

export async function eraseUsers(
  target: RecordTarget,
  writes: readonly ErasedUser[],
): Promise<{ events: number; lockConflicts: string[] }> {
  const { table, phoneNumberId } = target;
  const lockConflicts: string[] = [];
  let events = 0;
  await mapConcurrent(writes, CONCURRENCY, async ({ id, prior, next }) => {
    const sent = next
      ? table.client.send(new PutItemCommand(putOver(target, { id, prior, next }).Put))
      : table.client.send(
          new DeleteItemCommand({
            TableName: table.name,
            Key: toItem(keys.user(phoneNumberId, id)),
            ConditionExpression: 'revision = :revision',
            ExpressionAttributeValues: toItem({ ':revision': prior.revision }),
          }),
        );
    if (!(await unlessRefused(sent))) lockConflicts.push(id);
    else if (embeddedEvent(prior) && !embeddedEvent(next)) events += 1;
  });
  return { events, lockConflicts };
}

/** Not in the index: no schedule has to find it. */
export async function startErasure(table: Table, erasure: Erasure, auditDays: number): Promise<void> {
  const { phoneNumberId, operationId, startedAt } = erasure;
  const record = { ...erasure, action: 'erase', source: 'api', users: 1, status: 'started' };
  await settleAll([
    putNew(table, {
      ...keys.operation(phoneNumberId, startedAt, operationId),
      ...record,
      ttl: inDays(Date.parse(startedAt), auditDays),
    }),
    markDay(table, erasure, auditDays),
  ]);
}
