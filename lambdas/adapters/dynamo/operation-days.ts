import type { OperationKey } from '../../core/changes/operation.ts';
import { DAY_MS } from '../../core/durations.ts';
import { keys } from './keys.ts';
import { inDays, type Retention } from './retention.ts';
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

/** Marks each day once in a container, to save a write for each operation. */
export class OperationDays {
  readonly #table: Table;
  readonly #retention: Pick<Retention, 'auditDays'>;
  /** Partitions of operations whose day is marked. */
  readonly #marked = new Set<string>();

  constructor(table: Table, retention: Pick<Retention, 'auditDays'>) {
    this.#table = table;
    this.#retention = retention;
  }

  async mark(operation: OperationKey): Promise<void> {
    const { pk } = keys.operation(operation.phoneNumberId, operation.startedAt, operation.operationId);
    if (this.#marked.has(pk)) return;
    await markDay(this.#table, operation, this.#retention.auditDays);
    this.#marked.add(pk);
  }
}
