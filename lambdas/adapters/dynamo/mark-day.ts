import type { Operation } from '../../core/changes/operation.ts';
import { DAY_MS } from '../../core/durations.ts';
import { keys } from './keys.ts';
import { inDays } from './retention.ts';
import { putNew, type Table } from './table.ts';

/** Days by which a mark outlives the operations of its day. */
const MARK_DAYS = 7;

/** Marks the day of an operation, so that days on which nothing was done need not be looked into. May be repeated. */
export async function markDay(table: Table, operation: Operation, auditDays: number): Promise<void> {
  const { phoneNumberId, startedAt } = operation;
  const endMs = Date.parse(startedAt.slice(0, 10)) + DAY_MS;
  await putNew(table, {
    ...keys.operationDay(phoneNumberId, startedAt),
    ttl: inDays(endMs, auditDays + MARK_DAYS),
  });
}
