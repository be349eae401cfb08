import fc from 'fast-check';
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' };
import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { parseIdentity } from '../../../lambdas/core/users/identity.ts';
import { withoutTrunkZero, ZERO_IS_DROPPED, ZERO_IS_PART } from '../../../lambdas/core/users/trunk-zero.ts';

/** A mobile number of each country, by its country code. */
const MOBILES = getCountries().flatMap((country) => {
  const number = getExampleNumber(country, examples);
  return number ? [{ country: String(getCountryCallingCode(country)), own: String(number.nationalNumber) }] : [];
});
const COUNTRIES = [...new Set(MOBILES.map(({ country }) => country))];
const digits = (length: { minLength: number; maxLength: number }) =>
  fc.string({ ...length, unit: fc.constantFrom(...'0123456789') });
/** What the library makes of a number that exists. */
const asLibrary = (spelling: string) => {
  const number = parsePhoneNumberFromString(spelling);
  return number?.isValid() ? number.number.slice(1) : undefined;
};

describe('a zero behind the country code', () => {
  test.each([
    ['+44 (0)20 7946 0958', '442079460958'],
    ['+44 020 7946 0958', '442079460958'],
    ['+44(0)2079460958', '442079460958'],
    ['+4402079460958', '442079460958'],
    ['+49 (0) 30 1234567', '49301234567'],
    ['+49-(0)30-1234567', '49301234567'],
    ['+33 (0)6 12 34 56 78', '33612345678'],
    ['+972 (0)50-234-5678', '972502345678'],
    ['+39 06 1234 5678', '390612345678'],
    ['+39 (06) 1234 5678', '390612345678'],
    ['+390612345678', '390612345678'],
    ['+225 07 12 34 56 78', '2250712345678'],
  ])('of %s is read as a phone-number library does', (spelling, id) => {
    expect(asLibrary(spelling)).toBe(id);
    expect(parseIdentity(spelling)).toEqual({ kind: 'phone', id });
  });

  test('is what the library makes of it, or the number is refused', () => {
    const rest = digits({ minLength: 5, maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...COUNTRIES), rest, (country, own) => {
        const library = asLibrary(`+${country} 0${own}`);
        const ours = withoutTrunkZero(`${country}0${own}`);
        if (library !== undefined && ours !== undefined) expect(ours).toBe(library);
      }),
      { numRuns: 4_000 },
    );
  });

  test.each(MOBILES.filter(({ country }) => ZERO_IS_DROPPED.has(country)))(
    'is dropped from +$country 0$own',
    (mobile) => {
      const { country, own } = mobile;
      expect(asLibrary(`+${country} 0${own}`)).toBe(country + own);
      expect(withoutTrunkZero(`${country}0${own}`)).toBe(country + own);
    },
  );

  test('is dropped for no country but those of the list, of which the library knows each', () => {
    expect([...ZERO_IS_DROPPED].filter((country) => !COUNTRIES.includes(country))).toEqual([]);
    const others = MOBILES.filter(({ country }) => !ZERO_IS_DROPPED.has(country));
    expect(others.filter(({ country, own }) => withoutTrunkZero(`${country}0${own}`) === country + own)).toEqual([]);
  });

  test.each([
    ['39', '0612345678'],
    ['225', '0712345678'],
    ['226', '01234567'],
    ['229', '0195123456'],
    ['242', '061234567'],
    ['378', '0549886377'],
    ['992', '001234567'],
  ])('is part of numbers of +%s', (country, own) => {
    expect(asLibrary(`+${country}${own}`)).toBe(country + own);
    expect(withoutTrunkZero(country + own)).toBe(country + own);
    expect(ZERO_IS_PART.has(country)).toBe(true);
  });

  test.each([
    ['of a country without a trunk zero', '+1 (0)650 555 1234'],
    ['if the library would read a carrier code in it', '+57 (0)3 300 123 4567'],
    ['if another zero follows', '+44 (0)020 7946 0958'],
    ['in brackets behind an area', '+49 30 (0) 1234567'],
    ['in brackets behind what only looks like a country', '+442 (0)7946 0958'],
    ['of an unassigned country code', '+999 012 345 678'],
  ])('is refused %s', (_, spelling) => {
    expect(parseIdentity(spelling)).toBeUndefined();
  });

  test('of a wa_id is left as it is', () => {
    expect(parseIdentity('4402079460958')).toEqual({ kind: 'phone', id: '4402079460958' });
  });
});
