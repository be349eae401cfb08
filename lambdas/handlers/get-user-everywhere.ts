import { getUserEverywhere } from '../core/users/get-user-everywhere.ts';
import { readUserEverywhere, userEverywhereResponse } from '../http/everywhere-response.ts';
import { handle } from '../http/handle.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { store } from '../runtime/composition/store.ts';

/** `GET /users/{user}` */
export const handler = handle(httpOptions, async (request) => {
  const { asked, page } = readUserEverywhere(request);
  return userEverywhereResponse(request, await getUserEverywhere(store(), asked, page));
});
