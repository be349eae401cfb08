import { describe, expect, it } from 'vitest';
import { GraphError } from '../../../lambdas/core/errors.ts';
import { judge } from '../../../lambdas/core/jobs/chunk-policy.ts';
import type { Chunk } from '../../../lambdas/core/jobs/job.ts';

const chunk = (change: Partial<Chunk>): Chunk => ({
  index: 0,
  status: 'running',
  total: 1_000,
  succeeded: 0,
  failed: 0,
  deferred: 0,
  malformed: 0,
  run: 1,
  attempts: 1,
  revision: 1,
  ...change,
});

/** The size of the batch after this refusal; the size that was sent if it stays. */
function nextBatch(sent: number, change: Partial<Chunk> = {}, retryAfterSeconds?: number): number {
  const limited = new GraphError({ kind: 'rate_limited', code: 130429, message: 'slow down', retryAfterSeconds });
  const verdict = judge(limited, { chunk: chunk(change), sent }, 0.5);
  if (verdict.next !== 'requeue') throw new Error(`The verdict is ${verdict.next}`);
  return verdict.batchSize ?? sent;
}

describe('a batch that Graph refuses with 130429', () => {
  it('stays as it is the first time, and if Graph names a time to wait', () => {
    expect(nextBatch(1_000, { attempts: 0 })).toBe(1_000);
    expect(nextBatch(1_000, { attempts: 5 }, 60)).toBe(1_000);
  });

  it('is halved from the second time on, down to an eighth of its chunk', () => {
    const sizes = [1_000];
    for (let refusal = 1; refusal < 7; refusal += 1) sizes.push(nextBatch(sizes.at(-1) ?? 0, { attempts: refusal }));
    expect(sizes).toEqual([1_000, 500, 250, 125, 125, 125, 125]);
  });

  it('does not grow if fewer users than that remain', () => {
    expect(nextBatch(60)).toBe(60);
    expect(nextBatch(1)).toBe(1);
    expect(nextBatch(3, { total: 3 })).toBe(2);
  });
});
