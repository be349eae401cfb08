import { type AuditEvent, eventKey } from '../core/history/audit-event.ts';
import type { ListPosition } from '../core/ports/list-page.ts';
import type { GraphPage } from '../core/ports/services.ts';
import type { MirrorPage } from '../core/users/list-users.ts';
import type { MirrorUser } from '../core/users/mirror.ts';
import type { NumberSummary } from '../core/users/number-summary.ts';
import type { Found } from '../core/users/read-users.ts';
import type { History, KnownUser, List, User } from '../openapi/user.ts';
import type { ApiRequest } from './api-request.ts';
import { writeCursor } from './cursor.ts';
import { type Field, project } from './fields.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';

/** The value of the header while no reconciliation has finished. */
const NEVER = 'never';

export function userResponse(found: Found, summary: NumberSummary | undefined): ApiResponse {
  return json<User>(200, { ...presentUser(found), reconciled_at: summary?.reconciledAt ?? null });
}

/**
 * Whether a user is blocked, or has a deferred block; and if so since when, until when, by whom and why. `asked_as` is
 * present if the caller asked by another id. For a previous id, the answer says only which id the user has now: a block
 * belongs to the user, and not to the next owner of the number.
 */
export function presentUser({ user, askedAs, previousId }: Found): KnownUser {
  if (previousId)
    return { blocked: false, state: 'unblocked', ...idOf(previousId.id), changed_to: previousId.changedTo };
  // An item with only a refusal says nothing about the user, not even whether the number is on WhatsApp.
  if (!user || user.state === 'unknown') return { blocked: false, state: 'unknown' };
  return {
    blocked: user.state === 'blocked',
    state: user.state,
    wa_id: waIdOf(user),
    user_id: userIdOf(user),
    asked_as: askedAs,
    ...presentBlock(user),
    source: user.source,
  };
}

/** If the block of a user has ended, the answer does not say who had asked for it. */
function presentBlock(user: MirrorUser): Partial<KnownUser> {
  if (user.state !== 'blocked' && user.state !== 'deferred') return {};
  return {
    ...(user.state === 'blocked' ? { blocked_at: user.blockedAt } : { deferred_at: user.deferredAt }),
    expires_at: user.expiresAt,
    reason: user.reason,
    reason_code: user.reasonCode,
    blocked_by: user.actor,
  };
}

/** When the mirror was last compared with Graph's list. */
export function reconciledHeader(summary: NumberSummary | undefined): Record<string, string> {
  return { 'x-blocklist-reconciled-at': summary?.reconciledAt ?? NEVER };
}

export function historyResponse(
  request: ApiRequest,
  { events, more }: { events: readonly AuditEvent[]; more: boolean },
): ApiResponse {
  const after = eventCursor(events.at(-1));
  return json<History>(200, {
    data: events.map(presentEvent),
    paging: {
      cursors: { before: eventCursor(events[0]), after },
      next: more && after !== undefined ? pageUrl(request, { after }) : undefined,
    },
  });
}

export function eventCursor(event: AuditEvent | undefined): string | undefined {
  return event && writeCursor([eventKey(event)]);
}

export function presentEvent(event: AuditEvent): History['data'][number] {
  return {
    at: event.at,
    action: event.action,
    outcome: event.outcome,
    code: event.code,
    reason: event.reason,
    reason_code: event.reasonCode,
    actor: event.actor,
    on_behalf_of: event.onBehalfOf,
    source: event.source,
    operation_id: event.operationId,
    job_id: event.jobId,
    expires_at: event.expiresAt,
    previous: event.previous,
  };
}

export function listResponse(request: ApiRequest, page: MirrorPage, fields: readonly Field[] | undefined): ApiResponse {
  const cursor = (place: ListPosition | undefined) => place && writeCursor([place.shard, place.user]);
  const [first, last] = [page.users[0], page.users.at(-1)];
  // A page that stopped somewhere else than at a user goes on from there, and so does a page without any.
  const before = cursor(page.backward ? (page.end ?? first) : (first ?? page.end));
  const after = cursor(page.backward ? (last ?? page.end) : (page.end ?? last));
  const hasNext = page.backward ? page.middle : page.more;
  const hasPrevious = page.backward ? page.more : page.middle;
  return json<List>(
    200,
    {
      data: page.users.map((user) =>
        project(fields, {
          wa_id: waIdOf(user),
          user_id: userIdOf(user),
          input: user.input,
          reason: user.reason,
          reason_code: user.reasonCode,
          blocked_at: user.blockedAt,
          expires_at: user.expiresAt,
          blocked_by: user.actor,
          source: user.source,
        }),
      ),
      paging: {
        cursors: { before, after },
        next: hasNext && after !== undefined ? pageUrl(request, { after }) : undefined,
        previous: hasPrevious && before !== undefined ? pageUrl(request, { before }) : undefined,
      },
    },
    reconciledHeader(page.summary),
  );
}

/** Graph's own list with Graph's own cursors, which any change of the list makes invalid (139102). */
export function graphListResponse(
  request: ApiRequest,
  page: GraphPage & { readonly summary: NumberSummary | undefined },
  fields: readonly Field[] | undefined,
): ApiResponse {
  const { after, before } = page;
  const next = page.hasNext ?? (after !== undefined && page.users.length > 0 && after !== request.query.get('after'));
  return json<List>(
    200,
    {
      data: page.users.map(({ waId, userId }) => project(fields, { wa_id: waId, user_id: userId })),
      paging: {
        cursors: { before, after },
        next: next && after !== undefined ? pageUrl(request, { after }) : undefined,
        previous: page.hasPrevious && before !== undefined ? pageUrl(request, { before }) : undefined,
      },
    },
    reconciledHeader(page.summary),
  );
}

/** The key of a mirror item is a `wa_id` if it is digits, otherwise a BSUID. */
function waIdOf(user: MirrorUser): string | undefined {
  return user.waId ?? (/^\d+$/.test(user.user) ? user.user : undefined);
}

function userIdOf(user: MirrorUser): string | undefined {
  return user.userId ?? (/^\d+$/.test(user.user) ? undefined : user.user);
}

function idOf(id: string): { wa_id: string } | { user_id: string } {
  return /^\d+$/.test(id) ? { wa_id: id } : { user_id: id };
}
