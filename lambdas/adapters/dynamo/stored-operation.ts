import * as z from 'zod/mini';
import { source } from './source.ts';

const text = z.string();
const maybe = z.optional(text);
const count = z.optional(z.number());

/** The stored attributes of every operation; counts and code only after its end. */
export const storedOperation = z.object({
  operationId: text,
  phoneNumberId: text,
  action: z.enum(['block', 'unblock']),
  startedAt: text,
  source,
  users: z.number(),
  jobId: maybe,
  chunk: count,
  actor: text,
  onBehalfOf: maybe,
  reason: maybe,
  reasonCode: maybe,
  expiresAt: maybe,
  defer: z.optional(z.boolean()),
  blockedBy: z.optional(z.object({ actor: text, onBehalfOf: maybe, jobId: maybe })),
  succeeded: count,
  failed: count,
  deferred: count,
  code: count,
});
