import { isoTime } from '../iso-time.ts';
import { type ApiKey, isRevoked, type KeyRequester } from './api-key.ts';
import { changeKey } from './change-key.ts';
import type { KeyDeps } from './create-key.ts';

export interface RevokeKey extends KeyRequester {
  readonly id: string;
}

/** Ends a key for good. A key that is already revoked stays as it is, with the caller who revoked it first. */
export function revokeKey({ keys, clock }: Pick<KeyDeps, 'keys' | 'clock'>, asked: RevokeKey): Promise<ApiKey> {
  const { id, actor, onBehalfOf } = asked;
  return changeKey(keys, id, (key) =>
    isRevoked(key)
      ? undefined
      : { secrets: [], activity: { at: isoTime(clock.now()), verb: 'revoked', actor, onBehalfOf } },
  );
}
