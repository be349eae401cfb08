import * as z from 'zod/mini';
import type { ProtectedUsersPage } from '../core/protection/list-protected-users.ts';
import type { Protection, ProtectionRequest } from '../core/protection/protect-user.ts';
import type { ProtectedUser } from '../core/protection/protected-user.ts';
import { isNumber } from '../core/users/number-forms.ts';
import type {
  Protected,
  ProtectedUser as ProtectedUserAnswer,
  ProtectedUsers,
  ProtectionAnswer,
  Unprotected,
} from '../openapi/protection.ts';
import { type ApiRequest, readLimit, readOnBehalfOf, readQuery, readUser } from './api-request.ts';
import { readParameters } from './body.ts';
import { protectedUsersCursor, readCursor, writeCursor } from './cursor.ts';
import { type ChangeRules, readReasons, reasons } from './reasons.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';
import { presentUser } from './user-response.ts';

const body = z.object(reasons);

/** `PUT` and `DELETE /protected_users/{user}`: the body may be left out, unless this deployment requires a reason. */
export function readProtection(request: ApiRequest, rules: ChangeRules): ProtectionRequest {
  const isEmpty = !request.body && request.query.size === 0;
  return {
    id: readUser(request),
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
    ...readReasons(isEmpty ? {} : readParameters(request, body), rules),
  };
}

/** `limit` and `after` of `GET /protected_users`. */
export function readProtectedUsersPage(request: ApiRequest) {
  const query = readQuery(request, 'limit', 'after');
  const [after] = readCursor(protectedUsersCursor, 'after', query.get('after')) ?? [];
  return { limit: readLimit(request), after };
}

export function protectionResponse({ user, blockedOn }: Protection): ApiResponse {
  return json<ProtectionAnswer>(200, {
    protected: true,
    ...presentProtected(user),
    blocked_on: blockedOn.map(({ phoneNumberId, ...found }) => ({
      phone_number_id: phoneNumberId,
      ...presentUser(found),
    })),
  });
}

export function protectedUserResponse(user: ProtectedUser): ApiResponse {
  return json<Protected>(200, { protected: true, ...presentProtected(user) });
}

export function unprotectedResponse({ id }: ProtectionRequest): ApiResponse {
  return json<Unprotected>(200, { protected: false, ...idOf(id) });
}

export function protectedUsersResponse(request: ApiRequest, { users, more }: ProtectedUsersPage): ApiResponse {
  const cursor = (one: ProtectedUser | undefined) => one && writeCursor([one.user]);
  const after = cursor(users.at(-1));
  return json<ProtectedUsers>(200, {
    data: users.map(presentProtected),
    paging: {
      cursors: { before: cursor(users[0]), after },
      next: more && after !== undefined ? pageUrl(request, { after }) : undefined,
    },
  });
}

function presentProtected(one: Omit<ProtectedUser, 'revision'>): ProtectedUserAnswer {
  return {
    ...idOf(one.user),
    ids: [...one.ids],
    reason: one.reason,
    reason_code: one.reasonCode,
    protected_at: one.protectedAt,
    protected_by: one.actor,
    on_behalf_of: one.onBehalfOf,
  };
}

function idOf(id: string): { wa_id: string } | { user_id: string } {
  return isNumber(id) ? { wa_id: id } : { user_id: id };
}
