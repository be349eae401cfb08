import { asSeen } from './characters.ts';
import { E164, readPhoneNumber } from './phone-number.ts';
import type { Problem } from './problems.ts';

/**
 * The identity of a WhatsApp user, as callers and Graph spell it: a phone number in E.164, or a business-scoped user id
 * (BSUID) if WhatsApp hides the number.
 */
export type Identity =
  | { readonly kind: 'phone' /** Digits only, as in `wa_id`. */; readonly id: string }
  | {
      readonly kind: 'bsuid' /** For example `US.13491208655302741918`, or `US.ENT.…` for a parent id. */;
      readonly id: string;
    };

/** Country, a dot, up to 128 letters and digits; a parent id has `ENT.` between. */
const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;
/** The same as people may type it. Case matters only in the last part. */
const TYPED_BSUID = /^([A-Z]{2}\.(?:ENT\.)?)([A-Z0-9]{1,128})$/i;
/** Texts that look like a BSUID, and get the reason why they are none. */
const COUNTRY_AND_DOT = /^[A-Z]{2}\./i;
/** No longer text can be a user, whatever surrounds it. This also limits the work for each entry. */
const LONGEST = 256;

/** Reads `text` as a user: a phone number, a `wa_id` or a BSUID; or says why it names nobody for certain. */
export function readIdentity(text: string): Identity | Problem {
  if (text.length > LONGEST) return 'tooLong';
  // Most entries of a list, which may have 64,000, are read by the first of these.
  if (E164.test(text)) return { kind: 'phone', id: text };
  if (BSUID.test(text)) return { kind: 'bsuid', id: text };
  const number = readPhoneNumber(text);
  if (typeof number === 'object') return { kind: 'phone', id: number.digits };
  const bsuid = readBsuid(text);
  const isMeantAsOne = number === 'nobody' && COUNTRY_AND_DOT.test(asSeen(text));
  return typeof bsuid === 'object' || isMeantAsOne ? bsuid : number;
}

/** Reads `text` as a BSUID only: for fields that hold nothing else. */
export function readBsuid(text: string): Identity | Problem {
  if (BSUID.test(text)) return { kind: 'bsuid', id: text };
  if (text.length > LONGEST) return 'tooLong';
  const seen = asSeen(text);
  const [, scope, own] = TYPED_BSUID.exec(seen) ?? [];
  if (scope === undefined || own === undefined) return seen === '' ? 'empty' : 'userId';
  return { kind: 'bsuid', id: scope.toUpperCase() + own };
}

/** Like `readIdentity`, without the reason. */
export function parseIdentity(text: string): Identity | undefined {
  const read = readIdentity(text);
  return typeof read === 'object' ? read : undefined;
}

/** Like `readBsuid`, without the reason. */
export function parseBsuid(text: string): Identity | undefined {
  const read = readBsuid(text);
  return typeof read === 'object' ? read : undefined;
}

/** The spelling that is sent to Graph, and that Graph echoes as `input`. */
export function graphSpelling(identity: Identity): string {
  return identity.kind === 'phone' ? `+${identity.id}` : identity.id;
}
