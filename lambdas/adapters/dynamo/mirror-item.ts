import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { scheduledActionOf } from '../../core/changes/scheduled-times.ts';
import type { AuditEvent } from '../../core/history/audit-event.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import type { DriftWrite } from '../../core/ports/blocklist-store.ts';
import type { MirrorWrite } from '../../core/ports/user-store.ts';
import { graphSpelling } from '../../core/users/identity.ts';
import type { Alias, LastFailure, MirrorItem, MirrorUser } from '../../core/users/mirror.ts';
import { isAlias } from '../../core/users/mirror.ts';
import { eventItem } from './audit-event.ts';
import { type Placed, placeEvent } from './embedded-event.ts';
import { type Key, keys, SCHEDULED } from './keys.ts';
import { inDays, type Retention } from './retention.ts';
import { source } from './source.ts';
import { CONCURRENCY, type ConditionalWrite, type Item, insert, type Table, toItem } from './table.ts';
import { type TransactItems, transact } from './transact.ts';

const text = z.string();
const maybe = z.optional(text);
const action = z.enum(['block', 'unblock']);
const count = z.number();

const lastFailure = z.object({
  action,
  code: z.number(),
  at: text,
  operationId: text,
  actor: text,
  onBehalfOf: maybe,
  reason: maybe,
  reasonCode: maybe,
}) satisfies z.ZodMiniType<LastFailure>;

const mirrorUser = z.object({
  user: text,
  state: z.enum(['blocked', 'unblocked', 'deferred', 'unknown']),
  input: text,
  waId: maybe,
  userId: maybe,
  blockedAt: maybe,
  expiresAt: maybe,
  deferredAt: maybe,
  attempts: z.optional(count),
  nextAttemptAt: maybe,
  previousIds: z.optional(z.array(text)),
  movedAt: maybe,
  leftAt: z.optional(z.record(text, text)),
  tookOver: z.optional(z.boolean()),
  leftBy: maybe,
  reason: maybe,
  reasonCode: maybe,
  actor: text,
  onBehalfOf: maybe,
  source,
  operationId: text,
  observedAt: text,
  callDurationMs: z.number(),
  change: z.enum(['added', 'removed', 'alreadyUnblocked', 'updated', 'deferred', 'confirmed', 'none']),
  lastFailure: z.optional(lastFailure),
  eventAt: maybe,
  eventOperationId: maybe,
  jobId: maybe,
  revision: z.number(),
}) satisfies z.ZodMiniType<MirrorUser>;

const alias = z.object({
  aliasOf: text,
  isPreviousId: z.optional(z.boolean()),
  observedAt: maybe,
  callDurationMs: z.optional(count),
  movedAt: maybe,
  hadNextOwner: z.optional(z.boolean()),
  ends: z.optional(z.boolean()),
  revision: z.number(),
}) satisfies z.ZodMiniType<Alias>;

export function parseMirrorUser(item: Item): MirrorUser {
  const user = keys.userOf(String(item.sk));
  return mirrorUser.parse({ input: usualInput(user), ...item, user });
}

export function parseMirrorItem(item: Item): MirrorItem {
  if (!('aliasOf' in item)) return parseMirrorUser(item);
  return alias.parse(item.ttl === undefined ? item : { ...item, ends: true });
}

/** The spelling that is sent to Graph for a user who has no other id than the key. */
function usualInput(user: string): string {
  return graphSpelling({ kind: /^\d+$/.test(user) ? 'phone' : 'bsuid', id: user });
}

/** Where the records of a number go, and how long they stay. */
export interface RecordTarget {
  readonly table: Table;
  readonly phoneNumberId: string;
  /** TTL of an item that only remembers. */
  readonly ttl: number;
  readonly auditDays: number;
}

export function recordTarget(table: Table, phoneNumberId: string, retention: Retention): RecordTarget {
  const { auditDays, tombstoneDays } = retention;
  return { table, phoneNumberId, ttl: inDays(Date.now(), tombstoneDays), auditDays };
}

/** A write over exactly what was read: INSERT if there was nothing, otherwise UPDATE of the whole item. */
export function conditionalWrite(target: RecordTarget, { id, prior, next }: MirrorWrite): ConditionalWrite {
  const { table, phoneNumberId, ttl } = target;
  const key = keys.user(phoneNumberId, id);
  const fields = storedFields(id, next, ttl);
  const statement = prior
    ? replacement(table.name, key, { item: toItem(fields), prior })
    : insert(table.name, toItem({ ...key, ...fields }));
  return { id, statement };
}

interface Replaced {
  readonly item: ReturnType<typeof toItem>;
  readonly prior: MirrorItem;
}

function replacement(tableName: string, key: Key, { item, prior }: Replaced): BatchStatementRequest {
  const before = Object.keys(toItem(storedFields(key.sk, prior, 0)));
  const set = Object.keys(item);
  const remove = before.filter((name) => item[name] === undefined);
  const clauses = [...set.map((name) => `SET "${name}" = ?`), ...remove.map((name) => `REMOVE "${name}"`)];
  return {
    Statement: `UPDATE "${tableName}" ${clauses.join(' ')} WHERE "pk" = ? AND "sk" = ? AND "revision" = ?`,
    Parameters: [
      ...set.flatMap((name) => item[name] ?? []),
      { S: key.pk },
      { S: key.sk },
      { N: String(prior.revision) },
    ],
  };
}

/**
 * Each write with its event, both or neither. Gives the ids at which another writer was first. It takes twice the write
 * units.
 */
export async function putUsersWithEvents(target: RecordTarget, writes: readonly DriftWrite[]): Promise<string[]> {
  const lockConflicts: string[] = [];
  await mapConcurrent(writes, CONCURRENCY, async ({ event, ...write }) => {
    const written = await transact(target.table, putPlaced(target, placeEvent(write, event)));
    if (!written) lockConflicts.push(write.id);
  });
  return lockConflicts;
}

/** A user's item and its separate events, as parts of a transaction. */
export function putPlaced(target: RecordTarget, { write, apart }: Placed): TransactItems {
  return [putOver(target, write), ...apart.map((event) => putEvent(target, event))];
}

/** An event as a part of a transaction. */
export function putEvent({ table, phoneNumberId, auditDays }: RecordTarget, event: AuditEvent) {
  return { Put: { TableName: table.name, Item: toItem(eventItem(phoneNumberId, event, auditDays)) } };
}

/** A write over exactly what was read. */
export function putOver({ table, phoneNumberId, ttl }: RecordTarget, { id, prior, next }: MirrorWrite) {
  const item = { ...keys.user(phoneNumberId, id), ...storedFields(id, next, ttl) };
  const over = prior
    ? {
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: toItem({ ':revision': prior.revision }),
      }
    : { ConditionExpression: 'attribute_not_exists(pk)' };
  return { Put: { TableName: table.name, Item: toItem(item), ...over } };
}

/**
 * Values that follow from the key are not stored, since full lists are read and written. Items that only remember something
 * (an unblock, a refusal) expire; items of blocked users and deferred blocks stay. The index finds a user's scheduled action.
 */
function storedFields(id: string, stored: MirrorItem, ttl: number): Item {
  if (isAlias(stored)) {
    const { ends, ...rest } = stored;
    return ends ? { ...rest, ttl } : rest;
  }
  const { user, input, ...rest } = stored;
  const forgets = stored.state === 'unblocked' || stored.state === 'unknown';
  const scheduled = scheduledActionOf(stored);
  return {
    ...rest,
    input: input === usualInput(user) ? undefined : input,
    ...(forgets ? { ttl } : {}),
    ...(scheduled
      ? { scheduledBucket: SCHEDULED.users(scheduled.scheduledAction, id), scheduledAt: scheduled.at }
      : {}),
  };
}
