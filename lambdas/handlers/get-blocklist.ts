import { getBlocklist } from '../core/users/get-blocklist.ts';
import { readQuery, readTarget } from '../http/api-request.ts';
import { blocklistResponse } from '../http/blocklist-response.ts';
import { handle } from '../http/handle.ts';
import { blocklistDeps } from '../runtime/composition/blocklist.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `GET …/blocklist` */
export const handler = handle(httpOptions, async (request) => {
  readQuery(request);
  return blocklistResponse(await getBlocklist(blocklistDeps(), readTarget(request).phoneNumberId));
});
