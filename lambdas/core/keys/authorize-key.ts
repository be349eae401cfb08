import { HOUR_MS } from '../durations.ts';
import type { KeySecrets } from '../ports/key-store.ts';
import type { Log } from '../ports/services.ts';
import { type ApiKey, holds, iso, isRevoked } from './api-key.ts';
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
  const refused = judge(deps.secrets, secret, key, nowMs);
  if (key === undefined || refused !== undefined) return { refused: refused ?? 'unknown', id };
  await noteUse(deps, key, nowMs);
  return { key };
}

function judge(secrets: KeySecrets, secret: string, key: ApiKey | undefined, nowMs: number): KeyRefusal | undefined {
  const stored = key?.secrets ?? [];
  // Every one is compared, and one at least, whatever was found before.
  const hashes = stored.length === 0 ? [NOBODY] : stored.map(({ hash }) => hash);
  const matching = hashes.map((hash) => secrets.matches(secret, hash));
  if (key === undefined) return 'unknown';
  if (isRevoked(key)) return 'revoked';
  const found = stored.filter((_, index) => matching[index]);
  if (found.length === 0) return 'wrong_secret';
  return found.some((one) => holds(one, nowMs)) ? undefined : 'expired';
}

/** Once in an hour. A key is none the worse for a note that could not be made. */
async function noteUse({ keys, log }: AuthorizeDeps, key: ApiKey, nowMs: number): Promise<void> {
  const hourAgo = iso(nowMs - HOUR_MS);
  if (key.lastUsedAt !== undefined && key.lastUsedAt > hourAgo) return;
  try {
    await keys.noteUse(key.id, iso(nowMs), hourAgo);
  } catch (error) {
    log.fault('use of a key not noted', error, { key_id: key.id });
  }
}
