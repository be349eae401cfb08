import { DependencyError, InvalidRequestError } from '../errors.ts';
import type { KeyStore } from '../ports/key-store.ts';
import type { ApiKey, KeyActivity, KeySecret } from './api-key.ts';

/** Each attempt but the last fails only because another writer was first, so that many writers at once all come to their turn. */
const MAX_ATTEMPTS = 20;

export interface KeyChange {
  readonly secrets: readonly KeySecret[];
  readonly activity: KeyActivity;
}

/**
 * Changes a key as it is at this moment; `change` returns nothing if the key stays as it is.
 *
 * @throws InvalidRequestError if there is no such key
 */
export async function changeKey(
  keys: Pick<KeyStore, 'getKey' | 'changeKey'>,
  id: string,
  change: (key: ApiKey) => KeyChange | undefined,
): Promise<ApiKey> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const key = await keys.getKey(id);
    if (key === undefined) throw new InvalidRequestError(`id: there is no key ${id}; GET /keys has the ids`, 404);
    const changed = change(key);
    if (changed === undefined) return key;
    if (await keys.changeKey(key, changed)) {
      return { ...key, secrets: changed.secrets, activity: [...key.activity, changed.activity] };
    }
  }
  throw new DependencyError('Others keep changing the key');
}
