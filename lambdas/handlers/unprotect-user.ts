import { unprotectUser } from '../core/protection/unprotect-user.ts';
import { handle } from '../http/handle.ts';
import { readProtection, unprotectedResponse } from '../http/protection.ts';
import { changeRules } from '../runtime/composition/change-rules.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { protectionDeps } from '../runtime/composition/protecting.ts';

/** `DELETE /protected_users/{user}` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readProtection(request, changeRules());
  await unprotectUser(protectionDeps(), asked);
  return unprotectedResponse(asked);
});
