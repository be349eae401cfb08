import * as z from 'zod/mini';
import type { RecordedOperation } from '../core/changes/operation.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { isoTime } from '../core/iso-time.ts';
import type { OperationPage, OperationPlace } from '../core/ports/blocklist-store.ts';
import type { Operation, Operations } from '../openapi/operation.ts';
import { type ApiRequest, readLimit, readQuery, readTarget } from './api-request.ts';
import { operationsCursor, readCursor, writeCursor } from './cursor.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';

/** `since`, `until`, `actor`, `after` and `limit` of `GET …/operations`, all optional. */
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
/** No stored time is before the first or after the last of these, and such times would not sort as texts. */
const FIRST_MS = 0;
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A time in ISO 8601, in UTC with milliseconds, as times are stored. A day alone means the whole day. */
function readTime(given: string | undefined, name: 'since' | 'until', ofDay: string): string | undefined {
  // A `+` before the offset arrives as a space if it was not encoded.
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

/** Newest first. If an `actor` did little, a page may be short or empty and still have a `next`. */
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

/** One call to Graph, and the outcomes of its users as far as they are known. */
function presentOperation(operation: RecordedOperation): Operation {
  return {
    operation_id: operation.operationId,
    at: operation.startedAt,
    action: operation.action,
    source: operation.source,
    actor: operation.actor,
    on_behalf_of: operation.onBehalfOf,
    reason: operation.reason,
    reason_code: operation.reasonCode,
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
