import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { TABLE } from '../../contract/table.ts';
import type { Counts } from '../../core/blocklist/counts.ts';
import type { NumberSummary, ReconcileFailure, ReconcileRequest } from '../../core/blocklist/mirror.ts';
import type { ReconciliationEnd } from '../../core/blocklist/store.ts';
import { type Key, keys } from './keys.ts';
import { queryPages } from './query.ts';
import { inDays } from './retention.ts';
import { fromItem, putNew, type Table, toItem, unlessRefused } from './table.ts';

const summaryItem = z.object({
  size: z._default(z.number(), 0),
  deferred: z._default(z.number(), 0),
  expiring: z._default(z.number(), 0),
  reconciledAt: z.optional(z.string()),
  countsRevision: z.optional(z.number()),
  drift: z.optional(z.object({ added: z.number(), removed: z.number() })),
  reconcileFailure: z.optional(z.object({ at: z.string(), code: z.number(), message: z.string() })),
  goneSince: z.optional(z.string()),
  retiredAt: z.optional(z.string()),
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

/** Numbers known to the schedules, by their ids. One that was taken out of use stands there until DynamoDB deletes it. */
export async function listNumbers(
  table: Table,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<string[]> {
  const numbers: string[] = [];
  const pages = queryPages(table, {
    KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
    FilterExpression: 'attribute_not_exists(#ttl)',
    ExpressionAttributeNames: { '#ttl': TABLE.ttl },
    ExpressionAttributeValues: toItem({ ':pk': keys.numbers, ':after': after }),
    Limit: limit,
  });
  for await (const page of pages) {
    numbers.push(...page.map(({ sk }) => String(sk)));
    if (numbers.length >= limit) break;
  }
  return numbers.slice(0, limit);
}

/** The same, of one number. */
export async function isRegistered(table: Table, phoneNumberId: string): Promise<boolean> {
  const answer = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: toItem(keys.registry(phoneNumberId)), ConsistentRead: true }),
  );
  return answer.Item !== undefined && answer.Item[TABLE.ttl] === undefined;
}

/** A number that comes back into use is one again, as if it had never been taken out. */
export async function registerNumber(table: Table, phoneNumberId: string, at: string): Promise<void> {
  if (await putNew(table, { ...keys.registry(phoneNumberId), firstSeenAt: at })) return;
  const { ttl } = TABLE;
  const comesBack = (key: Key) =>
    unlessRefused(
      table.client.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key: toItem(key),
          UpdateExpression: 'REMOVE #ttl, retiredAt',
          ConditionExpression: 'attribute_exists(#ttl)',
          ExpressionAttributeNames: { '#ttl': ttl },
        }),
      ),
    );
  // The counts first: where this breaks off, the next one finds the number still out of use.
  if (!(await isRegistered(table, phoneNumberId))) {
    await comesBack(keys.summary(phoneNumberId));
    await comesBack(keys.registry(phoneNumberId));
  }
}

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
      UpdateExpression: `SET retiredAt = :at, #ttl = :ttl REMOVE goneSince, ${COUNTED.map((name) => `#${name}`).join(', ')} ADD countsRevision :one`,
      ExpressionAttributeNames: { ...COUNT_NAMES, '#ttl': TABLE.ttl },
      ExpressionAttributeValues: toItem({ ':at': at, ':ttl': inDays(atMs, auditDays), ':one': 1 }),
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

/**
 * What was found, once for each reconciliation. The counts are corrected whole where nothing changed them since they were
 * read; otherwise what the corrections change is added to them, as an operation would.
 */
export async function finishReconciliation(table: Table, phoneNumberId: string, end: ReconciliationEnd): Promise<void> {
  const { counts, change } = end;
  if (counts && (await recordEnd(table, phoneNumberId, end, counts))) return;
  await recordEnd(table, phoneNumberId, end, change);
}

/** Attributes that are counted. Under aliases in expressions, since `size` is a function there. */
const COUNTED = ['size', 'deferred', 'expiring'] as const satisfies readonly (keyof Counts)[];
const COUNT_NAMES = Object.fromEntries(COUNTED.map((name) => [`#${name}`, name]));

/** What adds `counts` to those of a number. */
export function addToCounts(table: Table, phoneNumberId: string, counts: Counts) {
  const changed = COUNTED.filter((name) => counts[name] !== 0);
  return {
    TableName: table.name,
    Key: toItem(keys.summary(phoneNumberId)),
    UpdateExpression: `ADD countsRevision :one, ${changed.map((name) => `#${name} :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(changed.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: toItem({
      ':one': 1,
      ...Object.fromEntries(changed.map((name) => [`:${name}`, counts[name]])),
    }),
  };
}

/** Sets the counts over the revision that was read, or adds to whatever they are. */
function recordEnd(
  table: Table,
  phoneNumberId: string,
  { reconciliationId, reconciledAt, drift }: ReconciliationEnd,
  counts: Counts & { readonly over?: number },
): Promise<boolean> {
  const { over } = counts;
  const isWhole = over !== undefined;
  const set = isWhole ? COUNTED.map((name) => `, #${name} = :${name}`).join('') : '';
  const add = isWhole ? '' : COUNTED.map((name) => `, #${name} :${name}`).join('');
  const unchanged = over === 0 ? 'attribute_not_exists(countsRevision)' : 'countsRevision = :over';
  return unlessRefused(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toItem(keys.summary(phoneNumberId)),
        UpdateExpression: `SET reconciledAt = :at, drift = :drift, reconciliationId = :id${set} REMOVE reconcileFailure, goneSince ADD countsRevision :one${add}`,
        // An answer of DynamoDB that was lost is repeated by the SDK, and must not count twice.
        ConditionExpression: `(attribute_not_exists(reconciliationId) OR reconciliationId <> :id)${isWhole ? ` AND ${unchanged}` : ''}`,
        ExpressionAttributeNames: COUNT_NAMES,
        ExpressionAttributeValues: toItem({
          ':at': reconciledAt,
          ':drift': drift,
          ':id': reconciliationId,
          ':one': 1,
          ':over': over === 0 ? undefined : over,
          ...Object.fromEntries(COUNTED.map((name) => [`:${name}`, counts[name]])),
        }),
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
