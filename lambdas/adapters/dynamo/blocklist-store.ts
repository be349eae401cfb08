import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { allEnded } from '../../core/all-ended.ts';
import type {
  AuditEvent,
  NumberSummary,
  ReconcileFailure,
  ReconcileRequest,
  Stored,
} from '../../core/blocklist/mirror.ts';
import type { OpenOperation, Operation, Resolution, Settlement } from '../../core/blocklist/operation.ts';
import type { Due } from '../../core/blocklist/pass.ts';
import type {
  BlocklistStore,
  DriftWrite,
  DueOperations,
  ListPage,
  ListPosition,
  MirrorWrite,
  OperationPage,
  ReconciliationEnd,
  Records,
} from '../../core/blocklist/store.ts';
import { eventItem, parseEvent } from './audit-event.ts';
import { keys } from './keys.ts';
import { listDueUsers } from './list-due-users.ts';
import { listMirror } from './list-mirror.ts';
import {
  failReconciliation,
  finishReconciliation,
  getSummary,
  isRegistered,
  listNumbers,
  noteGone,
  registerNumber,
  requestReconciliation,
  retireNumber,
} from './numbers.ts';
import {
  listDueOperations,
  listOpenOperations,
  resolveOperation,
  settleOperation,
  settleWith,
  startOperation,
} from './operations.ts';
import { pageBlocked } from './page-blocked.ts';
import { markDay, pageOperations } from './page-operations.ts';
import { inDays, type Retention } from './retention.ts';
import { conditionalWrite, parseStored, putEvent, putPlaced, putUsersWithEvents } from './stored-user.ts';
import { batchGet, batchPut, batchWriteConditionally, fromItem, type Table, toItem } from './table.ts';
import { placeEvents, toldEvent } from './told-event.ts';

/** Milliseconds for which a container takes a number for registered: another one may have taken it out of use. */
const KNOWN_MS = 5 * 60 * 1000;

/** The mirror, the history and the operations in DynamoDB. Access patterns and keys: `docs/data-model.md`. */
export class DynamoBlocklistStore implements BlocklistStore {
  readonly #table: Table;
  readonly #retention: Retention;
  /** Numbers that this container knows to be registered, and since when: not one write per request. */
  readonly #registered = new Map<string, number>();
  /** Partitions of operations whose day this container has marked: likewise. */
  readonly #marked = new Set<string>();

  constructor(table: Table, retention: Retention) {
    this.#table = table;
    this.#retention = retention;
  }

  async getUsers(phoneNumberId: string, ids: readonly string[], consistent = false): Promise<Map<string, Stored>> {
    const wanted = [...new Set(ids)].map((id) => keys.user(phoneNumberId, id));
    const items = await batchGet(this.#table, wanted, consistent);
    return new Map(items.map((item) => [keys.userOf(String(item.sk)), parseStored(item)]));
  }

  putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]> {
    return this.putRecords(phoneNumberId, { writes, events: [] });
  }

  async putRecords(phoneNumberId: string, records: Records): Promise<string[]> {
    const ttl = inDays(Date.now(), this.#retention.tombstoneDays);
    const { placed, apart } = placeEvents(records);
    await this.appendEvents(phoneNumberId, apart);
    return batchWriteConditionally(
      this.#table,
      placed.map(({ write }) => conditionalWrite(this.#table.name, phoneNumberId, write, ttl)),
    );
  }

  async appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void> {
    const { auditDays } = this.#retention;
    await batchPut(
      this.#table,
      events.map((event) => eventItem(phoneNumberId, event, auditDays)),
    );
  }

  listMirror(phoneNumberId: string) {
    return listMirror(this.#table, phoneNumberId);
  }

  listDueUsers(due: Due, now: string) {
    return listDueUsers(this.#table, due, now);
  }

  putUsersWithEvents(phoneNumberId: string, writes: readonly DriftWrite[]): Promise<string[]> {
    return putUsersWithEvents(this.#table, phoneNumberId, writes, this.#retention);
  }

  pageBlocked(
    phoneNumberId: string,
    page: { limit: number; from?: ListPosition | undefined; backward?: boolean },
  ): Promise<ListPage> {
    return pageBlocked(this.#table, phoneNumberId, page);
  }

  async pageEvents(
    phoneNumberId: string,
    users: readonly string[],
    page: { limit: number; before?: string | undefined },
  ): Promise<AuditEvent[]> {
    // The items first, and then the history as it is by now: a line that moves there meanwhile is seen in one place at least.
    const stored = await this.getUsers(phoneNumberId, users);
    const found = await Promise.all(users.map((user) => this.#queryEvents(phoneNumberId, user, page)));
    const events = new Map(found.flat().map((event) => [event.user + keyOf(event), event]));
    for (const user of users) {
      const told = toldEvent(stored.get(user));
      if (told && (page.before === undefined || keyOf(told) < page.before)) events.set(user + keyOf(told), told);
    }
    return [...events.values()]
      .sort((a, b) => (a.at + a.operationId < b.at + b.operationId ? 1 : -1))
      .slice(0, page.limit);
  }

  async #queryEvents(
    phoneNumberId: string,
    user: string,
    page: { limit: number; before?: string | undefined },
  ): Promise<AuditEvent[]> {
    const events: AuditEvent[] = [];
    let start: ReturnType<typeof toItem> | undefined;
    do {
      const answer = await this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          KeyConditionExpression: page.before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
          ExpressionAttributeValues: toItem({ ':pk': keys.history(phoneNumberId, user), ':before': page.before }),
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: page.limit - events.length,
          ExclusiveStartKey: start,
        }),
      );
      for (const item of answer.Items ?? []) events.push(parseEvent(fromItem(item)));
      // A query ends at 1 MB, though there may be more of what was asked for.
      start = answer.LastEvaluatedKey;
    } while (start && events.length < page.limit);
    return events;
  }

  getSummary(phoneNumberId: string, consistent = false): Promise<NumberSummary | undefined> {
    return getSummary(this.#table, phoneNumberId, consistent);
  }

  finishReconciliation(phoneNumberId: string, end: ReconciliationEnd): Promise<void> {
    return finishReconciliation(this.#table, phoneNumberId, end);
  }

  failReconciliation(phoneNumberId: string, failure: ReconcileFailure): Promise<void> {
    return failReconciliation(this.#table, phoneNumberId, failure);
  }

  noteGone(phoneNumberId: string, at: string): Promise<string> {
    return noteGone(this.#table, phoneNumberId, at);
  }

  async retireNumber(phoneNumberId: string, at: string): Promise<void> {
    await retireNumber(this.#table, phoneNumberId, at, this.#retention.auditDays);
    this.#registered.delete(phoneNumberId);
  }

  requestReconciliation(phoneNumberId: string, request: ReconcileRequest, over: string | undefined): Promise<boolean> {
    return requestReconciliation(this.#table, phoneNumberId, request, over);
  }

  listNumbers(page: { limit: number; after?: string | undefined }): Promise<string[]> {
    return listNumbers(this.#table, page);
  }

  async isRegistered(phoneNumberId: string): Promise<boolean> {
    if (this.#isKnown(phoneNumberId)) return true;
    const isThere = await isRegistered(this.#table, phoneNumberId);
    if (isThere) this.#registered.set(phoneNumberId, Date.now());
    return isThere;
  }

  async registerNumber(phoneNumberId: string, at: string): Promise<void> {
    if (this.#isKnown(phoneNumberId)) return;
    await registerNumber(this.#table, phoneNumberId, at);
    this.#registered.set(phoneNumberId, Date.now());
  }

  #isKnown(phoneNumberId: string): boolean {
    return Date.now() - (this.#registered.get(phoneNumberId) ?? 0) < KNOWN_MS;
  }

  async startOperation(operation: Operation): Promise<void> {
    const { auditDays } = this.#retention;
    const { pk } = keys.operation(operation.phoneNumberId, operation.startedAt, operation.operationId);
    const isMarked = this.#marked.has(pk);
    await allEnded([
      startOperation(this.#table, operation, auditDays),
      isMarked ? undefined : markDay(this.#table, operation, auditDays),
    ]);
    this.#marked.add(pk);
  }

  pageOperations(phoneNumberId: string, page: Parameters<BlocklistStore['pageOperations']>[1]): Promise<OperationPage> {
    return pageOperations(this.#table, phoneNumberId, page);
  }

  settleOperation(operation: Operation, settlement: Settlement): Promise<void> {
    return settleOperation(this.#table, operation, settlement);
  }

  settleAtOnce(...[operation, settlement, records]: Parameters<BlocklistStore['settleAtOnce']>) {
    const { phoneNumberId } = operation;
    const { auditDays, tombstoneDays } = this.#retention;
    const ttl = inDays(Date.now(), tombstoneDays);
    const { placed, apart } = placeEvents(records);
    return settleWith(this.#table, operation, settlement, [
      ...placed.flatMap((one) => putPlaced(this.#table, phoneNumberId, { ...one, apart: [] }, ttl, auditDays)),
      ...apart.map((event) => putEvent(this.#table, phoneNumberId, event, auditDays)),
    ]);
  }

  resolveOperation(operation: OpenOperation, resolution: Resolution): Promise<void> {
    return resolveOperation(this.#table, operation, resolution);
  }

  listOpenOperations(phoneNumberId: string): Promise<OpenOperation[]> {
    return listOpenOperations(this.#table, phoneNumberId);
  }

  listDueOperations(now: string): Promise<DueOperations> {
    return listDueOperations(this.#table, now);
  }
}

/** The order of a history: by time, and of one moment by operation. */
function keyOf({ at, operationId }: AuditEvent): string {
  return `${at}#${operationId}`;
}
