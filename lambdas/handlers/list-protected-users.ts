import { listProtectedUsers } from '../core/protection/list-protected-users.ts';
import { handle } from '../http/handle.ts';
import { protectedUsersResponse, readProtectedUsersPage } from '../http/protection.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { store } from '../runtime/composition/store.ts';

/** `GET /protected_users` */
export const handler = handle(httpOptions, async (request) =>
  protectedUsersResponse(request, await listProtectedUsers(store(), readProtectedUsersPage(request))),
);
