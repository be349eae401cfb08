import { describe, expect, test } from 'vitest';
import { backoff, requeueSeconds } from '../../../lambdas/core/backoff.ts';

const waits = (attempts: number[], of: Parameters<typeof backoff>[1], random?: number) =>
  attempts.map((attempt) => backoff(attempt, of, random));

describe('the waits between attempts', () => {
  test('double from the first one on', () => {
    expect(waits([1, 2, 3, 4], { first: 200 })).toEqual([200, 400, 800, 1_600]);
  });

  test('grow by another factor', () => expect(waits([1, 2, 3], { first: 4, factor: 1.5 })).toEqual([4, 6, 9]));

  test('never exceed the longest, even after more attempts than a power can count', () => {
    expect(waits([3, 4, 5_000], { first: 5, longest: 30 })).toEqual([20, 30, 30]);
  });

  test('are random within the jitter, the longest too', () => {
    const spread = { first: 100, longest: 200, jitter: [0.5, 1.5] } as const;
    expect([0, 0.5, 1].map((random) => backoff(1, spread, random))).toEqual([50, 100, 150]);
    expect([0, 0.5, 1].map((random) => backoff(9, spread, random))).toEqual([100, 200, 300]);
  });

  test('are whole seconds for a workflow, from one second to five minutes', () => {
    expect([1, 2, 3, 8, 9, 100].map((attempt) => requeueSeconds(attempt, 1))).toEqual([2, 4, 8, 256, 300, 300]);
    expect([1, 2, 100].map((attempt) => requeueSeconds(attempt, 0))).toEqual([1, 2, 150]);
  });
});
