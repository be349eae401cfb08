import type { RecordedOperation } from '../core/changes/operation.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { OperationPage, OperationPlace } from '../core/ports/blocklist-store.ts';
import type { Operation, Operations } from '../openapi/operation.ts';
import { type ApiRequest, readLimit, readQuery, readTarget } from './api-request.ts';
import { operationsCursor, readCursor, writeCursor } from './cursor.ts';
import { readReasonCode } from './list-filter.ts';
import { END_OF_DAY, readMoment, START_OF_DAY } from './moment.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';

/** `since`, `until`, `actor`, `reason_code`, `after` and `limit` of `GET …/operations`, all optional. */
export function readOperationsPage(request: ApiRequest) {
  const { phoneNumberId } = readTarget(request);
  const query = readQuery(request, 'since', 'until', 'actor', 'reason_code', 'after', 'limit');
  const since = readMoment(query.get('since'), 'since', START_OF_DAY);
  const until = readMoment(query.get('until'), 'until', END_OF_DAY);
  if (since !== undefined && until !== undefined && since > until) {
    throw new InvalidRequestError('since: must not be later than until');
  }
  const actor = query.get('actor');
  const reasonCode = readReasonCode(query.get('reason_code'));
  const [day, operationId] = readCursor(operationsCursor, 'after', query.get('after')) ?? [];
  const after = day === undefined ? undefined : { day, operationId };
  return { phoneNumberId, since, until, actor, reasonCode, after, limit: readLimit(request) };
}

/** Newest first. If few operations are of the `actor` or have the `reason_code`, a page may be short or empty and still have a `next`. */
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
