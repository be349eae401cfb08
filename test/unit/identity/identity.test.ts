import { describe, expect, test } from 'vitest';
import { graphSpelling, parseBsuid, parseIdentity } from '../../../lambdas/core/blocklist/identity.ts';

const DIGITS = '16505551234';

describe('a phone number', () => {
  test.each([
    ['E.164', '+16505551234'],
    ['digits as in wa_id', '16505551234'],
    ['spaces', '+1 650 555 1234'],
    ['spaces around', '  +16505551234\t'],
    ['dashes', '+1-650-555-1234'],
    ['dots', '1.650.555.1234'],
    ['brackets', '+1 (650) 555-1234'],
    ['other brackets', '+1 [650] {555} 1234'],
    ['brackets around the country', '(+1) 650 555 1234'],
    ['non-breaking spaces', '+1\u00a0650\u202f555\u20091234'],
    ['a typographic dash', '+1\u2010650\u2011555\u20131234'],
    ['a minus sign', '+1\u2212650\u2014555\u22121234'],
    ['a soft hyphen', '+1650\u00ad5551234'],
    ['direction marks of a copied contact', '\u202a+1 650 555 1234\u202c'],
    ['isolates and a zero-width space', '\u2066+1650\u200b5551234\u2069'],
    ['a byte order mark', '\ufeff+16505551234'],
  ])('is read with %s', (_, text) => {
    expect(parseIdentity(text)).toEqual({ kind: 'phone', id: DIGITS });
  });

  test.each([
    ['the shortest', '+2901234', '2901234'],
    ['the longest', '+491512345678901', '491512345678901'],
  ])('is read when it is %s that E.164 allows', (_, text, id) => {
    expect(parseIdentity(text)).toEqual({ kind: 'phone', id });
  });

  test('is sent to Graph with its plus, whatever spelling it came in', () => {
    expect(graphSpelling({ kind: 'phone', id: DIGITS })).toBe('+16505551234');
  });
});

describe('a business-scoped user id', () => {
  test.each([
    ['of a user', 'US.13491208655302741918'],
    ['of a parent', 'US.ENT.11815799212886844830'],
    ['with letters', 'BR.a1B2c3'],
    ['as long as they get', `US.${'9'.repeat(128)}`],
  ])('is read %s', (_, text) => {
    expect(parseIdentity(text)).toEqual({ kind: 'bsuid', id: text });
    expect(parseBsuid(text)).toEqual({ kind: 'bsuid', id: text });
  });

  test('is read with spaces around', () => {
    expect(parseIdentity(' US.13491208655302741918\n')).toEqual({ kind: 'bsuid', id: 'US.13491208655302741918' });
  });

  test('is sent to Graph as it is', () => {
    expect(graphSpelling({ kind: 'bsuid', id: 'US.ENT.118' })).toBe('US.ENT.118');
  });

  test('is not a phone number', () => {
    expect(parseBsuid('+16505551234')).toBeUndefined();
  });
});

test.each([
  ['nothing', ''],
  ['spaces', '   '],
  ['a plus', '+'],
  ['words', 'not a number'],
  ['a name with digits', 'Jo 16505551234'],
  ['six digits', '123456'],
  ['sixteen digits', '1234567890123456'],
  ['a leading zero', '06505551234'],
  ['an international prefix', '0016505551234'],
  ['two pluses', '++16505551234'],
  ['a plus inside', '1+6505551234'],
  ['an extension', '+16505551234 x12'],
  ['two numbers', '+16505551234, +14155559876'],
  ['a slash', '650/5551234'],
  ['digits of another script', '١٦٥٠٥٥٥١٢٣٤'],
  ['a country in lower case', 'us.13491208655302741918'],
  ['three letters', 'USA.13491208655302741918'],
  ['a BSUID without an id', 'US.'],
  ['a parent id without an id', 'US.ENT.'],
  ['a BSUID that is too long', `US.${'9'.repeat(129)}`],
  ['a BSUID with a sign', 'US.134-912'],
  ['a phone number behind 300 spaces', `${' '.repeat(300)}16505551234`],
])('%s is neither', (_, text) => {
  expect(parseIdentity(text)).toBeUndefined();
});

test('a very long text costs next to nothing', () => {
  const started = performance.now();
  for (let i = 0; i < 1_000; i += 1) parseIdentity('-'.repeat(1_000_000));
  expect(performance.now() - started).toBeLessThan(500);
});
