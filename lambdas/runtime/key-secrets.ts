import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { API_KEY } from '../contract/api-keys.ts';
import type { KeySecrets, PresentedKey } from '../core/ports/key-store.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(DIGITS.length);

function base62(value: bigint, characters: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= BASE) text = DIGITS.charAt(Number(rest % BASE)) + text;
  return text.padStart(characters, '0');
}

function checksum(text: string): string {
  return base62(BigInt(crc32(text)), API_KEY.checksumCharacters);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Keys of one stage. A key of another is none here, whatever else is right about it. */
export function keySecretsOf(stage: string): KeySecrets {
  const { prefix, idCharacters, secretBytes, secretCharacters, checksumCharacters } = API_KEY;
  const form = new RegExp(
    `^${prefix}_${stage}_(?<id>[0-9A-Za-z]{${idCharacters}})_(?<secret>[0-9A-Za-z]{${secretCharacters}})(?<sum>[0-9A-Za-z]{${checksumCharacters}})$`,
  );
  const unchecked = ({ id, secret }: PresentedKey) => `${prefix}_${stage}_${id}_${secret}`;
  return {
    newId: () => Array.from({ length: idCharacters }, () => DIGITS.charAt(randomInt(DIGITS.length))).join(''),
    newSecret: () => base62(BigInt(`0x${randomBytes(secretBytes).toString('hex')}`), secretCharacters),
    write: (key) => unchecked(key) + checksum(unchecked(key)),
    read(token) {
      const { id, secret, sum } = form.exec(token)?.groups ?? {};
      if (id === undefined || secret === undefined || sum !== checksum(unchecked({ id, secret }))) return undefined;
      return { id, secret };
    },
    hash: sha256,
    matches: (secret, hash) => {
      const given = Buffer.from(sha256(secret), 'hex');
      const stored = Buffer.from(hash, 'hex');
      return given.length === stored.length && timingSafeEqual(given, stored);
    },
  };
}
