import type { MetricName } from '../../lambdas/contract/metrics.ts';
import type { Example } from './draw.ts';

const POINTS = 96;
const DAY = Array.from({ length: POINTS }, (_, index) => index);
/** Low at night, high in the afternoon, from 0 to 1. */
const busy = (index: number): number => (1 - Math.cos((index / POINTS) * 2 * Math.PI)) / 2;
/** Some unevenness that is the same each time. */
const uneven = (index: number): number => Math.abs(Math.sin(index * 12.9898) * 43_758.5453) % 1;
const at = (index: number, from: number, to: number): boolean => index >= from && index < to;

/** A day on which Graph throttled for two hours at noon, and the service did what it should. No value was measured. */
const VALUES: Readonly<Partial<Record<`${MetricName} ${string}`, (index: number) => number>>> = {
  'ServiceFaults Average': (index) => (index === 61 ? 0.0006 : 0),
  'ServiceFaults SampleCount': (index) => 40 + 900 * busy(index) + 90 * uneven(index),
  'RequestOverheadMs p50': (index) => 14 + 6 * busy(index) + 3 * uneven(index),
  'RequestOverheadMs p99': (index) => 88 + 60 * busy(index) + 40 * uneven(index),
  'UsersFailed Sum': (index) => Math.round(2 + 12 * busy(index) + 6 * uneven(index)) + (at(index, 46, 54) ? 30 : 0),
  'GraphThrottled Sum': (index) => (at(index, 46, 54) ? Math.round(12 + 20 * uneven(index)) : 0),
  'ListUtilizationMax Maximum': (index) => 71 + 0.06 * index,
  'ReconcileAgeMax Maximum': (index) => (at(index, 46, 54) ? 900 + 260 * (index - 46) : 20 + 40 * uneven(index)),
  'Drift Sum': (index) => (index % 12 === 5 ? 1 + Math.round(5 * uneven(index)) : 0),
  'TokenDaysLeft Minimum': (index) => 54 - index / POINTS,
  'OldestOpenOperationAge Maximum': (index) => (at(index, 47, 55) ? 420 + 90 * (index - 47) : 0),
  'ExpiryLateness Maximum': (index) => 40 + 200 * uneven(index),
};

export const exampleDay: Example = (metric, statistic) => {
  const found = Object.entries(VALUES).find(([name]) => name === `${metric} ${statistic}`)?.[1];
  if (found === undefined) throw new Error(`There is no example of ${metric} ${statistic}`);
  return DAY.map(found);
};
