import { HOUR_MS } from '../durations.ts';
import { isoTime } from '../iso-time.ts';
import type { Log } from '../ports/services.ts';
import { type ApiKey, holds, isRevoked } from './api-key.ts';
import type { KeyDeps } from './create-key.ts';

export interface AuthorizeDeps extends KeyDeps {
  readonly log: Pick<Log, 'fault'>;
}

export type KeyRefusal = 'malformed' | 'unknown' | 'wrong_secret' | 'revoked' | 'expired';

export type Authorization =
  | { readonly key: ApiKey; readonly refused?: undefined }
  /** The id is known unless the key is malformed. */
  | { readonly refused: KeyRefusal; readonly id?: string };

/** Of a secret that nobody has: what an unknown key is compared with, so that it takes as long as a known one. */
const NOBODY = '0'.repeat(64);

/**
 * Whose key this is, or why it is refused. One whose checksum is wrong is refused without a look-up. A store that does not
 * answer is an error, and lets nobody in.
 */
export async function authorizeKey(deps: AuthorizeDeps, token: string): Promise<Authorization> {
  const presented = deps.secrets.read(token);
  if (presented === undefined) return { refused: 'malformed' };
  const { id, secret } = presented;
  const key = await deps.keys.getKey(id);
  const nowMs = deps.clock.now();
  // Every secret of the key is compared, and one at least, whatever else is wrong with it.
  const hashes = key === undefined || key.secrets.length === 0 ? [NOBODY] : key.secrets.map(({ hash }) => hash);
  const matching = hashes.map((hash) => deps.secrets.matches(secret, hash));
  if (key === undefined) return { refused: 'unknown', id };
  const found = key.secrets.filter((_, index) => matching[index]);
  if (isRevoked(key)) return { refused: 'revoked', id };
  if (found.length === 0) return { refused: 'wrong_secret', id };
  if (!found.some((one) => holds(one, nowMs))) return { refused: 'expired', id };
  await recordUse(deps, key, nowMs);
  return { key };
}

/** Once in an hour. A key is none the worse for a note that could not be made. */
async function recordUse({ keys, log }: AuthorizeDeps, key: ApiKey, nowMs: number): Promise<void> {
  const hourAgo = isoTime(nowMs - HOUR_MS);
  if (key.lastUsedAt !== undefined && key.lastUsedAt > hourAgo) return;
  try {
    await keys.recordUse(key.id, isoTime(nowMs), hourAgo);
  } catch (error) {
    log.fault('use of a key not recorded', error, { key_id: key.id });
  }
}
