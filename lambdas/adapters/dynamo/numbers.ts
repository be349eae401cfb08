import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { NumberSummary, ReconcileFailure } from '../../core/blocklist/mirror.ts';
import type { ReconciliationEnd } from '../../core/blocklist/store.ts';
import { keys } from './keys.ts';
import { fromItem, type Table, toItem, unlessRefused } from './table.ts';

const summaryItem = z.object({
  size: z._default(z.number(), 0),
  reconciledAt: z.optional(z.string()),
  drift: z.optional(z.object({ added: z.number(), removed: z.number() })),
  reconcileFailure: z.optional(z.object({ at: z.string(), code: z.number(), message: z.string() })),
});

export async function getSummary(
  table: Table,
  phoneNumberId: string,
  consistent: boolean,
): Promise<NumberSummary | undefined> {
  const answer = await table.client.send(
    new GetItemCommand({
      TableName: table.name,
      Key: toItem(keys.summary(phoneNumberId)),
      ConsistentRead: consistent,
    }),
  );
  if (!answer.Item) return undefined;
  const summary = summaryItem.parse(fromItem(answer.Item));
  return { ...summary, size: Math.max(summary.size, 0) };
}

/** Numbers known to the schedules, by their ids. */
export async function listNumbers(
  table: Table,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<string[]> {
  const answer = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
      ExpressionAttributeValues: toItem({ ':pk': keys.numbers, ':after': after }),
      Limit: limit,
    }),
  );
  return (answer.Items ?? []).map((item) => String(fromItem(item).sk));
}

/**
 * What was found, once for each reconciliation. The size is corrected whole where nothing changed it since it was read;
 * otherwise the drift is added to it, as an operation would.
 */
export async function finishReconciliation(table: Table, phoneNumberId: string, end: ReconciliationEnd): Promise<void> {
  const { size, drift } = end;
  if (size && (await recordEnd(table, phoneNumberId, end, correctedSize(size)))) return;
  const change = drift.added - drift.removed;
  await recordEnd(table, phoneNumberId, end, { add: ' ADD #size :change', values: { ':change': change } });
}

interface SizeUpdate {
  readonly set?: string;
  readonly add?: string;
  readonly condition?: string;
  readonly values: Record<string, unknown>;
}

/** A size that was never counted, or fell below zero, was read as none. */
function correctedSize({ from = 0, to }: NonNullable<ReconciliationEnd['size']>): SizeUpdate {
  return {
    set: ', #size = :to',
    condition: from === 0 ? ' AND (attribute_not_exists(#size) OR #size <= :from)' : ' AND #size = :from',
    values: { ':to': to, ':from': from },
  };
}

function recordEnd(
  table: Table,
  phoneNumberId: string,
  { reconciliationId, reconciledAt, drift }: ReconciliationEnd,
  { set = '', add = '', condition = '', values }: SizeUpdate,
): Promise<boolean> {
  return unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.summary(phoneNumberId)),
        UpdateExpression: `SET reconciledAt = :at, drift = :drift, reconciliationId = :id${set} REMOVE reconcileFailure${add}`,
        // An answer of DynamoDB that was lost is repeated by the SDK, and must not count twice.
        ConditionExpression: `(attribute_not_exists(reconciliationId) OR reconciliationId <> :id)${condition}`,
        ExpressionAttributeNames: { '#size': 'size' },
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
