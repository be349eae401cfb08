import type { Completion, Operation, OperationKey } from '../../core/changes/operation.ts';
import { MINUTE_MS } from '../../core/durations.ts';
import { type AuditEvent, type EventPage, eventKey, pageOfId } from '../../core/history/audit-event.ts';
import type { MirrorWrite, Records, UserStore } from '../../core/ports/user-store.ts';
import { settleAll } from '../../core/settle-all.ts';
import type { MirrorItem } from '../../core/users/mirror.ts';
import type { NumberSummary } from '../../core/users/number-summary.ts';
import { eventItem } from './audit-event.ts';
import { embeddedEvent, placeEvents } from './embedded-event.ts';
import { keys } from './keys.ts';
import {
  conditionalWrite,
  parseMirrorItem,
  putEvent,
  putPlaced,
  type RecordTarget,
  recordTarget,
} from './mirror-item.ts';
import { getSummary, isRegistered, registerNumber } from './numbers.ts';
import { OperationDays } from './operation-days.ts';
import { completeOperation, completionItems, resumeOperation, startOperation } from './operations.ts';
import { addProtectedId, listProtectedIds } from './protected-ids.ts';
import { queryEvents } from './query-events.ts';
import type { Retention } from './retention.ts';
import { batchGet, batchPut, batchWriteConditionally, type Table } from './table.ts';
import { type TransactItems, transact } from './transact.ts';

/** Milliseconds for which a container assumes that a number is registered. Another container may have taken it out of use. */
const KNOWN_MS = 5 * MINUTE_MS;

/**
 * The part of the store that reading and changing users needs. It is separate, so that functions for which callers wait load
 * nothing for lists, reconciliation and schedules.
 */
export class DynamoUserStore implements UserStore {
  protected readonly table: Table;
  protected readonly retention: Retention;
  /** Numbers that this container knows to be registered, and since when, to save a write for each request. */
  readonly #registered = new Map<string, number>();
  readonly #days: OperationDays;

  constructor(table: Table, retention: Retention) {
    this.table = table;
    this.retention = retention;
    this.#days = new OperationDays(table, retention);
  }

  async getUsers(phoneNumberId: string, ids: readonly string[], consistent = false): Promise<Map<string, MirrorItem>> {
    const wanted = [...new Set(ids)].map((id) => keys.user(phoneNumberId, id));
    const items = await batchGet(this.table, wanted, consistent);
    return new Map(items.map((item) => [keys.userOf(String(item.sk)), parseMirrorItem(item)]));
  }

  putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]> {
    return this.putRecords(phoneNumberId, { writes, events: [] });
  }

  async putRecords(phoneNumberId: string, records: Records): Promise<string[]> {
    const target = this.target(phoneNumberId);
    const { placed, apart } = placeEvents(records);
    await this.appendEvents(phoneNumberId, apart);
    return batchWriteConditionally(
      this.table,
      placed.map(({ write }) => conditionalWrite(target, write)),
    );
  }

  async appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void> {
    const { auditDays } = this.retention;
    await batchPut(
      this.table,
      events.map((event) => eventItem(phoneNumberId, event, auditDays)),
    );
  }

  async pageEvents(phoneNumberId: string, users: readonly string[], page: EventPage): Promise<AuditEvent[]> {
    // Reads the items first and the history second: an audit event that moves to the history meanwhile is seen in at least
    // one place.
    const stored = await this.getUsers(phoneNumberId, users);
    const found = await Promise.all(
      users.map((user) => queryEvents(this.table, { phoneNumberId, user }, pageOfId(page, user, phoneNumberId))),
    );
    const events = new Map(found.flat().map((event) => [event.user + eventKey(event), event]));
    for (const user of users) {
      const event = embeddedEvent(stored.get(user));
      const { before } = pageOfId(page, user, phoneNumberId);
      if (event && (before === undefined || eventKey(event) < before)) events.set(user + eventKey(event), event);
    }
    return [...events.values()]
      .sort((a, b) => (a.at + a.operationId < b.at + b.operationId ? 1 : -1))
      .slice(0, page.limit);
  }

  getSummary(phoneNumberId: string, consistent = false): Promise<NumberSummary | undefined> {
    return getSummary(this.table, phoneNumberId, consistent);
  }

  async isRegistered(phoneNumberId: string): Promise<boolean> {
    if (this.#isKnown(phoneNumberId)) return true;
    const isThere = await isRegistered(this.table, phoneNumberId);
    if (isThere) this.#registered.set(phoneNumberId, Date.now());
    return isThere;
  }

  async registerNumber(phoneNumberId: string, at: string): Promise<void> {
    if (this.#isKnown(phoneNumberId)) return;
    await registerNumber(this.table, phoneNumberId, at);
    this.#registered.set(phoneNumberId, Date.now());
  }

  /** This container took it out of use. */
  protected forget(phoneNumberId: string): void {
    this.#registered.delete(phoneNumberId);
  }

  #isKnown(phoneNumberId: string): boolean {
    return Date.now() - (this.#registered.get(phoneNumberId) ?? 0) < KNOWN_MS;
  }

  startOperation(operation: Operation): Promise<void> {
    return this.#markedWith(operation, startOperation);
  }

  resumeOperation(operation: Operation): Promise<void> {
    return this.#markedWith(operation, resumeOperation);
  }

  async #markedWith(operation: Operation, store: typeof startOperation): Promise<void> {
    await settleAll([store(this.table, operation, this.retention.auditDays), this.#days.mark(operation)]);
  }

  completeOperation(operation: OperationKey, completion: Completion): Promise<void> {
    return completeOperation(this.table, operation, { completion, event: this.recorded(completion) });
  }

  completeWithRecords(operation: Operation, completion: Completion, records: Records): Promise<boolean> {
    const target = this.target(operation.phoneNumberId);
    const { placed, apart } = placeEvents(records);
    return transact(this.table, [
      ...completionItems(this.table, operation, { completion, event: this.recorded(completion) }),
      ...placed.flatMap(({ write }) => putPlaced(target, { write, apart: [] })),
      ...apart.map((event) => putEvent(target, event)),
    ]);
  }

  listProtectedIds(): Promise<ReadonlyMap<string, string>> {
    return listProtectedIds(this.table);
  }

  addProtectedId(user: string, id: string): Promise<void> {
    return addProtectedId(this.table, user, id);
  }

  /** What records the event of an operation. Operations of callers, for whom this store is, have none. */
  protected recorded(_: Completion): TransactItems {
    return [];
  }

  protected target(phoneNumberId: string): RecordTarget {
    return recordTarget(this.table, phoneNumberId, this.retention);
  }
}
