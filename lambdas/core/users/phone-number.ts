import { asSeen } from './characters.ts';
import type { Problem } from './problems.ts';
import { COUNTRY_AND_ZERO, hasStrayZero, withoutTrunkZero } from './trunk-zero.ts';

/** E.164: at most 15 digits, no leading zero; no country has subscribers with fewer than 7 in all. */
export const E164 = /^[1-9]\d{6,14}$/;
/**
 * Most entries are spelled like this, and a list may have 64,000: a `wa_id`, or E.164 without a zero that needs a closer
 * look.
 */
const PLAIN = new RegExp(`^(?:\\+(?!${COUNTRY_AND_ZERO}))?[1-9]\\d{6,14}$`);
/** All other spellings of a number consist of these characters. */
const SPELLING = /^[\d+ ./()[\]{}-]+$/;
/** `+` and groups of digits, some in brackets, between two of them few spaces, and one dash, dot or slash. */
const GROUPS = (() => {
  const separator = '(?: {1,2}(?:[-./] {0,2})?|[-./] {0,2})';
  const inside = ' ?\\d+(?:[ -]\\d+)* ?';
  const bracketed = `(?:\\(${inside}\\)|\\[${inside}\\]|\\{${inside}\\})`;
  return new RegExp(`^\\+\\d+(?:${separator}\\d+|${separator}?${bracketed}|(?<=[)\\]}])\\d+)*$`);
})();

/**
 * The digits that `text` spells, as callers from abroad dial them, or why it spells none. It never guesses: a text that it
 * refuses could be somebody else's number.
 */
export function readPhoneNumber(text: string): { readonly digits: string } | Problem {
  if (PLAIN.test(text)) return { digits: text.startsWith('+') ? text.slice(1) : text };
  const seen = asSeen(text);
  if (seen === '') return 'empty';
  if (/[\n\v\f\r\u0085\u2028\u2029]/.test(seen)) return 'lines';
  if (!SPELLING.test(seen) || !/\d/.test(seen)) return whyNone(seen);
  const isWaId = /^\d+$/.test(seen);
  const problem = isWaId ? undefined : spellingProblem(seen);
  if (problem) return problem;
  const digits = isWaId ? seen : withoutTrunkZero(seen.replace(/\D/g, ''));
  if (digits === undefined) return 'trunkZero';
  if (digits.startsWith('0')) return isWaId && !digits.startsWith('00') ? 'noPlus' : 'prefix';
  return E164.test(digits) ? { digits } : 'length';
}

/** What is wrong with digits and separators. */
function spellingProblem(seen: string): Problem | undefined {
  if (/\d[^+]*\+/.test(seen)) return 'twoNumbers';
  if (isDate(seen)) return 'date';
  if (isDecimal(seen)) return 'decimal';
  if (!seen.startsWith('+')) return /^[( ]*0(?:0|11[ -])/.test(seen) ? 'prefix' : 'noPlus';
  if (!GROUPS.test(seen)) return 'separators';
  if (hasAlternative(seen)) return 'twoNumbers';
  return hasStrayZero(seen) ? 'trunkZero' : undefined;
}

/** `16505553020.0`, `+1 650 555 3020.0`; but not `+1.6505553020`, a usual way to write E.164. */
function isDecimal(seen: string): boolean {
  const [whole = '', fraction, ...more] = seen.split('.');
  if (fraction === undefined || !/^\d+$/.test(fraction)) return false;
  if (more.length > 0) return more.at(-1) === '0';
  if (!seen.startsWith('+')) return /^\d+$/.test(whole);
  return countDigits(whole) >= (fraction.length <= 2 || /^0+$/.test(fraction) ? 7 : 10);
}

/**
 * `+49 30 1234567/68`: the digits before the slash are already a number. This does not apply if slashes separate all groups.
 */
function hasAlternative(seen: string): boolean {
  const parts = seen.split('/');
  if (parts.length > 2 && parts.every((part) => /^\+?\d+$/.test(part))) return false;
  return parts.length > 1 && countDigits(parts.slice(0, -1).join('')) > 7;
}

function countDigits(text: string): number {
  return text.replace(/\D/g, '').length;
}

const YEAR_FIRST = /^\+?(?:19|20)\d\d([-/. ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?:\D|$)/;
const YEAR_LAST = /^\+?(?:0?[1-9]|[12]\d|3[01])([-/. ])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d(?:\D|$)/;

function isDate(seen: string): boolean {
  return YEAR_FIRST.test(seen) || YEAR_LAST.test(seen);
}

/**
 * What a text most likely is if it has characters that no spelling has. All checks take linear time, since a whole list may
 * consist of such texts.
 */
function whyNone(seen: string): Problem {
  if (/^(?:[a-z]+:|wa\.me\/).*\d/i.test(seen)) return 'uri';
  if (isDate(seen)) return 'date';
  if (/^\+?\d+(?:[.,]\d+)?e[-+]?\d+$/i.test(seen)) return 'exponent';
  const pieces = seen.split(/[^\d ()./-]+/).filter((piece) => countDigits(piece) >= 7);
  if (pieces.length > 1) return 'twoNumbers';
  if (pieces.length === 1 && /(?:x|ext\.?|extension|#) ?[:=]? ?\d+$/i.test(seen)) return 'extension';
  if (/^\+?\d[\d .]*,[\d,]*\d$/.test(seen)) return 'decimal';
  if (/\p{Nd}/u.test(seen) && /^[\p{Nd}+ ().-]+$/u.test(seen)) return 'script';
  return 'nobody';
}
