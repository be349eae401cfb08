import { z } from 'zod';

/** Characters that Graph tolerates in a phone number. */
const SEPARATORS = /[\s().-]/g;
/** E.164: at most 15 digits, the first not zero. Shorter than 7 is no subscriber number anywhere. */
const DIGITS = /^[1-9]\d{6,14}$/;
const STRICT_E164 = /^\+?[1-9]\d{6,14}$/;
/** A business-scoped user id: country, an optional `ENT` for a parent id, then an opaque part. */
const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/** The digits of a phone number as a client may write it, or undefined if it is none. */
export function phoneDigits(text: string): string | undefined {
  const digits = text.replace(SEPARATORS, '').replace(/^\+/, '');
  return DIGITS.test(digits) ? digits : undefined;
}

/** As `phoneDigits`, for a provider that takes E.164 only (a `+` may be missing, separators may not be there). */
export function strictPhoneDigits(text: string): string | undefined {
  return STRICT_E164.test(text) ? text.replace('+', '') : undefined;
}

export function isBsuid(text: string): boolean {
  return BSUID.test(text);
}

/** A user in settings: a phone number in any spelling, or a BSUID. Parsed to what a list holds (digits, or the BSUID). */
export const userSchema = z.string().transform((text, context) => {
  const key = isBsuid(text) ? text : phoneDigits(text);
  if (key !== undefined) return key;
  context.addIssue('expected a phone number or a business-scoped user id');
  return z.NEVER;
});
