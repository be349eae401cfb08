import { listBlocked, listGraph } from '../core/blocklist/list-users.ts';
import { handle } from '../http/handle.ts';
import { readListRequest } from '../http/list-request.ts';
import { graphListResponse, listResponse } from '../http/user-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { listDeps } from '../runtime/composition/listing.ts';

/** `GET …/block_users` */
export const handler = handle(httpOptions, async (request) => {
  const wanted = readListRequest(request);
  return wanted.source === 'graph'
    ? graphListResponse(request, await listGraph(listDeps(), wanted), wanted.fields)
    : listResponse(request, await listBlocked(listDeps(), wanted), wanted.fields);
});
