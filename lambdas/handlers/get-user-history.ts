import { getUserHistory } from '../core/history/get-user-history.ts';
import { readLimit, readQuery, readTarget, readUser } from '../http/api-request.ts';
import { historyCursor, readCursor } from '../http/cursor.ts';
import { handle } from '../http/handle.ts';
import { historyResponse } from '../http/user-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { users } from '../runtime/composition/users.ts';

/** `GET …/block_users/{user}/history` */
export const handler = handle(httpOptions, async (request) => {
  const { phoneNumberId } = readTarget(request);
  const id = readUser(request);
  const [before] = readCursor(historyCursor, 'after', readQuery(request, 'limit', 'after').get('after')) ?? [];
  return historyResponse(
    request,
    await getUserHistory(users(), { phoneNumberId, id }, { limit: readLimit(request), before }),
  );
});
