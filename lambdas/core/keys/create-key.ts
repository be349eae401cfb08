import { InvalidRequestError } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import type { KeySecrets, KeyStore } from '../ports/key-store.ts';
import type { Clock } from '../ports/services.ts';
import { type ApiKey, type KeyRequester, type ShownKey, secretFrom } from './api-key.ts';

export interface KeyDeps {
  readonly keys: KeyStore;
  readonly secrets: KeySecrets;
  readonly clock: Pick<Clock, 'now'>;
}

export interface CreateKey extends KeyRequester, Pick<ApiKey, 'name' | 'scopes' | 'phoneNumberIds' | 'lifeSeconds'> {}

/**
 * Makes a key. If the answer is lost, nobody knows the secret of the key, which can be rotated or revoked.
 *
 * @throws InvalidRequestError if another key has, or had, the name
 */
export async function createKey({ keys, secrets, clock }: KeyDeps, asked: CreateKey): Promise<ShownKey> {
  const { actor, onBehalfOf, name, scopes, phoneNumberIds, lifeSeconds } = asked;
  const nowMs = clock.now();
  const id = secrets.newId();
  const secret = secrets.newSecret();
  const key: ApiKey = {
    id,
    name,
    scopes,
    phoneNumberIds,
    lifeSeconds,
    secrets: [secretFrom(secrets.hash(secret), lifeSeconds, nowMs)],
    activity: [{ at: isoTime(nowMs), verb: 'created', actor, onBehalfOf }],
  };
  if (await keys.addKey(key)) return { key, token: secrets.write({ id, secret }) };
  throw new InvalidRequestError(
    `name: a key has, or had, the name ${name}; rotate it (GET /keys has its id), or choose another name`,
    409,
  );
}
