import { listNumbersInUse } from '../core/users/list-numbers-in-use.ts';
import { handle } from '../http/handle.ts';
import { numbersResponse, readNumbersPage } from '../http/numbers-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { numbersInUseDeps } from '../runtime/composition/numbers-in-use.ts';

/** `GET /numbers` */
export const handler = handle(httpOptions, async (request) => {
  const { store, listLimit, rules } = numbersInUseDeps();
  const found = await listNumbersInUse(store, readNumbersPage(request), request.numbers);
  return numbersResponse(request, { ...found, limit: listLimit, rules });
});
