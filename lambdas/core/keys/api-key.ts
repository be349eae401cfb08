import type { KeyScope } from '../../contract/routes.ts';
import { isoTime } from '../iso-time.ts';

/** Who asks for something to be done to a key, and when. */
export interface KeyRequester {
  readonly actor: string;
  readonly onBehalfOf?: string | undefined;
}

export interface KeyActivity extends KeyRequester {
  /** ISO 8601 */
  readonly at: string;
  readonly verb: 'created' | 'rotated' | 'revoked';
}

/** One secret of a key: its hash, and how long it holds. */
export interface KeySecret {
  /** SHA-256 of the secret, in hexadecimal. A secret of 256 random bits needs no slower hash. */
  readonly hash: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** ISO 8601 */
  readonly expiresAt: string;
}

export interface ApiKey {
  readonly id: string;
  /** Names the caller in all that is recorded. No other key has had it, or will. */
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** The numbers that it may use; every number if absent. */
  readonly phoneNumberIds?: readonly string[] | undefined;
  /** How long each of its secrets holds. */
  readonly lifeSeconds: number;
  /** The secrets that hold or held last, the newest last; none if the key is revoked. */
  readonly secrets: readonly KeySecret[];
  /** All that was done to it, oldest first: it begins with its creation. */
  readonly activity: readonly [KeyActivity, ...KeyActivity[]];
  /** ISO 8601: recorded once in an hour. */
  readonly lastUsedAt?: string | undefined;
}

/** A key with its secret, which is shown this once. */
export interface ShownKey {
  readonly key: ApiKey;
  readonly token: string;
}

export function isRevoked(key: ApiKey): boolean {
  return key.activity.at(-1)?.verb === 'revoked';
}

export function statusOf(key: ApiKey, nowMs: number): 'active' | 'expired' | 'revoked' {
  if (isRevoked(key)) return 'revoked';
  return key.secrets.some((secret) => holds(secret, nowMs)) ? 'active' : 'expired';
}

export function holds({ expiresAt }: KeySecret, nowMs: number): boolean {
  return nowMs < Date.parse(expiresAt);
}

/** A new secret of a key from `nowMs` on. */
export function secretFrom(hash: string, lifeSeconds: number, nowMs: number): KeySecret {
  return { hash, createdAt: isoTime(nowMs), expiresAt: isoTime(nowMs + lifeSeconds * 1000) };
}

/** The actor of what the caller with the key does. An IAM principal is an ARN, so neither can be taken for the other. */
export function actorOf(name: string): string {
  return `api-key/${name}`;
}
