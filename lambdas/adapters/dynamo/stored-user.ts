import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { Alias, LastFailure, MirrorUser, Stored } from '../../core/blocklist/mirror.ts';
import { isAlias } from '../../core/blocklist/mirror.ts';
import type { MirrorWrite } from '../../core/ports.ts';
import { type Key, keys } from './keys.ts';
import { type ConditionalWrite, type Item, toItem } from './table.ts';

const text = z.string();
const maybe = z.optional(text);
const action = z.enum(['block', 'unblock']);
const source = z.enum(['api', 'job']);

const lastFailure = z.object({
  action,
  code: z.number(),
  at: text,
  operationId: text,
  actor: text,
  onBehalfOf: maybe,
  reason: maybe,
}) satisfies z.ZodMiniType<LastFailure>;

const mirrorUser = z.object({
  user: text,
  state: z.enum(['blocked', 'unblocked', 'unknown']),
  input: text,
  waId: maybe,
  userId: maybe,
  blockedAt: maybe,
  reason: maybe,
  actor: text,
  onBehalfOf: maybe,
  source,
  operationId: text,
  observedAt: text,
  change: z.enum(['added', 'removed', 'noted', 'renewed', 'refreshed', 'none']),
  lastFailure: z.optional(lastFailure),
  revision: z.number(),
}) satisfies z.ZodMiniType<MirrorUser>;

const alias = z.object({ aliasOf: text, revision: z.number() }) satisfies z.ZodMiniType<Alias>;

export function parseMirrorUser(item: Item): MirrorUser {
  return mirrorUser.parse(item);
}

export function parseStored(item: Item): Stored {
  return 'aliasOf' in item ? alias.parse(item) : mirrorUser.parse(item);
}

/** A write over exactly what was read: INSERT where there was nothing, else UPDATE of the whole item. */
export function conditionalWrite(
  tableName: string,
  phoneNumberId: string,
  write: MirrorWrite,
  ttl: number,
): ConditionalWrite {
  const key = keys.user(phoneNumberId, write.id);
  const item = toItem(expires(write.next) ? { ...write.next, ttl } : write.next);
  const statement = write.prior
    ? update(tableName, key, item, write.prior)
    : insert(tableName, { ...toItem(key), ...item });
  return { id: write.id, statement };
}

type Attributes = ReturnType<typeof toItem>;

function insert(tableName: string, item: Attributes): BatchStatementRequest {
  const names = Object.keys(item);
  return {
    Statement: `INSERT INTO "${tableName}" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`,
    Parameters: names.flatMap((name) => item[name] ?? []),
  };
}

function update(tableName: string, key: Key, item: Attributes, prior: Stored): BatchStatementRequest {
  const before = Object.keys(toItem(expires(prior) ? { ...prior, ttl: 0 } : prior));
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

/** Items that only remember (who was unblocked, what was refused) go away by themselves; who is blocked stays. */
function expires(stored: Stored): boolean {
  return !isAlias(stored) && stored.state !== 'blocked';
}
