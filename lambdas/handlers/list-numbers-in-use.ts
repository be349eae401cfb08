import { listNumbersInUse } from '../core/users/list-numbers-in-use.ts';
import { handle } from '../http/handle.ts';
import { numbersResponse, readNumbersPage } from '../http/numbers-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { store } from '../runtime/composition/store.ts';
import { env } from '../runtime/env.ts';

/** `GET /numbers` */
export const handler = handle(httpOptions, async (request) => {
  const found = await listNumbersInUse(store(), readNumbersPage(request), request.numbers);
  return numbersResponse(request, { ...found, limit: env('listLimit') });
});
