import { GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { AuditEvent, NumberSummary, Stored } from '../../core/blocklist/mirror.ts';
import { OPERATION_DEADLINE_MS, type Operation, type Settlement } from '../../core/blocklist/operation.ts';
import type { BlocklistStore, ListPage, ListPosition, MirrorWrite } from '../../core/ports.ts';
import { eventItem, parseEvent } from './audit-event.ts';
import { DUE, keys } from './keys.ts';
import { pageBlocked } from './page-blocked.ts';
import { inDays, type Retention } from './retention.ts';
import { conditionalWrite, parseStored } from './stored-user.ts';
import { batchGet, batchPut, batchWriteConditionally, fromItem, type Table, toItem, unlessRefused } from './table.ts';
import { transact } from './transact.ts';

const summaryItem = z.object({
  size: z._default(z.number(), 0),
  reconciledAt: z.optional(z.string()),
});

/** The mirror, the history and the operations in DynamoDB. Access patterns and keys: `docs/data-model.md`. */
export class DynamoBlocklistStore implements BlocklistStore {
  readonly #table: Table;
  readonly #retention: Retention;
  /** Numbers that this container has registered: one write per container, not one per request. */
  readonly #registered = new Set<string>();

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
    const ttl = inDays(Date.now(), this.#retention.tombstoneDays);
    return batchWriteConditionally(
      this.#table,
      writes.map((write) => conditionalWrite(this.#table.name, phoneNumberId, write, ttl)),
    );
  }

  async appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void> {
    await batchPut(
      this.#table,
      events.map((event) => ({
        ...eventItem(phoneNumberId, event),
        ttl: inDays(Date.parse(event.at), this.#retention.auditDays),
      })),
    );
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
    const found = await Promise.all(users.map((user) => this.#queryEvents(phoneNumberId, user, page)));
    return found
      .flat()
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

  async getSummary(phoneNumberId: string): Promise<NumberSummary | undefined> {
    const answer = await this.#table.client.send(
      new GetItemCommand({ TableName: this.#table.name, Key: toItem(keys.summary(phoneNumberId)) }),
    );
    if (!answer.Item) return undefined;
    const { size, reconciledAt } = summaryItem.parse(fromItem(answer.Item));
    return { size: Math.max(size, 0), reconciledAt };
  }

  async registerNumber(phoneNumberId: string, at: string): Promise<void> {
    if (this.#registered.has(phoneNumberId)) return;
    await this.#putNew({ ...keys.registry(phoneNumberId), firstSeenAt: at });
    this.#registered.add(phoneNumberId);
  }

  async startOperation(operation: Operation): Promise<void> {
    const { operationId, startedAt, phoneNumberId } = operation;
    const startedMs = Date.parse(startedAt);
    await this.#putNew({
      ...keys.operation(phoneNumberId, startedAt, operationId),
      ...operation,
      status: 'started',
      dueBucket: DUE.operations,
      dueAt: new Date(startedMs + OPERATION_DEADLINE_MS).toISOString(),
      ttl: inDays(startedMs, this.#retention.auditDays),
    });
  }

  /** Puts an item that may be there from an earlier try: then it stays as it is. */
  async #putNew(item: Record<string, unknown>): Promise<void> {
    await unlessRefused(
      this.#table.client.send(
        new PutItemCommand({
          TableName: this.#table.name,
          Item: toItem(item),
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
  }

  async settleOperation(operation: Operation, settlement: Settlement): Promise<void> {
    const { status, succeeded, failed, sizeDelta, durationMs, code, fbtraceId } = settlement;
    const extra = [code === undefined ? '' : ', #code = :code', fbtraceId === undefined ? '' : ', fbtraceId = :trace'];
    // An uncertain operation keeps its place among what is due: the number is to be reconciled.
    const remove = status === 'uncertain' ? '' : ' REMOVE dueBucket, dueAt';
    const TableName = this.#table.name;
    const settle = {
      TableName,
      Key: toItem(keys.operation(operation.phoneNumberId, operation.startedAt, operation.operationId)),
      UpdateExpression: `SET #status = :status, succeeded = :succeeded, failed = :failed, durationMs = :ms${extra.join('')}${remove}`,
      ConditionExpression: '#status = :started',
      ExpressionAttributeNames: { '#status': 'status', ...(code === undefined ? {} : { '#code': 'code' }) },
      ExpressionAttributeValues: toItem({
        ':status': status,
        ':started': 'started',
        ':succeeded': succeeded,
        ':failed': failed,
        ':ms': durationMs,
        ':code': code,
        ':trace': fbtraceId,
      }),
    };
    if (sizeDelta === 0) {
      await unlessRefused(this.#table.client.send(new UpdateItemCommand(settle)));
      return;
    }
    const count = {
      TableName,
      Key: toItem(keys.summary(operation.phoneNumberId)),
      UpdateExpression: 'ADD #size :delta',
      ExpressionAttributeNames: { '#size': 'size' },
      ExpressionAttributeValues: toItem({ ':delta': sizeDelta }),
    };
    await transact(this.#table, [{ Update: settle }, { Update: count }]);
  }
}
