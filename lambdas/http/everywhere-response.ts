import type { NumberEvent } from '../core/history/audit-event.ts';
import { EVERY_NUMBER } from '../core/ids.ts';
import type { AskedEverywhere } from '../core/users/find-everywhere.ts';
import type { EverywherePage } from '../core/users/get-user-everywhere.ts';
import type { HistoryEverywhere, UserEverywhere } from '../openapi/user.ts';
import { type ApiRequest, readLimit, readQuery, readUser } from './api-request.ts';
import { historyCursor, numbersCursor, readCursor, writeCursor } from './cursor.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';
import { eventCursor, presentEvent, presentUser } from './user-response.ts';

/** `GET /users/{user}`: who is asked for, on which numbers, and which page of these. */
export function readUserEverywhere(request: ApiRequest) {
  const query = readQuery(request, 'limit', 'after');
  const [after] = readCursor(numbersCursor, 'after', query.get('after')) ?? [];
  return { asked: readAsked(request), page: { limit: readLimit(request), after } };
}

/** `GET /users/{user}/history` */
export function readHistoryEverywhere(request: ApiRequest) {
  const query = readQuery(request, 'limit', 'after');
  const [before] = readCursor(historyCursor, 'after', query.get('after')) ?? [];
  return { asked: readAsked(request), page: { limit: readLimit(request), before } };
}

/** A caller who may use only some numbers sees the user on these alone. */
function readAsked(request: ApiRequest): AskedEverywhere {
  return { id: readUser(request), within: request.numbers };
}

/** A row for each number, as the route of that number answers. */
export function userEverywhereResponse(
  request: ApiRequest,
  { waId, userId, isProtected, rows, more }: EverywherePage,
): ApiResponse {
  const [first, last] = [rows[0], rows.at(-1)].map((row) => row && writeCursor([row.phoneNumberId]));
  return json<UserEverywhere>(200, {
    wa_id: waId,
    user_id: userId,
    protected: isProtected,
    data: rows.map(({ phoneNumberId, summary, ...found }) => ({
      phone_number_id: phoneNumberId,
      ...presentUser(found),
      reconciled_at: summary?.reconciledAt ?? null,
    })),
    paging: {
      cursors: { before: first, after: last },
      next: more && last !== undefined ? pageUrl(request, { after: last }) : undefined,
    },
  });
}

/** Newest first. An event without a number concerns all of them. */
export function historyEverywhereResponse(
  request: ApiRequest,
  { events, more }: { events: readonly NumberEvent[]; more: boolean },
): ApiResponse {
  const after = eventCursor(events.at(-1));
  return json<HistoryEverywhere>(200, {
    data: events.map((event) => ({
      phone_number_id: event.phoneNumberId === EVERY_NUMBER ? undefined : event.phoneNumberId,
      ...presentEvent(event),
    })),
    paging: {
      cursors: { before: eventCursor(events[0]), after },
      next: more && after !== undefined ? pageUrl(request, { after }) : undefined,
    },
  });
}
