import { listBlockedUsers, listGraphUsers } from '../core/users/list-users.ts';
import { handle } from '../http/handle.ts';
import { readListRequest } from '../http/list-request.ts';
import { graphListResponse, listResponse } from '../http/user-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { listUsersDeps } from '../runtime/composition/listing.ts';

/** `GET …/block_users` */
export const handler = handle(httpOptions, async (request) => {
  const wanted = readListRequest(request);
  return wanted.source === 'graph'
    ? graphListResponse(request, await listGraphUsers(listUsersDeps(), wanted), wanted.fields)
    : listResponse(request, await listBlockedUsers(listUsersDeps(), wanted), wanted.fields);
});
