import * as z from 'zod/mini';
import type { ProtectionChange } from '../../core/ports/protected-store.ts';
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
  const { name: TableName } = target.table;
  const key = keys.protectedUser(event.user);
  const over = prior
    ? {
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: toItem({ ':revision': prior.revision }),
      }
    : { ConditionExpression: 'attribute_not_exists(pk)' };
  const { user: _, ...fields } = next ?? {};
  const change = next
    ? { Put: { TableName, Item: toItem({ ...key, ...fields }), ...over } }
    : { Delete: { TableName, Key: toItem(key), ...over } };
  return transact(target.table, [change, putEvent(target, event)]);
}
