import { describe, expect, test } from 'vitest';
import type { Action } from '../../../lambdas/core/changes/outcome.ts';
import { InvalidRequestError } from '../../../lambdas/core/errors.ts';
import { readTerms } from '../../../lambdas/http/block-terms.ts';

const NOW = '2027-01-31T12:00:00.000Z';
const YEARS_5 = '2032-01-31T12:00:00.000Z';
const read = (body: Record<string, unknown>, action: Action = 'block', now = NOW) =>
  readTerms(body, action, Date.parse(now));

describe('expires_at', () => {
  test.each([
    ['2027-02-01T00:00:00Z', '2027-02-01T00:00:00.000Z'],
    ['2027-02-01T00:00:00+02:00', '2027-01-31T22:00:00.000Z'],
    ['2027-02-01T00:00:00+0200', '2027-01-31T22:00:00.000Z'],
    ['2027-02-01T00:00:00-0200', '2027-02-01T02:00:00.000Z'],
    ['2027-02-01T00:00:00 02:00', '2027-01-31T22:00:00.000Z'],
    ['2027-02-01T00:00Z', '2027-02-01T00:00:00.000Z'],
    ['2027-02-01T00:00+0200', '2027-01-31T22:00:00.000Z'],
    ['2027-02-01t00:00:00.5z', '2027-02-01T00:00:00.500Z'],
    ['2027-01-31T07:00:00.001-05:00', '2027-01-31T12:00:00.001Z'],
    [YEARS_5, YEARS_5],
    ['2028-02-29T23:59:59.999Z', '2028-02-29T23:59:59.999Z'],
  ])('%s ends the block at %s', (expires_at, expiresAt) => {
    expect(read({ expires_at })).toMatchObject({ expiresAt, defer: undefined });
  });

  test.each<[unknown, string]>([
    [NOW, 'must be in the future'],
    ['2027-01-31T13:59:59+02:00', 'must be in the future'],
    ['1999-12-31T00:00:00Z', 'must be in the future'],
    ['2032-01-31T12:00:00.001Z', 'must be at most 5 years from now'],
    ['9999-12-31T23:59:59Z', 'must be at most 5 years from now'],
    ...[
      '2027-02-01T00:00:00',
      '2027-02-01',
      '2027-02-30T00:00:00Z',
      '2027-02-29T00:00:00Z',
      '2027-02-01 00:00:00Z',
      '2027-02-01T00:00',
      '2027-02-01T00Z',
      '2027-02-01 00:00',
      '2027-02-01T00:00:00+02',
      '2027-02-01T00:00:60Z',
      '2027-02-01T24:00:00Z',
      '2027-02-01T00:00:00+24:00',
      '20270201T000000Z',
      'tomorrow',
      '',
      1_801_000_000,
      true,
      {},
    ].map((value): [unknown, string] => [
      value,
      'must be a time with its offset (RFC 3339), like 2030-01-31T18:00:00Z',
    ]),
  ])('%j is refused', (expires_at, why) => {
    expect(() => read({ expires_at })).toThrow(new InvalidRequestError(`expires_at: ${why}`));
  });

  test('on a day that the year at the end does not have, is one day later at most', () => {
    const leapDay = '2028-02-29T12:00:00.000Z';
    expect(read({ expires_at: '2033-03-01T12:00:00Z' }, 'block', leapDay).expiresAt).toBe('2033-03-01T12:00:00.000Z');
    expect(() => read({ expires_at: '2033-03-01T12:00:01Z' }, 'block', leapDay)).toThrow(
      'must be at most 5 years from now',
    );
  });
});

describe('expires_in', () => {
  test.each([
    [1, '2027-01-31T12:00:01.000Z'],
    [86_400, '2027-02-01T12:00:00.000Z'],
    [(Date.parse(YEARS_5) - Date.parse(NOW)) / 1000, YEARS_5],
  ])('%i s end the block at %s', (expires_in, expiresAt) => {
    expect(read({ expires_in })).toMatchObject({ expiresAt });
  });

  test.each<[unknown, string]>([
    [(Date.parse(YEARS_5) - Date.parse(NOW)) / 1000 + 1, 'must be at most 5 years from now'],
    [Number.MAX_VALUE, 'must be at most 5 years from now'],
    ...[0, -1, 1.5, '60', true, [60]].map((value): [unknown, string] => [
      value,
      'must be a whole number of seconds, 1 or more',
    ]),
  ])('%j is refused', (expires_in, why) => {
    expect(() => read({ expires_in })).toThrow(new InvalidRequestError(`expires_in: ${why}`));
  });

  test('is not taken beside expires_at', () => {
    expect(() => read({ expires_in: 60, expires_at: YEARS_5 })).toThrow(
      new InvalidRequestError('expires_in: cannot be combined with expires_at; send one of them'),
    );
    expect(read({ expires_in: null, expires_at: YEARS_5 })).toMatchObject({ expiresAt: YEARS_5 });
    expect(read({ expires_in: 60, expires_at: null })).toMatchObject({ expiresAt: '2027-01-31T12:01:00.000Z' });
  });
});

describe('defer', () => {
  test('is true or false', () => {
    expect(read({ defer: true })).toMatchObject({ defer: true, expiresAt: undefined });
    expect(read({ defer: false, expires_in: 60 })).toMatchObject({ defer: undefined });
    for (const defer of ['true', 1, 0, '', []]) {
      expect(() => read({ defer })).toThrow(new InvalidRequestError('defer: must be true or false'));
    }
  });
});

describe('no terms', () => {
  test.each([{}, { expires_at: null, expires_in: null, defer: null }, { defer: false }, { expires_at: undefined }])(
    'are %j',
    (body) => {
      expect(read(body)).toEqual({});
    },
  );

  test('are taken by an unblock', () => {
    expect(read({ expires_at: null, expires_in: null, defer: null }, 'unblock')).toEqual({});
    expect(read({ defer: false }, 'unblock')).toEqual({});
    for (const [field, value] of [
      ['expires_at', YEARS_5],
      ['expires_in', 60],
      ['defer', true],
      ['expires_at', 'nonsense'],
    ] as const) {
      expect(() => read({ [field]: value }, 'unblock')).toThrow(
        new InvalidRequestError(`${field}: cannot be used to unblock; leave it out`),
      );
    }
  });
});

describe('as the caller sent them', () => {
  test('terms are the same in a repeat, though the end that follows from expires_in is not', () => {
    const first = read({ expires_in: 60, defer: true });
    const later = read({ defer: true, expires_in: 60 }, 'block', '2027-01-31T12:00:05.000Z');
    expect(later.expiresAt).not.toBe(first.expiresAt);
    expect(later.termsAsSent).toBe(first.termsAsSent);
  });

  test('different terms differ', () => {
    const sent = [
      { expires_in: 60 },
      { expires_in: 61 },
      { expires_in: 60, defer: true },
      { defer: true },
      { expires_at: '2027-01-31T12:01:00Z' },
    ].map((body) => read(body).termsAsSent);
    expect(new Set(sent).size).toBe(sent.length);
  });
});
