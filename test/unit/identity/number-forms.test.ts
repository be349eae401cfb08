import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { otherForm } from '../../../lambdas/core/users/number-forms.ts';

describe('the other form of a number', () => {
  test.each([
    ['Brazil', '5531987654321', '553187654321'],
    ['Brazil, with another mobile', '5511912345678', '551112345678'],
    ['Mexico', '5215512345678', '525512345678'],
    ['Argentina', '5491112345678', '541112345678'],
  ])('of %s is found either way', (_, long, short) => {
    expect(otherForm(long)).toBe(short);
    expect(otherForm(short)).toBe(long);
  });

  test.each([
    ['a landline of Brazil, which with a 9 is the mobile of somebody else', '551133334444'],
    ['a mobile of Brazil that without its 9 is a landline', '5511933334444'],
    ['a number of Brazil that is too short', '55318765432'],
    ['a number of Mexico that is too long', '52155123456789'],
    ['another country', '16505551234'],
    ['a number that only looks like it', '491512345678'],
    ['a BSUID', 'BR.5531987654321'],
  ])('is none for %s', (_, id) => {
    expect(otherForm(id)).toBeUndefined();
  });

  test('has the first form as its other form', () => {
    const own = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 8, maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom('55', '52', '54', '521', '549', '55119'), own, (before, after) => {
        const other = otherForm(before + after);
        if (other !== undefined) expect(otherForm(other)).toBe(before + after);
      }),
    );
  });
});
