import { revokeKey } from '../core/keys/revoke-key.ts';
import { handle } from '../http/handle.ts';
import { readRevokeKey } from '../http/key-request.ts';
import { keyResponse } from '../http/key-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { keyDeps } from '../runtime/composition/keys.ts';

/** `DELETE /keys/{id}` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readRevokeKey(request);
  const deps = keyDeps();
  return keyResponse(await revokeKey(deps, asked), deps.clock.now());
});
