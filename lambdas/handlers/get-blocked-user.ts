import { getUser } from '../core/users/get-user.ts';
import { readQuery, readTarget, readUser } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { userResponse } from '../http/user-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { summaries, users } from '../runtime/composition/users.ts';

/** `GET …/block_users/{user}` */
export const handler = handle(httpOptions, async (request) => {
  const { phoneNumberId } = readTarget(request);
  readQuery(request);
  const id = readUser(request);
  const [found, summary] = await Promise.all([getUser(users(), phoneNumberId, id), summaries().get(phoneNumberId)]);
  return userResponse(found, summary);
});
