import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract/table.ts';
import type { Totals } from '../../core/changes/totals.ts';
import type { ServiceEvent } from '../../core/events/event.ts';
import type { BlocklistStore, ReconciliationEnd } from '../../core/ports/blocklist-store.ts';
import type { ReconcileFailure, ReconcileRequest } from '../../core/users/number-summary.ts';
import { type Key, keys } from './keys.ts';
import { getSummary, parseSummary, TOTALS } from './numbers.ts';
import { recordEvent } from './outbox.ts';
import { inDays } from './retention.ts';
import { fromItem, type Table, toItem, unlessRefused } from './table.ts';
import { transact } from './transact.ts';

const TOTAL_NAMES = Object.fromEntries(TOTALS.map((name) => [`#${name}`, name]));

type Update = Pick<UpdateItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeNames'> & {
  readonly UpdateExpression: string;
  readonly values: Readonly<Record<string, unknown>>;
};

/** False if the condition does not hold. With an event, the change and the event: both or neither. */
function update(
  table: Table,
  key: Key,
  { values, event, ...expressions }: Update & { readonly event?: ServiceEvent | undefined },
): Promise<boolean> {
  const input = { TableName: table.name, Key: toItem(key), ExpressionAttributeValues: toItem(values), ...expressions };
  if (event) return transact(table, [{ Update: input }, ...recordEvent(table, event)]);
  return unlessRefused(table.client.send(new UpdateItemCommand(input)));
}

export async function noteGone(table: Table, phoneNumberId: string, at: string): Promise<string> {
  await update(table, keys.summary(phoneNumberId), {
    UpdateExpression: 'SET goneSince = :at',
    ConditionExpression: 'attribute_not_exists(goneSince)',
    values: { ':at': at },
  });
  return (await getSummary(table, phoneNumberId, true))?.goneSince ?? at;
}

/** The schedules lose the number last. If this stops halfway, the next schedule continues it. */
export async function takeOutOfUse(
  table: Table,
  phoneNumberId: string,
  { at, auditDays }: { readonly at: string; readonly auditDays: number },
): Promise<void> {
  const atMs = Date.parse(at);
  await update(table, keys.summary(phoneNumberId), {
    UpdateExpression: `SET outOfUseSince = if_not_exists(outOfUseSince, :at), #ttl = :ttl REMOVE goneSince, blockCounts, fullness, ${TOTALS.map((name) => `#${name}`).join(', ')} ADD countsRevision :one`,
    ExpressionAttributeNames: { ...TOTAL_NAMES, '#ttl': TABLE.ttl },
    values: { ':at': at, ':ttl': inDays(atMs, auditDays), ':one': 1 },
  });
  await update(table, keys.registry(phoneNumberId), {
    UpdateExpression: 'SET #ttl = :ttl',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#ttl': TABLE.ttl },
    values: { ':ttl': inDays(atMs, 1) },
  });
}

/**
 * Records the result, once for each reconciliation. If nothing changed the totals since they were read, they are set.
 * Otherwise the changes of the corrections are added to them, as an operation would.
 */
export async function finishReconciliation(table: Table, phoneNumberId: string, end: ReconciliationEnd): Promise<void> {
  const { totals, change, ...found } = end;
  if (totals && (await recordEnd(table, phoneNumberId, { ...found, counts: totals }))) return;
  await recordEnd(table, phoneNumberId, { ...found, counts: change });
}

interface CountedEnd extends Omit<ReconciliationEnd, 'change' | 'totals'> {
  /** Set over the revision that was read or, without one, added to whatever they are. */
  readonly counts: Totals & { readonly over?: number };
}

function recordEnd(
  table: Table,
  phoneNumberId: string,
  { reconciliationId, reconciledAt, drift, blockCounts, fullness, event, counts }: CountedEnd,
): Promise<boolean> {
  const { over } = counts;
  const isWhole = over !== undefined;
  const lower = fullness === undefined ? '' : ', fullness = :fullness';
  const set = (isWhole ? TOTALS.map((name) => `, #${name} = :${name}`).join('') : '') + lower;
  const add = isWhole ? '' : TOTALS.map((name) => `, #${name} :${name}`).join('');
  const unchanged = over === 0 ? 'attribute_not_exists(countsRevision)' : 'countsRevision = :over';
  return update(table, keys.summary(phoneNumberId), {
    UpdateExpression: `SET reconciledAt = :at, drift = :drift, blockCounts = :blocks, reconciliationId = :id${set} REMOVE reconcileFailure, failingSince, goneSince ADD countsRevision :one${add}`,
    // If an answer of DynamoDB was lost, the SDK repeats the call, which must not count twice.
    ConditionExpression: `(attribute_not_exists(reconciliationId) OR reconciliationId <> :id)${isWhole ? ` AND ${unchanged}` : ''}`,
    ExpressionAttributeNames: TOTAL_NAMES,
    event,
    values: {
      ':fullness': fullness,
      ':at': reconciledAt,
      ':drift': drift,
      ':blocks': blockCounts,
      ':id': reconciliationId,
      ':one': 1,
      ':over': over === 0 ? undefined : over,
      ...Object.fromEntries(TOTALS.map((name) => [`:${name}`, counts[name]])),
    },
  });
}

export async function failReconciliation(
  table: Table,
  phoneNumberId: string,
  { failure, event }: { readonly failure: ReconcileFailure; readonly event: ServiceEvent | undefined },
): Promise<string> {
  const key = keys.summary(phoneNumberId);
  const set = 'SET reconcileFailure = :failure, failingSince = if_not_exists(failingSince, :at)';
  const values = { ':failure': failure, ':at': failure.at };
  const isFirst = { UpdateExpression: set, ConditionExpression: 'attribute_not_exists(reconcileFailure)', values };
  if (event) await update(table, key, { ...isFirst, event });
  const { Attributes = {} } = await table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: toItem(key),
      UpdateExpression: set,
      ExpressionAttributeValues: toItem(values),
      // The item comes with the answer, and costs no read.
      ReturnValues: 'ALL_NEW',
    }),
  );
  const { reconciledAt, failingSince = failure.at } = parseSummary(fromItem(Attributes));
  return reconciledAt ?? failingSince;
}

type FullnessEvent = Parameters<BlocklistStore['tellFullness']>[0];

/** The level, and its event: only above the one that is recorded, and only of a list that is that full. */
export async function tellFullness(table: Table, event: FullnessEvent): Promise<void> {
  const { phone_number_id, level, limit } = event.detail;
  await update(table, keys.summary(phone_number_id), {
    UpdateExpression: 'SET fullness = :level',
    ConditionExpression: '#size >= :least AND (attribute_not_exists(fullness) OR fullness < :level)',
    ExpressionAttributeNames: { '#size': 'size' },
    event,
    values: { ':level': level, ':least': Math.ceil((level * limit) / 100) },
  });
}

/** One request at a time: only over the request that was read. */
export function requestReconciliation(
  table: Table,
  phoneNumberId: string,
  { request, over }: { readonly request: ReconcileRequest; readonly over: string | undefined },
): Promise<boolean> {
  return update(table, keys.summary(phoneNumberId), {
    // The name is stored beside it only for the condition.
    UpdateExpression: 'SET reconcileRequest = :request, reconcileExecution = :execution',
    ConditionExpression: over === undefined ? 'attribute_not_exists(reconcileExecution)' : 'reconcileExecution = :over',
    values: { ':request': request, ':execution': request.execution, ':over': over },
  });
}
