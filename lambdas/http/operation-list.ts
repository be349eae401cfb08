import * as z from 'zod/mini';
import type { RecordedOperation } from '../core/changes/operation.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { isoTime } from '../core/iso-time.ts';
import type { OperationPage, OperationPlace } from '../core/ports/blocklist-store.ts';
import type { Operation, Operations } from '../openapi/operation.ts';
import { type ApiRequest, readLimit, readQuery, readTarget } from './api-request.ts';
import { operationsCursor, readCursor, writeCursor } from './cursor.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';

/** `since`, `until`, `actor`, `after` and `limit` of `GET …/operations`; each may be left out. */
export function readOperationsPage(request: ApiRequest) {
  const { phoneNumberId } = readTarget(request);
  const query = readQuery(request, 'since', 'until', 'actor', 'after', 'limit');
  const since = readTime(query.get('since'), 'since', 'T00:00:00.000Z');
  const until = readTime(query.get('until'), 'until', 'T23:59:59.999Z');
  if (since !== undefined && until !== undefined && since > until) {
    throw new InvalidRequestError('since: must not be later than until');
  }
  const actor = query.get('actor');
  const [day, operationId] = readCursor(operationsCursor, 'after', query.get('after')) ?? [];
  const after = day === undefined ? undefined : { day, operationId };
  return { phoneNumberId, since, until, actor, after, limit: readLimit(request) };
}

const date = z.iso.date();
const time = z.iso.datetime({ offset: true });
/** Times before the first and after the last of these are no stored ones, and would not sort as texts. */
const FIRST_MS = 0;
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A time in ISO 8601, in UTC with milliseconds, as times are stored; a day alone stands for the whole of it. */
function readTime(given: string | undefined, name: 'since' | 'until', ofDay: string): string | undefined {
  // A `+` before the offset that was not encoded comes as a space.
  const text = given?.replace(/ (?=\d\d:\d\d$)/, '+');
  if (text === undefined) return undefined;
  const whole = date.safeParse(text).success ? text + ofDay : text;
  if (!time.safeParse(whole).success) {
    throw new InvalidRequestError(
      `${name}: must be a time in ISO 8601 with its offset, like 2026-11-01T09:00:00Z, or a day`,
    );
  }
  return isoTime(Math.min(Math.max(Date.parse(whole), FIRST_MS), LAST_MS));
}

/** Newest first. A page may be short, or empty, and have a `next` all the same, where an `actor` did little. */
export function operationsResponse(request: ApiRequest, { operations, end }: OperationPage): ApiResponse {
  const before = operationPlace(operations[0]);
  const after = end ?? operationPlace(operations.at(-1));
  return json<Operations>(200, {
    data: operations.map(presentOperation),
    paging: {
      cursors: { before: before && cursorOf(before), after: after && cursorOf(after) },
      next: end && pageUrl(request, { after: cursorOf(end) }),
    },
  });
}

function operationPlace(operation: RecordedOperation | undefined): OperationPlace | undefined {
  return operation && { day: operation.startedAt.slice(0, 10), operationId: operation.operationId };
}

function cursorOf({ day, operationId }: OperationPlace): string {
  return writeCursor(operationId === undefined ? [day] : [day, operationId]);
}

/** One call to Graph, and what became of its users as far as that is known. */
function presentOperation(operation: RecordedOperation): Operation {
  return {
    operation_id: operation.operationId,
    at: operation.startedAt,
    action: operation.action,
    source: operation.source,
    actor: operation.actor,
    on_behalf_of: operation.onBehalfOf,
    reason: operation.reason,
    status: operation.status,
    users: operation.users,
    counts: {
      succeeded: operation.succeeded ?? 0,
      failed: operation.failed ?? 0,
      deferred: operation.deferred ?? 0,
    },
    duration_ms: operation.durationMs,
    code: operation.code,
    job_id: operation.jobId,
  };
}
