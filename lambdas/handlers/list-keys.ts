import { handle } from '../http/handle.ts';
import { readKeysPage } from '../http/key-request.ts';
import { keysResponse } from '../http/key-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { keyDeps } from '../runtime/composition/keys.ts';

/** `GET /keys` */
export const handler = handle(httpOptions, async (request) => {
  const page = readKeysPage(request);
  const { keys, clock } = keyDeps();
  return keysResponse(request, await keys.listKeys(page), { limit: page.limit, nowMs: clock.now() });
});
