import { expect, it } from 'vitest';
import { addedBy, countsOf, NO_COUNTS } from '../../../lambdas/core/blocklist/counts.ts';

const UNTIL = { expiresAt: '2026-11-02T12:00:00.000Z' };
const BLOCKED = { size: 1, deferred: 0, expiring: 0 };

it.each([
  ['blocked', { state: 'blocked' }, BLOCKED],
  ['blocked for a time', { state: 'blocked', ...UNTIL }, { ...BLOCKED, expiring: 1 }],
  ['deferred', { state: 'deferred', ...UNTIL }, { size: 0, deferred: 1, expiring: 0 }],
  ['unblocked', { state: 'unblocked' }, NO_COUNTS],
  ['unknown', { state: 'unknown' }, NO_COUNTS],
] as const)('who is %s counts', (_, user, counts) => {
  expect(countsOf(user)).toEqual(counts);
});

it.each([
  ['added', { state: 'blocked', ...UNTIL }, { ...BLOCKED, expiring: 1 }],
  ['removed', { state: 'unblocked' }, { ...NO_COUNTS, size: -1 }],
  ['deferred', { state: 'deferred' }, { ...NO_COUNTS, deferred: 1 }],
  ['noted', { state: 'unblocked' }, NO_COUNTS],
  ['renewed', { state: 'blocked' }, NO_COUNTS],
  ['refreshed', { state: 'blocked' }, NO_COUNTS],
  ['none', { state: 'blocked' }, NO_COUNTS],
] as const)('what was %s is counted again by the repeat of an operation that never ended', (change, user, counts) => {
  expect(addedBy({ ...user, change })).toEqual(counts);
});
