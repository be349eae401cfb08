import * as z from 'zod/mini';
import type { AuditEvent } from '../../core/history/audit-event.ts';
import { keys } from './keys.ts';
import { inDays } from './retention.ts';
import { source } from './source.ts';
import type { Item } from './table.ts';

const maybe = z.optional(z.string());

const auditEvent = z.object({
  user: z.string(),
  at: z.string(),
  operationId: z.string(),
  action: z.enum(['block', 'unblock', 'user_changed_number', 'user_changed_user_id', 'protect', 'unprotect']),
  outcome: z.enum(['succeeded', 'failed', 'deferred']),
  code: z.optional(z.number()),
  actor: z.string(),
  onBehalfOf: maybe,
  reason: maybe,
  reasonCode: maybe,
  source,
  jobId: maybe,
  expiresAt: maybe,
  previous: maybe,
}) satisfies z.ZodMiniType<AuditEvent>;

/** The key has the user, the time and the operation of an event. They are stored only there, since there are many events. */
export function eventItem(phoneNumberId: string, event: AuditEvent, auditDays: number): Item {
  const { user, at, operationId, ...more } = event;
  return { ...keys.event(phoneNumberId, { user, at, operationId }), ...more, ttl: inDays(Date.parse(at), auditDays) };
}

export function parseEvent(item: Item): AuditEvent {
  return auditEvent.parse({ ...item, ...keys.ofEvent(String(item.pk), String(item.sk)) });
}
