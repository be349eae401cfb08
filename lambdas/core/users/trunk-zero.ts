/** The country codes of E.164. None is the beginning of another. */
const COUNTRY =
  '1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[03578-9]|9[679])\\d';

/** A country and a zero: a trunk zero nearly everywhere, part of the number in a few countries. */
export const COUNTRY_AND_ZERO = `(?:${COUNTRY})0`;
const SPLIT = new RegExp(`^(${COUNTRY})0`);
/** The zero in brackets by itself, as in `+44 (0)20`. */
const IN_BRACKETS = '[([{] ?0 ?[)\\]}]';
const BEHIND_COUNTRY = new RegExp(`^\\+(?:${COUNTRY}) ?[-./]? ?${IN_BRACKETS}`);
const ANYWHERE = new RegExp(IN_BRACKETS);

/** Whether a zero is in brackets in a country without a trunk zero. Then it is unclear whether it is dialled. */
export function hasStrayZero(spelling: string): boolean {
  return ANYWHERE.test(spelling.replace(BEHIND_COUNTRY, ''));
}

/** Countries in which numbers begin with a zero that callers from abroad dial too. */
export const ZERO_IS_PART = set('39 225 226 229 242 378 992');

/** Countries with a trunk zero that callers from abroad never dial, and without digits behind it that choose a carrier. */
export const ZERO_IS_DROPPED = set(
  '20 27 31 32 33 40 41 43 44 46 49 51 53 58 60 61 62 63 64 66 81 84 86 90 91 92 93 94 95 98 ' +
    '211 212 213 218 231 232 233 234 243 249 251 252 254 255 256 260 262 263 264 265 291 353 355 358 359 370 373 374 377 ' +
    '380 381 382 383 385 386 387 389 421 423 508 590 593 594 595 596 598 686 850 855 856 880 886 ' +
    '961 962 963 964 966 967 970 971 972 976 977 994 995 996',
);

/**
 * The digits of a number as callers from abroad dial them, if a zero may follow the country code; `undefined` if that would
 * take a guess. Two lists have what a phone-number library knows about trunk zeros: `docs/adr/0012-how-a-number-is-read.md`.
 */
export function withoutTrunkZero(digits: string): string | undefined {
  const country = SPLIT.exec(digits)?.[1];
  if (country === undefined || ZERO_IS_PART.has(country)) return digits;
  const rest = digits.slice(country.length + 1);
  return ZERO_IS_DROPPED.has(country) && !rest.startsWith('0') ? country + rest : undefined;
}

function set(codes: string): ReadonlySet<string> {
  return new Set(codes.split(' '));
}
