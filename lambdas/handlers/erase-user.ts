import { eraseUser } from '../core/erasure/erase-user.ts';
import { eraseUserResponse, readEraseUser } from '../http/erase-user.ts';
import { handle } from '../http/handle.ts';
import { eraseUserDeps } from '../runtime/composition/erasing.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `POST /users/{user}/erase` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readEraseUser(request);
  return eraseUserResponse(request, await eraseUser(eraseUserDeps(), asked));
});
