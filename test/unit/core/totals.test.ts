import { expect, it } from 'vitest';
import { addedBy, NO_TOTALS, totalsOf } from '../../../lambdas/core/changes/totals.ts';

const UNTIL = { expiresAt: '2026-11-02T12:00:00.000Z' };
const BLOCKED = { size: 1, deferred: 0, expiring: 0 };

it.each([
  ['blocked', { state: 'blocked' }, BLOCKED],
  ['blocked for a time', { state: 'blocked', ...UNTIL }, { ...BLOCKED, expiring: 1 }],
  ['deferred', { state: 'deferred', ...UNTIL }, { size: 0, deferred: 1, expiring: 0 }],
  ['unblocked', { state: 'unblocked' }, NO_TOTALS],
  ['unknown', { state: 'unknown' }, NO_TOTALS],
] as const)('who is %s counts', (_, user, counts) => {
  expect(totalsOf(user)).toEqual(counts);
});

it.each([
  ['added', { state: 'blocked', ...UNTIL }, { ...BLOCKED, expiring: 1 }],
  ['removed', { state: 'unblocked' }, { ...NO_TOTALS, size: -1 }],
  ['deferred', { state: 'deferred' }, { ...NO_TOTALS, deferred: 1 }],
  ['alreadyUnblocked', { state: 'unblocked' }, NO_TOTALS],
  ['updated', { state: 'blocked' }, NO_TOTALS],
  ['confirmed', { state: 'blocked' }, NO_TOTALS],
  ['none', { state: 'blocked' }, NO_TOTALS],
] as const)('what was %s is counted again by the repeat of an operation that never ended', (change, user, counts) => {
  expect(addedBy({ ...user, change })).toEqual(counts);
});
