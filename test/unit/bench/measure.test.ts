import { describe, expect, it } from 'vitest';
import { interleave } from '../../../bench/measure/interleave.ts';
import { format, median, quantile, spread } from '../../../bench/measure/stats.ts';
import { report, result, type Threshold } from '../../../bench/thresholds.ts';

describe('figures', () => {
  it('have a median that one slow round does not change', () => {
    expect(median([3, 1, 900])).toBe(3);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
    expect(() => median([])).toThrow('Nothing was measured');
  });

  it('are shown with their spread', () => {
    expect(spread([1, 2, 3, 4, 5], 'ms')).toBe('median 3.00 ms, half of them 2.00 to 4.00, 5 rounds');
    expect([0.5, 12.34, 12_345.6].map(format)).toEqual(['0.50', '12.3', '12,346']);
  });
});

describe('rounds', () => {
  it('begin with another part each time, and leave out the rounds that warm up', async () => {
    const order: string[] = [];
    const run = (name: string) => async (round: number) => {
      order.push(name + round);
      return round;
    };
    const figures = await interleave(2, { a: run('a'), b: run('b') }, { warmUp: 1 });
    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
    expect(figures).toEqual({ a: [1, 2], b: [1, 2] });
  });
});

describe('a threshold', () => {
  const time: Threshold = ['a request', 'ms', 5, 2];
  const reads: Threshold = ['a look-up', 'reads', 1];

  it('holds up to the value that is written down', () => {
    expect(result(time, 5, 'as measured')).toMatchObject({ value: 5, threshold: 5, goal: 2, holds: true });
    expect(result(time, 5.001, '').holds).toBe(false);
    expect(result(reads, 1, '')).toMatchObject({ goal: null, holds: true });
    expect(result(time, 3.123456, '').value).toBe(3.123);
  });

  it('is reported with what was measured', () => {
    const text = report([result(time, 7, 'sixty rounds'), result(reads, 1, 'one')]);
    expect(text).toContain('DOES NOT HOLD     7.00 ms  (threshold 5.00, goal 2.00)');
    expect(text).toContain('sixty rounds');
    expect(text).toMatch(/^holds +1\.00 reads {2}\(threshold 1\.00\) {2}a look-up$/m);
  });
});
