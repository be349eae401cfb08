import { authorizeKey } from '../core/keys/authorize-key.ts';
import { authorizer } from '../runtime/authorizer.ts';
import { keyDeps } from '../runtime/composition/keys.ts';

/** Before each route of the API for keys, unless API Gateway still has its last answer for the same key. */
export const handler = authorizer((token) => authorizeKey(keyDeps(), token));
