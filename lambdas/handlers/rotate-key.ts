import { rotateKey } from '../core/keys/rotate-key.ts';
import { handle } from '../http/handle.ts';
import { readRotateKey } from '../http/key-request.ts';
import { shownKeyResponse } from '../http/key-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { keyDeps } from '../runtime/composition/keys.ts';

/** `POST /keys/{id}/rotate` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readRotateKey(request);
  const deps = keyDeps();
  return shownKeyResponse(200, await rotateKey(deps, asked), deps.clock.now());
});
