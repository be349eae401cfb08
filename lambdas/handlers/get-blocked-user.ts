import { getUser } from '../core/blocklist/ask.ts';
import { readQuery, readTarget, readUser } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { userResponse } from '../http/user-response.ts';
import { httpOptions, store, summaries } from '../runtime/composition.ts';

/** `GET …/block_users/{user}` */
export const handler = handle(httpOptions, async (request) => {
  const { phoneNumberId } = readTarget(request);
  readQuery(request);
  const id = readUser(request);
  const [found, summary] = await Promise.all([getUser(store(), phoneNumberId, id), summaries().get(phoneNumberId)]);
  return userResponse(found, summary);
});
