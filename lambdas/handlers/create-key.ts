import { createKey } from '../core/keys/create-key.ts';
import { handle } from '../http/handle.ts';
import { readCreateKey } from '../http/key-request.ts';
import { shownKeyResponse } from '../http/key-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { keyDeps } from '../runtime/composition/keys.ts';

/** `POST /keys` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readCreateKey(request);
  const deps = keyDeps();
  return shownKeyResponse(201, await createKey(deps, asked), deps.clock.now());
});
