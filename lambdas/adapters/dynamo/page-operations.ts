import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { encodeTime } from 'ulid';
import * as z from 'zod/mini';
import type { RecordedOperation } from '../../core/changes/operation.ts';
import { MINUTE_MS } from '../../core/durations.ts';
import type { BlocklistStore, OperationPage } from '../../core/ports/blocklist-store.ts';
import { keys } from './keys.ts';
import { queryPages } from './query.ts';
import { storedOperation } from './stored-operation.ts';
import { fromItem, type Table, toItem } from './table.ts';

/** The ids of uncertain users are not read: they are many, packed, and not needed here. */
const recordedOperation = z.extend(storedOperation, {
  action: z.enum(['block', 'unblock', 'erase']),
  status: z.enum(['started', 'finished', 'failed', 'uncertain', 'resolved']),
  durationMs: z.optional(z.number()),
}) satisfies z.ZodMiniType<RecordedOperation>;

type Wanted = Parameters<BlocklistStore['pageOperations']>[1];

/** Marks read at once: mostly the newest few days fill a page. */
const MARKS = 32;
/** Days read at once, at most: one, two, four … of them, so that a page of many sparse days takes few rounds. */
const WIDEST = 16;
/**
 * How far one request searches for the operations of one actor, or with one code. DynamoDB finds them by reading everything. The limits are a
 * number of days and of operations (about 10 MB). Whatever was found so far is then a page, and the next begins behind it.
 */
const LARGEST_SEARCH = { days: 50, operations: 20_000 } as const;
/** Operations of one query if most may not be wanted. */
const SEARCH_READ = 1_000;

/**
 * Operations, newest first: those of the newest day with a mark, then those of the day before. Unless it searches, a page
 * ends early only if there are no more.
 */
export async function pageOperations(table: Table, phoneNumberId: string, wanted: Wanted): Promise<OperationPage> {
  const searching = isSearch(wanted);
  const operations: RecordedOperation[] = [];
  let read = 0;
  let days = 0;
  let more: OperationPage['end'];
  for await (const group of daysInGroups(table, phoneNumberId, wanted)) {
    if (more) return { operations, end: more };
    // One more item shows whether there is a next page.
    const limit = wanted.limit + 1 - operations.length;
    const readable = LARGEST_SEARCH.operations - read;
    const found = await Promise.all(
      group.map((day) => readDay(table, phoneNumberId, { ...wanted, day, limit, readable })),
    );
    for (const [index, day] of group.entries()) {
      const { operations: ofDay = [], read: readOfDay = 0, end } = found[index] ?? {};
      operations.push(...ofDay);
      if (operations.length > wanted.limit) return cut(operations, wanted.limit);
      read += readOfDay;
      days += 1;
      if (end !== undefined) return { operations, end: { day, operationId: end } };
      if (searching && (days === LARGEST_SEARCH.days || read >= LARGEST_SEARCH.operations)) more = { day };
    }
  }
  return { operations };
}

function cut(operations: readonly RecordedOperation[], limit: number): OperationPage {
  const page = operations.slice(0, limit);
  const last = page.at(-1);
  return { operations: page, end: last && { day: last.startedAt.slice(0, 10), operationId: last.operationId } };
}

/** Days of the span with operations, newest first, in groups that are read at once. A search goes day by day. */
async function* daysInGroups(table: Table, phoneNumberId: string, wanted: Wanted): AsyncGenerator<string[]> {
  const { after } = wanted;
  const oldest = wanted.since ?? FIRST_DAY;
  const newest = earlierOf(wanted.until ?? LAST_DAY, after?.day ?? LAST_DAY);
  if (oldest.slice(0, 10) > newest.slice(0, 10)) return;
  const marks = queryPages(table, {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
    ExpressionAttributeValues: toItem({
      ':pk': keys.number(phoneNumberId),
      ':first': keys.operationDay(phoneNumberId, oldest).sk,
      ':last': keys.operationDay(phoneNumberId, newest).sk,
    }),
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: MARKS,
  });
  let width = 1;
  for await (const items of marks) {
    const days = items.map(({ sk }) => keys.dayOfMark(String(sk)));
    while (days.length > 0) {
      const group = days.splice(0, width);
      // There is nothing after the end of a day.
      const unread = group.filter((day) => day !== after?.day || after.operationId !== undefined);
      if (unread.length > 0) yield unread;
      if (!isSearch(wanted)) width = Math.min(width * 2, WIDEST);
    }
  }
}

const FIRST_DAY = '0000-01-01';
const LAST_DAY = '9999-12-31';

interface DayRead {
  readonly operations: readonly RecordedOperation[];
  /** Operations that were read. */
  readonly read: number;
  /** Where a search stopped. */
  readonly end?: string | undefined;
}

/** Operations of one day, at least `limit` if there are as many, unless a search has read as much as it may. */
async function readDay(
  table: Table,
  phoneNumberId: string,
  wanted: Wanted & { readonly day: string; readonly readable: number },
): Promise<DayRead> {
  const { limit, readable } = wanted;
  const searching = isSearch(wanted);
  const operations: RecordedOperation[] = [];
  const query = queryOf(phoneNumberId, wanted);
  if (!query) return { operations, read: 0 };
  let read = 0;
  let start: QueryCommandInput['ExclusiveStartKey'];
  do {
    const answer = await table.client.send(
      new QueryCommand({
        ...query,
        TableName: table.name,
        ScanIndexForward: false,
        ConsistentRead: true,
        // One more, for the operation after which the page begins.
        Limit: searching ? Math.min(SEARCH_READ, readable - read) : limit - operations.length + 1,
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) operations.push(recordedOperation.parse(fromItem(item)));
    read += answer.ScannedCount ?? 0;
    start = answer.LastEvaluatedKey;
  } while (start && operations.length < limit && (!searching || read < readable));
  const brokenOff = start !== undefined && operations.length < limit;
  return { operations, read, end: brokenOff ? String(fromItem(start ?? {}).sk) : undefined };
}

/** An id has the time of its operation to the millisecond. The time itself decides; this only limits what is read. */
const SLACK_MS = MINUTE_MS;
const LOWEST = '0'.repeat(16);
const HIGHEST = 'Z'.repeat(16);

/** Undefined if nothing can be found: DynamoDB refuses such a query as an error of the caller. */
function queryOf(phoneNumberId: string, wanted: Wanted & { readonly day: string }) {
  const { day, since, until, actor, reasonCode, after } = wanted;
  const behind = after?.day === day ? after.operationId : undefined;
  const first = since === undefined ? '0' : encodeTime(Math.max(0, Date.parse(since) - SLACK_MS)) + LOWEST;
  const end = until === undefined ? '~' : encodeTime(Date.parse(until) + SLACK_MS) + HIGHEST;
  const last = earlierOf(end, behind ?? end);
  if (first > last) return undefined;
  const filters = [
    since === undefined ? [] : 'startedAt >= :since',
    until === undefined ? [] : 'startedAt <= :until',
    actor === undefined ? [] : 'actor = :actor',
    reasonCode === undefined ? [] : 'reasonCode = :reasonCode',
    behind === undefined ? [] : 'operationId <> :behind',
  ].flat();
  return {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
    FilterExpression: filters.length === 0 ? undefined : filters.join(' AND '),
    ExpressionAttributeValues: toItem({
      ':pk': keys.operation(phoneNumberId, day, '').pk,
      ':first': first,
      ':last': last,
      ':since': since,
      ':until': until,
      ':actor': actor,
      ':reasonCode': reasonCode,
      ':behind': behind,
    }),
  };
}

/** Whether operations of the span may have to be skipped. */
function isSearch({ actor, reasonCode }: Wanted): boolean {
  return actor !== undefined || reasonCode !== undefined;
}

function earlierOf(one: string, other: string): string {
  return one < other ? one : other;
}
