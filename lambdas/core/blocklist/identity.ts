/**
 * Who a WhatsApp user is, as callers and Graph spell them: a phone number in E.164, or a business-scoped user id (BSUID)
 * where WhatsApp hides the number.
 */
export type Identity =
  | { readonly kind: 'phone' /** Digits only, as in `wa_id`. */; readonly id: string }
  | {
      readonly kind: 'bsuid' /** For example `US.13491208655302741918`, or `US.ENT.…` for a parent id. */;
      readonly id: string;
    };

/** Spaces, dashes, dots and brackets of every script, and the direction marks that come along when a contact is copied. */
const SEPARATORS = /[\s\-.()[\]{}\u00ad\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;
/** E.164: at most 15 digits, no leading zero; no country has subscribers with fewer than 7 in all. */
const E164 = /^\+?[1-9]\d{6,14}$/;
/** Country, a dot, up to 128 letters and digits; a parent id has `ENT.` between. */
const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;
/** Nothing longer can be a user, however many separators it has; it also bounds the work per entry. */
const LONGEST = 256;

/** Reads `text` as a user, or gives `undefined` where it is neither a phone number nor a BSUID. */
export function parseIdentity(text: string): Identity | undefined {
  if (text.length > LONGEST) return undefined;
  // Most are digits already, and a list may have 64,000.
  const isPlain = E164.test(text);
  const phone = isPlain ? text : text.replace(SEPARATORS, '');
  if (isPlain || E164.test(phone)) return { kind: 'phone', id: phone.startsWith('+') ? phone.slice(1) : phone };
  return parseBsuid(text);
}

/** Reads `text` as a BSUID only: for fields that hold nothing else. */
export function parseBsuid(text: string): Identity | undefined {
  const id = text.trim();
  return BSUID.test(id) ? { kind: 'bsuid', id } : undefined;
}

/** The spelling that Graph is sent, and echoes as `input`. */
export function graphSpelling(identity: Identity): string {
  return identity.kind === 'phone' ? `+${identity.id}` : identity.id;
}
