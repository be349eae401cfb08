/** The arithmetic of the costs, with values reckoned by hand. */
import { describe, expect, it } from 'vitest';
import {
  add,
  attemptsOf,
  type Basis,
  billedMs,
  bytesPerUser,
  dollars,
  idleMonth,
  jobUsage,
  reconciliationMonth,
  runsPerMonth,
  times,
  total,
  usageOf,
} from '../../../bench/cost/bill.ts';
import type { Activity } from '../../../bench/cost/count.ts';
import counts from '../../../bench/cost/counts.json' with { type: 'json' };
import { amount, atMost, fillTables, money } from '../../../bench/cost/markdown.ts';
import { needs } from '../../../bench/cost/need.ts';
import { jobLoad, numberLimits } from '../../../bench/cost/tables.ts';

const NOTHING: Activity = {
  functions: {},
  readUnits: 0,
  writeUnits: 0,
  dynamoCalls: 0,
  graphCalls: 0,
  secretReads: 0,
};

function basisWith(activities: Partial<Basis['activities']>): Basis {
  const names = Object.keys(counts.activities) as (keyof Basis['activities'])[];
  return {
    dynamoMs: 8,
    graphMs: 800,
    node: 'v24',
    stack: {
      memoryMb: { half: 512, whole: 1_769, 'process-chunk': 1_769 },
      alarms: 3,
      serviceAlarms: 1,
      dashboards: 2,
      metrics: { essential: 10, all: 13 },
      secrets: 1,
      keys: 0,
      transitions: {
        job: { perJob: 3, perChunk: 4, perWait: 3 },
        reconciliation: { perRun: 6, perPage: 4, perGroup: 4, perWait: 3 },
      },
      config: {
        minutes: { reconcile: 60, expire: 5 },
        jobConcurrency: 4,
        reconcileConcurrency: 2,
        chunkSize: 1_000,
        requestsPerSecond: 500,
      },
      events: { job: 10, chunk: 10, run: 10, group: 10 },
    },
    activities: { ...(Object.fromEntries(names.map((name) => [name, NOTHING])) as Basis['activities']), ...activities },
  };
}

describe('a bill', () => {
  it('is quantity times price', () => {
    expect(dollars('writeUnits', 2_000_000)).toBeCloseTo(1.25, 10);
    expect(dollars('readUnits', 2_000_000)).toBeCloseTo(0.25, 10);
    expect(dollars('transitions', 1_000)).toBeCloseTo(0.025, 10);
    expect(dollars('secretReads', 10_000)).toBeCloseTo(0.05, 10);
    expect(dollars('logs', 1_000)).toBeCloseTo(0.5, 10);
    expect(dollars('lambdaSeconds', 400_000)).toBeCloseTo(5.33336, 10);
  });

  it('adds up', () => {
    const usage = add({ writeUnits: 1_000_000 }, times({ writeUnits: 500_000, apiRequests: 1_000_000 }, 2));
    expect(usage).toEqual({ writeUnits: 2_000_000, apiRequests: 2_000_000 });
    expect(total(usage)).toBeCloseTo(1.25 + 7, 10);
  });

  it('keeps the waiting time of a function, and scales its CPU time by its share of a CPU', () => {
    expect(billedMs({ waitMs: 100, cpuMs: 10 }, 1_769)).toBe(110);
    expect(billedMs({ waitMs: 100, cpuMs: 10 }, 884.5)).toBe(120);
    expect(billedMs({ waitMs: 100, cpuMs: 10 }, 3_538)).toBe(110);
  });

  it('has GB-seconds by the memory of each function, and the lines that Lambda adds to its log', () => {
    const half = { calls: 2, waitMs: 2_000, cpuMs: 0, logBytes: 600 };
    const used = usageOf(basisWith({}), { ...NOTHING, functions: { half }, readUnits: 7, writeUnits: 5 });
    expect(used).toEqual({
      lambdaRequests: 2,
      lambdaSeconds: 1,
      readUnits: 7,
      writeUnits: 5,
      logs: 0.002,
    });
    const unknown = { ...NOTHING, functions: { gone: half } };
    expect(() => usageOf(basisWith({}), unknown)).toThrow('There is no function gone');
  });
});

describe('a job', () => {
  it('has the transitions of 64 chunks and by itself, and as many executions', () => {
    const used = jobUsage(basisWith({ job: { ...NOTHING, writeUnits: 64_000 } }));
    expect(used).toMatchObject({ apiRequests: 1, writeUnits: 64_000, transitions: 259, traces: 65, secretReads: 5 });
    // 650 lines of 600 bytes, and one of 470.
    expect(used.logs).toBeCloseTo(0.39047, 10);
  });
});

describe('a month of reconciliation', () => {
  const inSyncEmpty = {
    ...NOTHING,
    functions: { whole: { calls: 1, waitMs: 1_000, cpuMs: 0, logBytes: 0 } },
    readUnits: 2,
    writeUnits: 1,
  };
  const counts = basisWith({ inSyncEmpty });

  it.each([
    // A run of one page, one group: 6 + 4.
    [1, 10],
    [10, 10],
    [11, 14],
    [100, 46],
    // Two pages, the second of which is empty, since the first was full: 6 + 4 + 100 × 4.
    [1_000, 410],
    [10_000, 6 + 10 * 4 + 1_000 * 4],
  ])('of %d numbers takes %d transitions a run', (numbers, transitions) => {
    expect(reconciliationMonth(counts, numbers, 'Empty').transitions).toBe(730 * transitions);
  });

  it('compares each number at every run, and calls the function once for a group', () => {
    const used = reconciliationMonth(counts, 20, 'Empty');
    expect(used.readUnits).toBe(20 * 730 * 2);
    expect(used.writeUnits).toBe(20 * 730);
    expect(used.lambdaRequests).toBe(730 * 2);
    expect(used.schedules).toBe(730);
    expect(used.lambdaSeconds).toBeCloseTo((20 * 730 * 1_769) / 1_024, 6);
  });

  it('takes another attempt on a group if its lists are long', () => {
    // 427.5 s hold 8 numbers of 52 s.
    expect(attemptsOf(52, 10)).toBe(2);
    expect(attemptsOf(52, 8)).toBe(1);
    expect(attemptsOf(1, 10)).toBe(1);
    expect(attemptsOf(600, 3)).toBe(3);
  });
});

it('an idle stack pays for alarms, metrics, dashboards and the secret, and for each run of its schedules', () => {
  const expire = { ...NOTHING, readUnits: 8 };
  const counts = basisWith({ expire });
  expect(runsPerMonth(counts, 'expire')).toBe(8_760);
  expect(runsPerMonth(counts, 'sweep')).toBe(0);
  const usage = add(...idleMonth(counts).map((one) => one.usage));
  expect(usage).toMatchObject({
    alarms: 3,
    metrics: 10,
    dashboards: 2,
    secrets: 1,
    schedules: 8_760 + 730,
    keyRequests: 8_760 + 2 * 730,
  });
  expect(usage.readUnits).toBe(8_760 * 8);
});

it('each user adds what a comparison reads of them, and what DynamoDB adds', () => {
  // 64,000 users in 3,125 eventually consistent units of 8 KB: 400 bytes each.
  expect(bytesPerUser(basisWith({ inSyncFull: { ...NOTHING, readUnits: 3_125 } }))).toBe(500);
});

describe('figures', () => {
  it.each([
    [0, '$0'],
    [0.0000035, '$0.0000035'],
    [0.4, '$0.40'],
    [2.345, '$2.35'],
    [99.999, '$100.00'],
    [5_406.3, '$5,406'],
  ])('%d dollars are %s', (value, text) => {
    expect(money(value)).toBe(text);
  });

  it.each([
    [0.5, '0.5'],
    [12.34, '12.3'],
    [64_000.4, '64,000'],
  ])('%d is %s', (value, text) => {
    expect(amount(value)).toBe(text);
  });

  it.each([
    [2.59, '2.5'],
    [76.9, '76'],
    [4_321, '4,300'],
    [211_999, '210,000'],
  ])('what is limited to %d is at most %s', (value, text) => {
    expect(atMost(value)).toBe(text);
  });
});

describe('limits', () => {
  const aSecond = { waitMs: 1_000, cpuMs: 0, calls: 1, logBytes: 0 };
  const basis = basisWith({
    inSyncThousand: { ...NOTHING, functions: { whole: aSecond }, graphCalls: 2 },
    blockOne: { ...NOTHING, functions: { whole: aSecond } },
    job: {
      ...NOTHING,
      functions: { 'process-chunk': { ...aSecond, calls: 64, waitMs: 64_000 } },
      writeUnits: 128_000,
    },
  });

  it('of the numbers come in the order in which lists of 1,000 users meet them', () => {
    const metAt = numberLimits(basis).map((row) => Math.floor(row.metAt[1] ?? 0));
    // 65,536 ÷ 231 tokens; 8 × 230 s of due numbers; 5,000 calls, 2 a number; a second a number: 2 × 3,600, 100 × 3,600 an hour.
    expect(metAt).toEqual([283, 1_840, 2_500, 7_200, 360_000]);
  });

  it('of jobs follow from a chunk: four at once, of a second, 2,000 units and 4 transitions each', () => {
    expect(jobLoad(basis)).toEqual({ chunkSeconds: 1, writesPerSecond: 8_000, transitionsPerSecond: 16 });
  });
});

it('the document is refused if a table has no place in it, or a place has no table', () => {
  const document = '<!-- table: job -->\nold\n<!-- end -->\nrest';
  expect(fillTables(document, { job: 'new' })).toBe('<!-- table: job -->\nnew\n<!-- end -->\nrest');
  expect(() => fillTables('rest', { job: 'new' })).toThrow('no place for job');
  expect(() => fillTables(document, {})).toThrow('no table job');
});

describe('what a large team needs', () => {
  const one = (waitMs: number, units: Pick<Activity, 'writeUnits' | 'readUnits' | 'graphCalls'>): Activity => ({
    ...NOTHING,
    functions: { whole: { calls: 1, waitMs, cpuMs: 0, logBytes: 0 } },
    ...units,
  });
  const basis = basisWith({
    lookUpOne: one(10, { writeUnits: 0, readUnits: 0.5, graphCalls: 0 }),
    lookUpThousand: one(100, { writeUnits: 0, readUnits: 500, graphCalls: 0 }),
    blockOne: one(1_000, { writeUnits: 10, readUnits: 1, graphCalls: 1 }),
    blockThousand: one(2_000, { writeUnits: 1_000, readUnits: 500, graphCalls: 1 }),
    inSyncThousand: one(1_800, { writeUnits: 0, readUnits: 36, graphCalls: 2 }),
  });
  const found = new Map(
    needs(basis).map(({ limit, needs: many }) => [limit.split(/[,:]/).slice(0, 2).join(':'), many]),
  );

  it('is the rate of each call × what one takes, and the reconciliation of each number in an hour', () => {
    // 40 calls a second of blocks, and two of each number.
    expect(found.get('Graph: calls an hour of one WhatsApp Business account')).toBeCloseTo(3_600 * 40 + 20_000);
    // 900 × 10 ms, 60 × 100 ms, 39 × 1 s, 2 s; and 10,000 × 1.8 s in an hour.
    expect(found.get('Lambda: functions running at once')).toBeCloseTo(9 + 6 + 39 + 2 + 5);
    expect(found.get('DynamoDB: write units a second of a new table')).toBeCloseTo(39 * 10 + 1_000);
    expect(found.get('DynamoDB: read units a second of a table')).toBeCloseTo(450 + 30_000 + 39 + 500 + 100);
    expect(found.get('Reconciliation: seconds of one run an hour')).toBeCloseTo(9_000);
  });

  it('has the limit first that is exceeded most', () => {
    const shares = needs(basis).map((one) => one.needs / one.allows);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares[0]).toBeGreaterThan(1);
  });
});
