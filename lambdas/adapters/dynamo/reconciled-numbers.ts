import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract/table.ts';
import type { Totals } from '../../core/changes/totals.ts';
import type { ReconciliationEnd } from '../../core/ports/blocklist-store.ts';
import type { ReconcileFailure, ReconcileRequest } from '../../core/users/number-summary.ts';
import { type Key, keys } from './keys.ts';
import { getSummary, parseSummary, TOTALS } from './numbers.ts';
import { inDays } from './retention.ts';
import { fromItem, type Table, toItem, unlessRefused } from './table.ts';

const TOTAL_NAMES = Object.fromEntries(TOTALS.map((name) => [`#${name}`, name]));

type Update = Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames'> & {
  readonly values: Readonly<Record<string, unknown>>;
};

/** False if the condition does not hold. */
function update(table: Table, key: Key, { values, ...expressions }: Update): Promise<boolean> {
  const input = { TableName: table.name, Key: toItem(key), ExpressionAttributeValues: toItem(values), ...expressions };
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
    UpdateExpression: `SET outOfUseSince = if_not_exists(outOfUseSince, :at), #ttl = :ttl REMOVE goneSince, blockCounts, ${TOTALS.map((name) => `#${name}`).join(', ')} ADD countsRevision :one`,
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
  const { totals, change } = end;
  if (totals && (await recordEnd(table, phoneNumberId, { ...end, counts: totals }))) return;
  await recordEnd(table, phoneNumberId, { ...end, counts: change });
}

interface CountedEnd extends Pick<ReconciliationEnd, 'reconciliationId' | 'reconciledAt' | 'drift' | 'blockCounts'> {
  /** Set over the revision that was read or, without one, added to whatever they are. */
  readonly counts: Totals & { readonly over?: number };
}

function recordEnd(
  table: Table,
  phoneNumberId: string,
  { reconciliationId, reconciledAt, drift, blockCounts, counts }: CountedEnd,
): Promise<boolean> {
  const { over } = counts;
  const isWhole = over !== undefined;
  const set = isWhole ? TOTALS.map((name) => `, #${name} = :${name}`).join('') : '';
  const add = isWhole ? '' : TOTALS.map((name) => `, #${name} :${name}`).join('');
  const unchanged = over === 0 ? 'attribute_not_exists(countsRevision)' : 'countsRevision = :over';
  return update(table, keys.summary(phoneNumberId), {
    UpdateExpression: `SET reconciledAt = :at, drift = :drift, blockCounts = :blocks, reconciliationId = :id${set} REMOVE reconcileFailure, failingSince, goneSince ADD countsRevision :one${add}`,
    // If an answer of DynamoDB was lost, the SDK repeats the call, which must not count twice.
    ConditionExpression: `(attribute_not_exists(reconciliationId) OR reconciliationId <> :id)${isWhole ? ` AND ${unchanged}` : ''}`,
    ExpressionAttributeNames: TOTAL_NAMES,
    values: {
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
  failure: ReconcileFailure,
): Promise<string> {
  const { Attributes = {} } = await table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: toItem(keys.summary(phoneNumberId)),
      UpdateExpression: 'SET reconcileFailure = :failure, failingSince = if_not_exists(failingSince, :at)',
      ExpressionAttributeValues: toItem({ ':failure': failure, ':at': failure.at }),
      // The item comes with the answer, and costs no read.
      ReturnValues: 'ALL_NEW',
    }),
  );
  const { reconciledAt, failingSince = failure.at } = parseSummary(fromItem(Attributes));
  return reconciledAt ?? failingSince;
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
