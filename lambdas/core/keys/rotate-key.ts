import { API_KEY_LIMITS } from '../../contract/api-keys.ts';
import { InvalidRequestError } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import {
  type ApiKey,
  holds,
  isRevoked,
  type KeyRequester,
  type KeySecret,
  type ShownKey,
  secretFrom,
} from './api-key.ts';
import { changeKey } from './change-key.ts';
import type { KeyDeps } from './create-key.ts';

export interface RotateKey extends KeyRequester {
  readonly id: string;
  /** How long the secrets before the new one still hold, if they do not end sooner; 0 ends them now. */
  readonly overlapSeconds: number;
}

/**
 * Gives a key a new secret, with its whole life before it. Every secret before it holds until the overlap ends: a repeat of a
 * rotation whose answer got lost must not end the one that the caller still uses.
 */
export async function rotateKey(deps: KeyDeps, asked: RotateKey): Promise<ShownKey> {
  const { keys, secrets, clock } = deps;
  const { id, overlapSeconds, actor, onBehalfOf } = asked;
  const nowMs = clock.now();
  const secret = secrets.newSecret();
  const key = await changeKey(keys, id, (found) => {
    const held = endingBy(found.secrets, nowMs, nowMs + overlapSeconds * 1000);
    refuseRotation(found, held.length);
    return {
      secrets: [...held, secretFrom(secrets.hash(secret), found.lifeSeconds, nowMs)],
      activity: { at: isoTime(nowMs), verb: 'rotated', actor, onBehalfOf },
    };
  });
  return { key, token: secrets.write({ id, secret }) };
}

/** Those that still hold, and until when after the rotation. */
function endingBy(secrets: readonly KeySecret[], nowMs: number, endMs: number): KeySecret[] {
  return secrets
    .map((secret) => (Date.parse(secret.expiresAt) <= endMs ? secret : { ...secret, expiresAt: isoTime(endMs) }))
    .filter((secret) => holds(secret, nowMs));
}

function refuseRotation(key: ApiKey, held: number): void {
  if (isRevoked(key)) throw new InvalidRequestError('id: the key is revoked, for good; make another one', 409);
  if (key.activity.length > API_KEY_LIMITS.rotations) {
    throw new InvalidRequestError(
      `id: the key was rotated ${API_KEY_LIMITS.rotations} times, which is all; make another one`,
      409,
    );
  }
  if (held < API_KEY_LIMITS.secretsAtOnce) return;
  throw new InvalidRequestError(
    `overlap_seconds: ${held} secrets of the key hold, and ${API_KEY_LIMITS.secretsAtOnce} is all; 0 ends those before the new one now`,
    409,
  );
}
