import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract.ts';
import { NO_COUNTS } from '../../core/blocklist/counts.ts';
import type { ReconcileFailure, ReconcileRequest } from '../../core/blocklist/mirror.ts';
import type { ReconciliationEnd } from '../../core/blocklist/store.ts';
import { keys } from './keys.ts';
import { COUNTED, getSummary } from './numbers.ts';
import { inDays } from './retention.ts';
import { type Table, toItem, unlessRefused } from './table.ts';

const COUNT_NAMES = Object.fromEntries(COUNTED.map((name) => [`#${name}`, name]));

export async function noteGone(table: Table, phoneNumberId: string, at: string): Promise<string> {
  await unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.summary(phoneNumberId)),
        UpdateExpression: 'SET goneSince = :at',
        ConditionExpression: 'attribute_not_exists(goneSince)',
        ExpressionAttributeValues: toItem({ ':at': at }),
      }),
    ),
  );
  return (await getSummary(table, phoneNumberId, true))?.goneSince ?? at;
}

/** The schedules let go of it last, so that a number of which this broke off is taken up again by the next one. */
export async function retireNumber(table: Table, phoneNumberId: string, at: string, auditDays: number): Promise<void> {
  const atMs = Date.parse(at);
  await table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: toItem(keys.summary(phoneNumberId)),
      UpdateExpression: `SET retiredAt = :at, #ttl = :ttl REMOVE goneSince, comparedAt, ${COUNTED.map((name) => `#${name}`).join(', ')}`,
      ExpressionAttributeNames: { ...COUNT_NAMES, '#ttl': TABLE.ttl },
      ExpressionAttributeValues: toItem({ ':at': at, ':ttl': inDays(atMs, auditDays) }),
    }),
  );
  await unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.registry(phoneNumberId)),
        UpdateExpression: 'SET #ttl = :ttl',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#ttl': TABLE.ttl },
        ExpressionAttributeValues: toItem({ ':ttl': inDays(atMs, 1) }),
      }),
    ),
  );
}

/** Whatever stops before the end of its comparison leaves the next one to compare again. */
export async function forgetComparison(table: Table, phoneNumberId: string): Promise<void> {
  await unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.summary(phoneNumberId)),
        UpdateExpression: 'REMOVE comparedAt',
        // A number of which nothing is known yet gets no item by this.
        ConditionExpression: 'attribute_exists(comparedAt)',
      }),
    ),
  );
}

/**
 * What was found, once for each reconciliation. The counts are corrected whole where nothing changed them since they were
 * read; otherwise what the corrections change is added to them, as an operation would.
 */
export async function finishReconciliation(table: Table, phoneNumberId: string, end: ReconciliationEnd): Promise<void> {
  const { counts, change } = end;
  if (counts && (await recordEnd(table, phoneNumberId, end, correctedCounts(counts)))) return;
  const adds = COUNTED.map((name) => `#${name} :${name}`);
  const values = Object.fromEntries(COUNTED.map((name) => [`:${name}`, change[name]]));
  await recordEnd(table, phoneNumberId, end, { add: ` ADD ${adds.join(', ')}`, values });
}

interface CountsUpdate {
  readonly set?: string;
  readonly add?: string;
  readonly condition?: string;
  readonly values: Record<string, unknown>;
}

/** A count that was never counted was read as none, and so was one that fell below zero, except for the digest. */
function correctedCounts({ from = NO_COUNTS, to }: NonNullable<ReconciliationEnd['counts']>): CountsUpdate {
  const conditions = COUNTED.map((name) =>
    from[name] === 0
      ? ` AND (attribute_not_exists(#${name}) OR #${name} ${name === 'digest' ? '=' : '<='} :from_${name})`
      : ` AND #${name} = :from_${name}`,
  );
  return {
    set: `, comparedAt = :at${COUNTED.map((name) => `, #${name} = :${name}`).join('')}`,
    condition: conditions.join(''),
    values: Object.fromEntries(
      COUNTED.flatMap((name) => [
        [`:${name}`, to[name]],
        [`:from_${name}`, from[name]],
      ]),
    ),
  };
}

function recordEnd(
  table: Table,
  phoneNumberId: string,
  { reconciliationId, reconciledAt, drift }: ReconciliationEnd,
  { set = '', add = '', condition = '', values }: CountsUpdate,
): Promise<boolean> {
  return unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.summary(phoneNumberId)),
        UpdateExpression: `SET reconciledAt = :at, drift = :drift, reconciliationId = :id${set} REMOVE reconcileFailure, goneSince${add}`,
        // An answer of DynamoDB that was lost is repeated by the SDK, and must not count twice.
        ConditionExpression: `(attribute_not_exists(reconciliationId) OR reconciliationId <> :id)${condition}`,
        ExpressionAttributeNames: COUNT_NAMES,
        ExpressionAttributeValues: toItem({ ':at': reconciledAt, ':drift': drift, ':id': reconciliationId, ...values }),
      }),
    ),
  );
}

export async function failReconciliation(
  table: Table,
  phoneNumberId: string,
  failure: ReconcileFailure,
): Promise<void> {
  await table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: toItem(keys.summary(phoneNumberId)),
      UpdateExpression: 'SET reconcileFailure = :failure',
      ExpressionAttributeValues: toItem({ ':failure': failure }),
    }),
  );
}

/** One request at a time: only over the one that was read. */
export function requestReconciliation(
  table: Table,
  phoneNumberId: string,
  request: ReconcileRequest,
  over: string | undefined,
): Promise<boolean> {
  return unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.summary(phoneNumberId)),
        // The name stands beside it for the condition alone.
        UpdateExpression: 'SET reconcileRequest = :request, reconcileExecution = :execution',
        ConditionExpression:
          over === undefined ? 'attribute_not_exists(reconcileExecution)' : 'reconcileExecution = :over',
        ExpressionAttributeValues: toItem({ ':request': request, ':execution': request.execution, ':over': over }),
      }),
    ),
  );
}
