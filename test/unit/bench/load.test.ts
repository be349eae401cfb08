import { describe, expect, it } from 'vitest';
import { MIX, pick, type Turn } from '../../../bench/load/mix.ts';
import { readOptions } from '../../../bench/load/options.ts';
import { loggedMs, report } from '../../../bench/load/report.ts';

describe('the options of a load', () => {
  it('have defaults and bounds', () => {
    expect(readOptions([])).toEqual({ seconds: 30, concurrency: 8 });
    expect(readOptions(['--seconds', '600', '--concurrency', '64'])).toEqual({ seconds: 600, concurrency: 64 });
  });
  it.each([
    [['--seconds', '601'], '--seconds: must be a whole number from 1 to 600'],
    [['--seconds', '0'], '--seconds: must be'],
    [['--concurrency', '65'], '--concurrency: must be a whole number from 1 to 64'],
    [['--concurrency', 'many'], '--concurrency: must be'],
    [['--url', 'https://example.com'], "Unknown option '--url'"],
  ])('%j are refused', (args, said) => {
    expect(() => readOptions(args)).toThrow(said);
  });
});

describe('the mix', () => {
  it('takes each kind as often as its share says', () => {
    const whole = MIX.reduce((sum, { share }) => sum + share, 0);
    expect(whole).toBe(100);
    const picked = Array.from({ length: 1_000 }, (_, index) => pick(MIX, index / 1_000).name);
    for (const { name, share } of MIX) expect(picked.filter((one) => one === name)).toHaveLength(share * 10);
  });

  it('has calls of every sort, small and large', () => {
    const turn: Turn = {
      number: '1',
      users: (count) => Array.from({ length: count }, (_, index) => String(16_500_000_000 + index)),
      anyone: () => '16500000000',
      jobId: undefined,
    };
    const calls = MIX.map(({ call }) => call(turn)).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(calls).size).toBeGreaterThan(8);
    expect(JSON.stringify(MIX.map(({ call }) => call(turn)))).toContain('respond-async');
  });
});

it('tells the time of the function from that of Graph and of the local cloud', () => {
  const line = (message: string, id: string, ms: number) =>
    `2026-11-30T12:00:00Z x {"message":"${message}","request_id":"${id}","route":"/health","ms":${ms},"level":"INFO"}`;
  const lines = [
    line('graph call', 'b-2', 1),
    line('request', 'a-1', 4),
    line('graph call', 'b-2', 2),
    line('request', 'b-2', 6),
  ];
  const logged = loggedMs([...lines, '{"message":"task","ms":9,"request_id":"c"}'].join('\n'));
  expect([...logged.whole]).toEqual([
    ['a-1', 4],
    ['b-2', 6],
  ]);
  expect([...logged.graph]).toEqual([['b-2', 3]]);
  const made = [
    { kind: 'health', status: 200, ms: 24, requestId: 'a-1' },
    { kind: 'health', status: 200, ms: 36, requestId: 'b-2' },
    { kind: 'lost', status: 0, ms: 10, requestId: '' },
  ];
  expect(report(made, logged).split('\n').slice(2)).toEqual([
    '| health | 2 | 30 / 35 / 36 | 25 / 30 / 30 | 2 / 3 / 3 | 4 / 4 / 4 |',
    '| lost | 1 | 10 / 10 / 10 | – | – | – |',
  ]);
});
