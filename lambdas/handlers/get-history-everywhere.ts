import { getHistoryEverywhere } from '../core/history/get-history-everywhere.ts';
import { historyEverywhereResponse, readHistoryEverywhere } from '../http/everywhere-response.ts';
import { handle } from '../http/handle.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { store } from '../runtime/composition/store.ts';

/** `GET /users/{user}/history` */
export const handler = handle(httpOptions, async (request) => {
  const { asked, page } = readHistoryEverywhere(request);
  return historyEverywhereResponse(request, await getHistoryEverywhere(store(), asked, page));
});
