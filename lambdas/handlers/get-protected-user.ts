import { getProtectedUser } from '../core/protection/get-protected-user.ts';
import { readQuery, readUser } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { protectedUserResponse } from '../http/protection.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { store } from '../runtime/composition/store.ts';

/** `GET /protected_users/{user}` */
export const handler = handle(httpOptions, async (request) => {
  readQuery(request);
  return protectedUserResponse(await getProtectedUser(store(), readUser(request)));
});
