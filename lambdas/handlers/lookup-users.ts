import { lookUpUsers } from '../core/blocklist/look-up-users.ts';
import { handle } from '../http/handle.ts';
import { lookupResponse, readLookup } from '../http/lookup.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { lookupDeps } from '../runtime/composition/users.ts';

/** `POST …/block_users/lookup` */
export const handler = handle(httpOptions, async (request) =>
  lookupResponse(await lookUpUsers(lookupDeps(), readLookup(request))),
);
