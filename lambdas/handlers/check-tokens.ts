import { tellExpiringKeys } from '../core/events/key-expiring.ts';
import { checkTokens } from '../core/scheduled/check-tokens.ts';
import { keyCheckDeps, tokenDeps } from '../runtime/composition/checking-tokens.ts';
import { scheduled } from '../runtime/task.ts';

/** Asks Graph about every token, once a day. The alarm counts its failures; its log says which token and why. */
export const handler = scheduled('check-tokens', async () => {
  await tellExpiringKeys(keyCheckDeps());
  return checkTokens(tokenDeps());
});
