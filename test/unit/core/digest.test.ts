import { describe, expect, it } from 'vitest';
import { addCounts, countsBetween, countsOf, isNothing, NO_COUNTS } from '../../../lambdas/core/blocklist/counts.ts';
import { digestOf, hashOf } from '../../../lambdas/core/blocklist/digest.ts';
import { mirrorUser } from '../../support/contract-fixtures.ts';
import { phones } from '../../support/world.ts';

describe('the hash of a user', () => {
  // By another implementation of FNV-1a and of the finalizer of MurmurHash3, each held against its published values.
  it.each([
    ['', 2_872_998_923],
    ['a', 444_641_715],
    ['foobar', 202_221_276],
    ['16505550001', 274_625_336],
    ['US.13491208655302741918', 3_179_336_756],
  ])('of %j is what it always was', (user, hash) => {
    expect(hashOf(user)).toBe(hash);
  });

  it('tells the users of a full list of neighbours apart', () => {
    expect(new Set(phones(64_000).map(hashOf)).size).toBeGreaterThan(63_990);
  });
});

describe('the digest of a list', () => {
  it('is that of the same users in another order, and of nobody none', () => {
    const users = phones(1_000);
    expect(digestOf([...users].reverse())).toBe(digestOf(users));
    expect(digestOf([])).toBe(0);
  });

  it('is another one where as many others are on it, however near they are', () => {
    // FNV-1a by itself takes these for the same.
    for (const tens of phones(1_000, 1_650_555_000)) {
      expect(digestOf([`${tens}0`, `${tens}3`])).not.toBe(digestOf([`${tens}1`, `${tens}2`]));
    }
  });

  it('is exact for two million users', () => {
    expect(2 ** 32 * 2_000_000).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});

describe('what is counted of a user', () => {
  const USER = '16505550001';
  const HASH = hashOf(USER);

  it.each([
    ['blocked', { state: 'blocked' }, { size: 1, deferred: 0, expiring: 0, digest: HASH }],
    [
      'blocked for a time',
      { state: 'blocked', expiresAt: '2026-11-02T12:00:00.000Z' },
      { size: 1, deferred: 0, expiring: 1, digest: HASH },
    ],
    ['deferred', { state: 'deferred' }, { size: 0, deferred: 1, expiring: 0, digest: 0 }],
    ['unblocked', { state: 'unblocked' }, NO_COUNTS],
    ['unknown', { state: 'unknown' }, NO_COUNTS],
  ] as const)('who is %s', (_, change, counts) => {
    expect(countsOf(mirrorUser(USER, change))).toEqual(counts);
  });

  it('changes where one gives way to another, though there are as many as before', () => {
    const one = countsOf(mirrorUser(USER));
    const other = countsOf(mirrorUser('16505550002'));
    const change = countsBetween(one, other);
    expect(isNothing(change)).toBe(false);
    expect(addCounts(one, change)).toEqual(other);
    expect(isNothing(countsBetween(one, one))).toBe(true);
  });
});
