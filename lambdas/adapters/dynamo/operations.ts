import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  type Completion,
  OPERATION_DEADLINE_MS,
  type OpenOperation,
  type Operation,
  type OperationKey,
  type Resolution,
} from '../../core/changes/operation.ts';
import { isNothing } from '../../core/changes/totals.ts';
import { isoTime } from '../../core/iso-time.ts';
import { keys, SCHEDULED } from './keys.ts';
import { addToTotals } from './numbers.ts';
import { recordEvent } from './outbox.ts';
import { pack } from './pack.ts';
import { inDays } from './retention.ts';
import { type Item, putNew, type Table, toItem, unlessRefused } from './table.ts';
import { type TransactItems, transact } from './transact.ts';

/** Write ahead: the operation is stored before Graph is called, and stays in the index until its end is recorded. */
export async function startOperation(table: Table, operation: Operation, auditDays: number): Promise<void> {
  await putNew(table, operationItem(operation, auditDays));
}

/** An operation that has begun. */
export function operationItem(operation: Operation, auditDays: number): Item {
  const { operationId, startedAt, phoneNumberId, ids } = operation;
  const startedMs = Date.parse(startedAt);
  return {
    ...keys.operation(phoneNumberId, startedAt, operationId),
    ...operation,
    ids: ids && pack(ids),
    status: 'started',
    scheduledBucket: SCHEDULED.operations(phoneNumberId),
    scheduledAt: isoTime(startedMs + OPERATION_DEADLINE_MS),
    ttl: inDays(startedMs, auditDays),
  };
}

/** The same before Graph is called again: an operation that has ended is open once more, but not to be counted again. */
export async function resumeOperation(table: Table, operation: Operation, auditDays: number): Promise<void> {
  await startOperation(table, operation, auditDays);
  const { phoneNumberId, startedAt } = operation;
  await unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: operationKey(operation),
        UpdateExpression:
          'SET #status = :started, isCounted = :true, scheduledBucket = :bucket, scheduledAt = :at REMOVE succeeded, failed, #deferred, durationMs, #code, fbtraceId, ids, conflicting',
        ConditionExpression: '#status <> :started',
        ExpressionAttributeNames: { '#status': 'status', '#deferred': 'deferred', '#code': 'code' },
        ExpressionAttributeValues: toItem({
          ':started': 'started',
          ':true': true,
          ':bucket': SCHEDULED.operations(phoneNumberId),
          ':at': isoTime(Date.parse(startedAt) + OPERATION_DEADLINE_MS),
        }),
      }),
    ),
  );
}

/** The end of an operation, its changes to the totals of the number, and its event: all or nothing, and the changes once. */
export async function completeOperation(
  table: Table,
  operation: OperationKey,
  { completion, event }: CompletionWithEvent,
): Promise<void> {
  const isCounted = !isNothing(completion.delta);
  if (isCounted && (await transact(table, completionItems(table, operation, { completion, event })))) return;
  const end = completionUpdate(table, operation, completion);
  if (event.length > 0) await transact(table, [{ Update: end }, ...event]);
  else await unlessRefused(table.client.send(new UpdateItemCommand(end)));
}

/** The event is there as the parts of a transaction that record it: most functions have none, and load nothing for it. */
interface CompletionWithEvent {
  readonly completion: Completion;
  readonly event: TransactItems;
}

/** The same, as parts of a transaction. */
export function completionItems(
  table: Table,
  operation: OperationKey,
  { completion, event }: CompletionWithEvent,
): TransactItems {
  const { delta } = completion;
  const end = completionUpdate(table, operation, completion);
  if (isNothing(delta)) return [{ Update: end }, ...event];
  const ConditionExpression = `${end.ConditionExpression} AND attribute_not_exists(isCounted)`;
  const count = { Update: addToTotals(table, operation.phoneNumberId, delta) };
  return [{ Update: { ...end, ConditionExpression } }, count, ...event];
}

function completionUpdate(table: Table, operation: OperationKey, completion: Completion) {
  const { status, succeeded, failed, deferred, durationMs, code, fbtraceId, ids, conflicting } = completion;
  const extra = [
    code === undefined ? '' : ', #code = :code',
    fbtraceId === undefined ? '' : ', fbtraceId = :trace',
    ids === undefined ? '' : ', ids = :ids',
    conflicting === undefined ? '' : ', conflicting = :conflicting',
  ];
  // An uncertain operation keeps its users and its place in the index, so that the number is reconciled.
  const remove = status === 'uncertain' ? '' : ' REMOVE scheduledBucket, scheduledAt, ids';
  return {
    TableName: table.name,
    Key: operationKey(operation),
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
      ':conflicting': conflicting && pack(conflicting),
    }),
  };
}

/** Ends an operation that was never completed, with the result that a reconciliation saw. */
export async function resolveOperation(table: Table, operation: OpenOperation, resolution: Resolution): Promise<void> {
  const { succeeded, failed, code, event } = resolution;
  const update = {
    TableName: table.name,
    Key: operationKey(operation),
    UpdateExpression: `SET #status = :status, succeeded = :succeeded, failed = :failed${code === undefined ? '' : ', #code = :code'} REMOVE scheduledBucket, scheduledAt, ids, conflicting`,
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
  };
  if (event) await transact(table, [{ Update: update }, ...recordEvent(table, event)]);
  else await unlessRefused(table.client.send(new UpdateItemCommand(update)));
}

function operationKey({ phoneNumberId, startedAt, operationId }: OperationKey) {
  return toItem(keys.operation(phoneNumberId, startedAt, operationId));
}
