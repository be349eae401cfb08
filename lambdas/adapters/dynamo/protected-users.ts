import * as z from 'zod/mini';
import type { ProtectionChange, ProtectionEnd } from '../../core/ports/protected-store.ts';
import type { ProtectedUser } from '../../core/protection/protected-user.ts';
import { keys } from './keys.ts';
import { putEvent, type RecordTarget } from './mirror-item.ts';
import { queryAll } from './query.ts';
import { type Table, toItem } from './table.ts';
import { transact } from './transact.ts';

const maybe = z.optional(z.string());
const protectedUser = z.object({
  user: z.string(),
  ids: z.array(z.string()),
  protectedAt: z.string(),
  actor: z.string(),
  onBehalfOf: maybe,
  reason: maybe,
  reasonCode: maybe,
  held: z.optional(z.record(z.string(), z.object({ since: maybe, left: maybe }))),
  revision: z.number(),
}) satisfies z.ZodMiniType<ProtectedUser>;

export async function listProtected(table: Table): Promise<ProtectedUser[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: toItem({ ':pk': keys.protectedUsers }),
    ConsistentRead: true,
  });
  return items.map((item) => protectedUser.parse({ ...item, user: item.sk }));
}

/** The user over exactly what was read, together with the event. */
export function changeProtection(target: RecordTarget, { prior, next, event }: ProtectionChange): Promise<boolean> {
  const { user, ...fields } = next;
  const over = prior ? unchanged(prior) : { ConditionExpression: 'attribute_not_exists(pk)' };
  const item = toItem({ ...keys.protectedUser(user), ...fields });
  return transact(target.table, [
    { Put: { TableName: target.table.name, Item: item, ...over } },
    putEvent(target, event),
  ]);
}

export function endProtection(target: RecordTarget, { prior, event }: ProtectionEnd): Promise<boolean> {
  const key = toItem(keys.protectedUser(prior.user));
  return transact(target.table, [
    { Delete: { TableName: target.table.name, Key: key, ...unchanged(prior) } },
    putEvent(target, event),
  ]);
}

function unchanged({ revision }: ProtectedUser) {
  return { ConditionExpression: 'revision = :revision', ExpressionAttributeValues: toItem({ ':revision': revision }) };
}
