import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { type Counts, NO_COUNTS } from '../../core/blocklist/counts.ts';
import type { NumberSummary, ReconcileFailure, ReconcileRequest } from '../../core/blocklist/mirror.ts';
import type { ReconciliationEnd } from '../../core/blocklist/store.ts';
import { keys } from './keys.ts';
import { fromItem, type Table, toItem, unlessRefused } from './table.ts';

const summaryItem = z.object({
  size: z._default(z.number(), 0),
  deferred: z._default(z.number(), 0),
  expiring: z._default(z.number(), 0),
  digest: z._default(z.number(), 0),
  reconciledAt: z.optional(z.string()),
  comparedAt: z.optional(z.string()),
  drift: z.optional(z.object({ added: z.number(), removed: z.number() })),
  reconcileFailure: z.optional(z.object({ at: z.string(), code: z.number(), message: z.string() })),
  reconcileRequest: z.optional(
    z.object({
      execution: z.string(),
      at: z.string(),
      actor: z.string(),
      onBehalfOf: z.optional(z.string()),
      ofHour: z.number(),
    }),
  ),
}) satisfies z.ZodMiniType<NumberSummary>;

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
  const { size, deferred, expiring } = summary;
  return { ...summary, size: Math.max(size, 0), deferred: Math.max(deferred, 0), expiring: Math.max(expiring, 0) };
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

/** Attributes that are counted. Under aliases in expressions, since `size` is a function there. */
const COUNTED = ['size', 'deferred', 'expiring', 'digest'] as const satisfies readonly (keyof Counts)[];
const COUNT_NAMES = Object.fromEntries(COUNTED.map((name) => [`#${name}`, name]));

/** What adds `counts` to those of a number. */
export function addToCounts(table: Table, phoneNumberId: string, counts: Counts) {
  const changed = COUNTED.filter((name) => counts[name] !== 0);
  return {
    TableName: table.name,
    Key: toItem(keys.summary(phoneNumberId)),
    UpdateExpression: `ADD ${changed.map((name) => `#${name} :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(changed.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: toItem(Object.fromEntries(changed.map((name) => [`:${name}`, counts[name]]))),
  };
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
        UpdateExpression: `SET reconciledAt = :at, drift = :drift, reconciliationId = :id${set} REMOVE reconcileFailure${add}`,
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
        UpdateExpression: 'SET reconcileRequest = :request',
        ConditionExpression:
          over === undefined ? 'attribute_not_exists(reconcileRequest)' : 'reconcileRequest.execution = :over',
        ExpressionAttributeValues: toItem({ ':request': request, ':over': over }),
      }),
    ),
  );
}

export async function isRegistered(table: Table, phoneNumberId: string): Promise<boolean> {
  const answer = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: toItem(keys.registry(phoneNumberId)), ConsistentRead: true }),
  );
  return answer.Item !== undefined;
}
