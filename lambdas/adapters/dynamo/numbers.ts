import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { TABLE } from '../../contract/table.ts';
import type { Totals } from '../../core/changes/totals.ts';
import type { NumberSummary } from '../../core/users/number-summary.ts';
import { type Key, keys } from './keys.ts';
import { queryPages } from './query.ts';
import { fromItem, type Item, putNew, type Table, toItem, unlessRefused } from './table.ts';

const counts = z.record(z.string(), z.number());
const summaryItem = z.object({
  size: z._default(z.number(), 0),
  deferred: z._default(z.number(), 0),
  expiring: z._default(z.number(), 0),
  reconciledAt: z.optional(z.string()),
  countsRevision: z.optional(z.number()),
  fullness: z.optional(z.number()),
  drift: z.optional(z.object({ added: z.number(), removed: z.number() })),
  blockCounts: z.optional(
    z.object({
      total: z.number(),
      expiring: z.number(),
      byReasonCode: counts,
      olderThanDays: counts,
    }),
  ),
  reconcileFailure: z.optional(z.object({ at: z.string(), code: z.number(), message: z.string() })),
  failingSince: z.optional(z.string()),
  goneSince: z.optional(z.string()),
  outOfUseSince: z.optional(z.string()),
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
  return answer.Item && parseSummary(fromItem(answer.Item));
}

export function parseSummary(item: Item): NumberSummary {
  const summary = summaryItem.parse(item);
  const { size, deferred, expiring } = summary;
  return { ...summary, size: Math.max(size, 0), deferred: Math.max(deferred, 0), expiring: Math.max(expiring, 0) };
}

/** Numbers that the schedules know, by their ids. One that was taken out of use is there until DynamoDB deletes it. */
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

/** The same for one number. */
export async function isRegistered(table: Table, phoneNumberId: string): Promise<boolean> {
  const answer = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: toItem(keys.registry(phoneNumberId)), ConsistentRead: true }),
  );
  return answer.Item !== undefined && answer.Item[TABLE.ttl] === undefined;
}

/** A number that is in use again is like one that was never out of use. */
export async function registerNumber(table: Table, phoneNumberId: string, at: string): Promise<void> {
  if (await putNew(table, { ...keys.registry(phoneNumberId), firstSeenAt: at })) return;
  const { ttl } = TABLE;
  const comesBack = (key: Key) =>
    unlessRefused(
      table.client.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key: toItem(key),
          UpdateExpression: 'REMOVE #ttl, outOfUseSince',
          ConditionExpression: 'attribute_exists(#ttl)',
          ExpressionAttributeNames: { '#ttl': ttl },
        }),
      ),
    );
  // The totals come first: if this stops halfway, the next call finds the number still out of use.
  if (!(await isRegistered(table, phoneNumberId))) {
    await comesBack(keys.summary(phoneNumberId));
    await comesBack(keys.registry(phoneNumberId));
  }
}

/** Attributes with totals. Expressions need aliases for them, since `size` is a function there. */
export const TOTALS = ['size', 'deferred', 'expiring'] as const satisfies readonly (keyof Totals)[];

/** The update that adds `totals` to those of a number. */
export function addToTotals(table: Table, phoneNumberId: string, delta: Totals) {
  const changed = TOTALS.filter((name) => delta[name] !== 0);
  return {
    TableName: table.name,
    Key: toItem(keys.summary(phoneNumberId)),
    UpdateExpression: `ADD countsRevision :one, ${changed.map((name) => `#${name} :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(changed.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: toItem({
      ':one': 1,
      ...Object.fromEntries(changed.map((name) => [`:${name}`, delta[name]])),
    }),
  };
}
