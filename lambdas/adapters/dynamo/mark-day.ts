import type { OperationKey } from '../../core/changes/operation.ts';
import { DAY_MS } from '../../core/durations.ts';
import { keys } from './keys.ts';
import { inDays } from './retention.ts';
import { putNew, type Table } from './table.ts';

/** Days for which a mark is kept longer than the operations of its day. */
const MARK_DAYS = 7;

/** Marks the day of an operation, so that readers can skip days without operations. It may be repeated. */
export async function markDay(table: Table, operation: OperationKey, auditDays: number): Promise<void> {
  const { phoneNumberId, startedAt } = operation;
  const endMs = Date.parse(startedAt.slice(0, 10)) + DAY_MS;
  await putNew(table, {
    ...keys.operationDay(phoneNumberId, startedAt),
    ttl: inDays(endMs, auditDays + MARK_DAYS),
  });
}
