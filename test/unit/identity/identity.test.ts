import { describe, expect, test } from 'vitest';
import { graphSpelling, parseBsuid, parseIdentity } from '../../../lambdas/core/users/identity.ts';

const DIGITS = '16505551234';

describe('a phone number', () => {
  test.each([
    ['E.164', '+16505551234'],
    ['digits as in wa_id', '16505551234'],
    ['spaces', '+1 650 555 1234'],
    ['spaces around', '  +16505551234\t'],
    ['dashes', '+1-650-555-1234'],
    ['dots', '+1.650.555.1234'],
    ['one dot, as registries of names write it', '+1.6505551234'],
    ['slashes', '+1/650/555/1234'],
    ['a slash behind the area', '+1 650/5551234'],
    ['brackets', '+1 (650) 555-1234'],
    ['other brackets', '+1 [650] {555} 1234'],
    ['brackets without spaces', '+1(650)555-1234'],
    ['spaces in brackets', '+1 ( 650 ) 555 1234'],
    ['a dash between spaces', '+1 - 650 - 555 - 1234'],
    ['non-breaking spaces', '+1\u00a0650\u202f555\u20091234'],
    ['a typographic dash', '+1\u2010650\u2011555\u20131234'],
    ['a minus sign', '+1\u2212650\u2014555\u22121234'],
    ['a soft hyphen', '+1650\u00ad5551234'],
    ['direction marks of a copied contact', '\u202a+1 650 555 1234\u202c'],
    ['isolates and a zero-width space', '\u2066+1650\u200b5551234\u2069'],
    ['a byte order mark', '\ufeff+16505551234'],
    ['an Arabic letter mark', '\u061c+16505551234'],
    ['variation selectors', '+1\ufe0f6\u{e0100}505551234'],
    ['keycaps', '+1\ufe0f\u20e36505551234'],
    ['fillers', '\u3164+1\u115f650\uffa0555\u28001234'],
    ['marks', '+1\u0336650555\u03011234'],
    ['tags', '+1650555\u{e0031}1234\u{e007f}'],
    ['full-width digits', '＋１６５０５５５１２３４'],
    ['full-width digits alone', '１６５０５５５１２３４'],
    ['full-width separators', '＋１（６５０）５５５－１２３４'],
    ['full-width dots and spaces', '＋１．６５０　５５５／１２３４'],
    ['a hidden character between digits alone', '1650555\u200b1234'],
  ])('is read with %s', (_, text) => {
    expect(parseIdentity(text)).toEqual({ kind: 'phone', id: DIGITS });
  });

  test.each([
    ['+39 06 1234 5678', '390612345678'],
    ['+86（138）0013－8000', '8613800138000'],
    ['\u061c+966505553004', '966505553004'],
    ['+33.6.12.34.56.78', '33612345678'],
    ['+54 (9) 11 1234 5678', '5491112345678'],
    ['+49 2241/123456', '492241123456'],
  ])('is read from %s', (text, id) => {
    expect(parseIdentity(text)).toEqual({ kind: 'phone', id });
  });

  test.each([
    ['the shortest', '+2901234', '2901234'],
    ['the longest', '+491512345678901', '491512345678901'],
  ])('is read if it is %s that E.164 allows', (_, text, id) => {
    expect(parseIdentity(text)).toEqual({ kind: 'phone', id });
  });

  test('is sent to Graph with a plus, however it was written', () => {
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

  test.each([
    ['spaces around', ' US.13491208655302741918\n'],
    ['marks of direction around', '\u200eUS.13491208655302741918\u200f'],
    ['invisible characters inside', 'U\u200dS\ufe0f.1349120\u200b8655302741918'],
    ['full-width letters', 'ＵＳ．１３４９１２０８６５５３０２７４１９１８'],
    ['the country in lower case', 'us.13491208655302741918'],
    ['a capital in its country', 'Us.13491208655302741918'],
  ])('is read with %s', (_, text) => {
    const identity = { kind: 'bsuid', id: 'US.13491208655302741918' };
    expect(parseIdentity(text)).toEqual(identity);
    expect(parseBsuid(text)).toEqual(identity);
  });

  test('is read of a parent in lower case, with the rest as it is', () => {
    expect(parseIdentity('br.ent.a1B2c3')).toEqual({ kind: 'bsuid', id: 'BR.ENT.a1B2c3' });
  });

  test('is sent to Graph as it is', () => {
    expect(graphSpelling({ kind: 'bsuid', id: 'US.ENT.118' })).toBe('US.ENT.118');
  });

  test('is not a phone number', () => {
    expect(parseBsuid('+16505551234')).toBeUndefined();
  });
});

test('a very long text is refused quickly', () => {
  const started = process.cpuUsage();
  for (let i = 0; i < 1_000; i += 1) parseIdentity('-'.repeat(1_000_000));
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(500);
});
