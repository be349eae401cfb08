import { lookupUsers } from '../core/users/lookup-users.ts';
import { handle } from '../http/handle.ts';
import { lookupResponse, readLookup } from '../http/lookup.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { lookupUsersDeps } from '../runtime/composition/users.ts';

/** `POST …/block_users/lookup` */
export const handler = handle(httpOptions, async (request) =>
  lookupResponse(await lookupUsers(lookupUsersDeps(), readLookup(request))),
);
