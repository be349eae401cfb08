import { protectUser } from '../core/protection/protect-user.ts';
import { handle } from '../http/handle.ts';
import { protectionResponse, readProtection } from '../http/protection.ts';
import { changeRules } from '../runtime/composition/change-rules.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { protectionDeps } from '../runtime/composition/protecting.ts';

/** `PUT /protected_users/{user}` */
export const handler = handle(httpOptions, async (request) =>
  protectionResponse(await protectUser(protectionDeps(), readProtection(request, changeRules()))),
);
