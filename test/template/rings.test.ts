/** When the alarms of the template ring: judged as CloudWatch judges them, over what their metrics would have. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Datapoint, isRinging } from '../support/alarm-states.ts';
import { ofType, synthesize, text } from './synthesize.ts';

const alarm = z.looseObject({
  AlarmName: z.unknown(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'LessThanOrEqualToThreshold']),
  EvaluationPeriods: z.number(),
  Period: z.number(),
  TreatMissingData: z.enum(['notBreaching', 'breaching']),
  Statistic: z.enum(['Sum', 'Average', 'Maximum', 'Minimum']).optional(),
  WarmUpConfiguration: z.object({ WarmUpPeriodDurationInMinutes: z.number() }).optional(),
});

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const FOLDS = {
  Sum: sum,
  Average: (values: readonly number[]) => sum(values) / values.length,
  Maximum: (values: readonly number[]) => Math.max(...values),
  Minimum: (values: readonly number[]) => Math.min(...values),
} as const;

const alarms = new Map(
  ofType(synthesize('prod'), 'AWS::CloudWatch::Alarm').map(({ Properties }) => {
    const one = alarm.parse(Properties);
    return [text(one.AlarmName).replace('Blocklist-prod-', ''), one] as const;
  }),
);
const NAMES = [...alarms.keys()];

function rings(name: string, data: readonly Datapoint[], minute: number): boolean {
  const one = alarms.get(name);
  if (!one) throw new Error(`There is no alarm ${name}`);
  // A percentile of a few values is the highest.
  return isRinging(one, { data, minute }, FOLDS[one.Statistic ?? 'Maximum']);
}

/** A value every so many minutes, from a minute on. */
const every = (minutes: number, value: number, { from = 1, until }: { from?: number; until: number }): Datapoint[] =>
  Array.from({ length: Math.ceil((until - from) / minutes) }, (_, index) => ({
    minute: from + index * minutes,
    value,
  }));

const DAY = 24 * 60;
/** Minutes between two runs of each schedule, and the alarm that knows. */
const RUNS = { expire: 5, sweep: 15, reconcile: 60, deferred: 60, 'token-check': DAY };
const heartbeatOf = (name: string) =>
  Object.entries(RUNS).find(([schedule]) => name === `${schedule}-did-not-run`)?.[1];

/** What the metric of an alarm has while all is well and nobody calls, for three days: its schedule runs from the first minute on. */
function quiet(name: string): Datapoint[] {
  const minutes = heartbeatOf(name);
  if (minutes !== undefined) return every(minutes, 1, { from: 2, until: 3 * DAY });
  if (name === 'operations-open-too-long') return every(15, 0, { until: 3 * DAY });
  return name === 'blocks-end-late' ? every(5, 0, { until: 3 * DAY }) : [];
}

describe('on a fresh deploy that awaits its token', () => {
  it.each(NAMES)('%s does not ring, neither in the first minutes nor in the days after', (name) => {
    const data = quiet(name);
    for (let minute = 0; minute < 3 * DAY; minute += minute < 180 ? 1 : 7) {
      expect([minute, rings(name, data, minute)]).toEqual([minute, false]);
    }
  });

  it('a heartbeat would ring at once without its warm-up', () => {
    for (const [schedule] of Object.entries(RUNS)) {
      const one = alarms.get(`${schedule}-did-not-run`);
      if (!one) throw new Error(`There is no alarm of ${schedule}`);
      const { WarmUpConfiguration: _, ...without } = one;
      expect(isRinging(without, { data: [], minute: 1 }, sum)).toBe(true);
    }
  });
});

describe('a schedule that stops', () => {
  it.each(Object.entries(RUNS))('%s, every %i minutes, rings after three runs that are missing', (name, minutes) => {
    const stopped = 10 * minutes;
    const data = every(minutes, 1, { from: 2, until: stopped });
    const lastRun = data.at(-1)?.minute ?? 0;
    const ringsAt = (minute: number) => rings(`${name}-did-not-run`, data, minute);
    expect(ringsAt(lastRun + 3 * minutes - 1)).toBe(false);
    expect(ringsAt(lastRun + 3 * minutes)).toBe(true);
    expect(ringsAt(lastRun + 30 * minutes)).toBe(true);
  });

  it.each(Object.entries(RUNS))('%s, every %i minutes, rings if it never ran', (name, minutes) => {
    const warmUp = Math.min(3 * minutes, 2 * DAY);
    expect(rings(`${name}-did-not-run`, [], warmUp - 1)).toBe(false);
    expect(rings(`${name}-did-not-run`, [], warmUp)).toBe(true);
  });
});

/** Values of consecutive periods, the last one at the minute that is judged: some at which it rings, some at which it does not. */
const CASES: Readonly<Record<string, { readonly rings: readonly number[][]; readonly quiet: readonly number[][] }>> = {
  // The share of a period. One fault among few requests is not three periods in a row.
  'service-faults': {
    rings: [[0.02, 0.05, 1]],
    quiet: [
      [0.02, 0, 0.02],
      [1, 0, 0],
      [0.01, 0.01, 0.01],
    ],
  },
  'service-faults-in-a-day': { rings: [[0.001], [0.01]], quiet: [[0.0009], [0]] },
  'requests-slow': {
    rings: [[300, 900, 301]],
    quiet: [
      [299, 900, 900],
      [900, 120, 900],
    ],
  },
  'tokens-refused': { rings: [[0]], quiet: [[0.2], [14], [60]] },
  'mirror-too-old': { rings: [[7_200], [86_400]], quiet: [[3_650], [7_199], [20]] },
  'list-nearly-full': { rings: [[90], [100]], quiet: [[89.9]] },
  'operations-open-too-long': { rings: [[1_500], [9_000]], quiet: [[1_200], [0]] },
  'blocks-end-late': { rings: [[600]], quiet: [[599], [0]] },
  'chunks-given-up': { rings: [[1]], quiet: [] },
  'events-late': { rings: [[60_000], [600_000]], quiet: [[59_999], [200]] },
  'dead-letters': { rings: [[1], [40]], quiet: [[0]] },
};
const ONE_EVENT = { rings: [[1], [3]], quiet: [[0]] };
const SUSTAINED = {
  rings: [
    [1, 1, 1],
    [900, 20, 3],
  ],
  quiet: [
    [900, 0, 900],
    [0, 0, 900],
  ],
};

function casesOf(name: string) {
  const own = CASES[name];
  if (own) return own;
  if (/-errors$|-executions-failed$|-executions-timed-out$/.test(name)) return ONE_EVENT;
  return /-throttle[sd]$/.test(name) ? SUSTAINED : undefined;
}

it.each(NAMES.filter((name) => heartbeatOf(name) === undefined))(
  '%s rings for what it is for, and for nothing less',
  (name) => {
    const cases = casesOf(name);
    if (!cases) throw new Error(`Nothing says when ${name} rings`);
    const { Period = 0, EvaluationPeriods = 0 } = alarms.get(name) ?? {};
    const judge = (values: readonly number[], periodsLater = 0) => {
      const data = values.map((value, index) => ({ minute: ((index + 1) * Period) / 60, value }));
      return rings(name, data, ((values.length + periodsLater) * Period) / 60);
    };
    for (const values of cases.rings) expect([values, judge(values)]).toEqual([values, true]);
    for (const values of cases.quiet) expect([values, judge(values)]).toEqual([values, false]);
    // And it ends: nothing is measured any more.
    for (const values of cases.rings) expect([values, judge(values, EvaluationPeriods)]).toEqual([values, false]);
  },
);
