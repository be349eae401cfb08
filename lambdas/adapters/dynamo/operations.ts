import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { TABLE } from '../../contract/table.ts';
import { isNothing } from '../../core/blocklist/counts.ts';
import {
  OPERATION_DEADLINE_MS,
  type OpenOperation,
  type Operation,
  type Resolution,
  type Settlement,
} from '../../core/blocklist/operation.ts';
import type { DueOperations } from '../../core/blocklist/store.ts';
import { DUE, type Key, keys, SHARDS } from './keys.ts';
import { addToCounts } from './numbers.ts';
import { pack, unpack } from './pack.ts';
import { queryAll, queryPages } from './query.ts';
import { inDays } from './retention.ts';
import { storedOperation } from './stored-operation.ts';
import { batchGet, type Item, putNew, type Table, toItem, unlessRefused } from './table.ts';
import { type TransactItems, transact } from './transact.ts';

/** An operation that is to be found until a reconciliation has looked: with the ids of its users. */
const openOperation = z.extend(storedOperation, {
  ids: z.optional(z.array(z.string())),
  contested: z.optional(z.array(z.string())),
  durationMs: z.optional(z.number()),
  status: z.enum(['started', 'uncertain']),
}) satisfies z.ZodMiniType<OpenOperation>;

/** Write ahead: the operation is there before Graph is called, and among what is due until its end is recorded. */
export async function startOperation(table: Table, operation: Operation, auditDays: number): Promise<void> {
  const { operationId, startedAt, phoneNumberId, ids } = operation;
  const startedMs = Date.parse(startedAt);
  await putNew(table, {
    ...keys.operation(phoneNumberId, startedAt, operationId),
    ...operation,
    ids: ids && pack(ids),
    status: 'started',
    dueBucket: DUE.operations(phoneNumberId),
    dueAt: new Date(startedMs + OPERATION_DEADLINE_MS).toISOString(),
    ttl: inDays(startedMs, auditDays),
  });
}

/** The end of an operation and what it adds to the counts of the number, both or neither. */
export async function settleOperation(table: Table, operation: Operation, settlement: Settlement): Promise<void> {
  const { counts } = settlement;
  const settle = settling(table, operation, settlement);
  if (isNothing(counts)) {
    await unlessRefused(table.client.send(new UpdateItemCommand(settle)));
    return;
  }
  await transact(table, [{ Update: settle }, { Update: addToCounts(table, operation.phoneNumberId, counts) }]);
}

/** The same, with what else the operation leaves, all or nothing; false where a condition did not hold. */
export function settleWith(
  table: Table,
  operation: Operation,
  settlement: Settlement,
  others: TransactItems,
): Promise<boolean> {
  const { counts } = settlement;
  const count = isNothing(counts) ? [] : [{ Update: addToCounts(table, operation.phoneNumberId, counts) }];
  return transact(table, [{ Update: settling(table, operation, settlement) }, ...count, ...others]);
}

function settling(table: Table, operation: Operation, settlement: Settlement) {
  const { status, succeeded, failed, deferred, durationMs, code, fbtraceId, ids, contested } = settlement;
  const extra = [
    code === undefined ? '' : ', #code = :code',
    fbtraceId === undefined ? '' : ', fbtraceId = :trace',
    ids === undefined ? '' : ', ids = :ids',
    contested === undefined ? '' : ', contested = :contested',
  ];
  // An uncertain operation keeps its users, and its place among what is due: the number is to be reconciled.
  const remove = status === 'uncertain' ? '' : ' REMOVE dueBucket, dueAt, ids';
  return {
    TableName: table.name,
    Key: keyOf(operation),
    UpdateExpression: `SET #status = :status, succeeded = :succeeded, failed = :failed, #deferred = :deferred, durationMs = :ms${extra.join('')}${remove}`,
    ConditionExpression: '#status = :started',
    ExpressionAttributeNames: {
      '#status': 'status',
      '#deferred': 'deferred',
      ...(code === undefined ? {} : { '#code': 'code' }),
    },
    ExpressionAttributeValues: toItem({
      ':status': status,
      ':started': 'started',
      ':succeeded': succeeded,
      ':failed': failed,
      ':deferred': deferred,
      ':ms': durationMs,
      ':code': code,
      ':trace': fbtraceId,
      ':ids': ids && pack(ids),
      ':contested': contested && pack(contested),
    }),
  };
}

/** Ends an operation that nobody settled, by what a reconciliation saw. */
export async function resolveOperation(table: Table, operation: OpenOperation, resolution: Resolution): Promise<void> {
  const { succeeded, failed, code } = resolution;
  await unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(operation),
        UpdateExpression: `SET #status = :status, succeeded = :succeeded, failed = :failed${code === undefined ? '' : ', #code = :code'} REMOVE dueBucket, dueAt, ids, contested`,
        ConditionExpression: '#status IN (:started, :uncertain)',
        ExpressionAttributeNames: { '#status': 'status', ...(code === undefined ? {} : { '#code': 'code' }) },
        ExpressionAttributeValues: toItem({
          ':status': 'resolved',
          ':started': 'started',
          ':uncertain': 'uncertain',
          ':succeeded': succeeded,
          ':failed': failed,
          ':code': code,
        }),
      }),
    ),
  );
}

export async function listOpenOperations(table: Table, phoneNumberId: string): Promise<OpenOperation[]> {
  const found = await queryAll(table, {
    IndexName: TABLE.dueIndex,
    KeyConditionExpression: 'dueBucket = :bucket',
    FilterExpression: 'begins_with(pk, :operations)',
    ExpressionAttributeValues: toItem({
      ':bucket': DUE.operations(phoneNumberId),
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
  const { ids, contested } = item;
  return openOperation.parse({
    ...item,
    ids: ids === undefined ? undefined : unpack(ids),
    contested: contested === undefined ? undefined : unpack(contested),
  });
}

/** The index holds the keys only: whose doing an operation is stands in the table. */
const dueOperation = z.object({ status: z.string(), jobId: z.optional(z.string()) });

export async function listDueOperations(table: Table, now: string): Promise<DueOperations> {
  const numbers = new Set<string>();
  const found: Key[] = [];
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  await Promise.all(
    shards.map(async (shard) => {
      const due = queryPages(table, {
        IndexName: TABLE.dueIndex,
        KeyConditionExpression: 'dueBucket = :bucket AND dueAt <= :now',
        ExpressionAttributeValues: toItem({ ':bucket': DUE.operationsOf(shard), ':now': now }),
      });
      for await (const page of due) {
        for (const { pk, sk } of page) {
          numbers.add(keys.numberOfOperation(String(pk)));
          found.push({ pk: String(pk), sk: String(sk) });
        }
      }
    }),
  );
  const jobs = new Set<string>();
  for (const item of await batchGet(table, found, false)) {
    const { status, jobId } = dueOperation.parse(item);
    if (jobId !== undefined && status === 'started') jobs.add(jobId);
  }
  return { phoneNumberIds: [...numbers], jobIds: [...jobs] };
}

function keyOf({ phoneNumberId, startedAt, operationId }: Operation) {
  return toItem(keys.operation(phoneNumberId, startedAt, operationId));
}
