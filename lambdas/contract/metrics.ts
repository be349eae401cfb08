/** Every metric has this namespace, and one dimension, so that each of them is paid once for a stage and not for each number. */
export const METRICS_NAMESPACE = 'Blocklist';
export const STAGE_DIMENSION = 'Stage';

export const METRIC_LEVELS = ['essential', 'full', 'off'] as const;
export type MetricLevel = (typeof METRIC_LEVELS)[number];

interface MetricSpec {
  /** A unit of CloudWatch; a count if there is none. */
  readonly unit?: 'Milliseconds' | 'Seconds' | 'Percent' | 'None';
  /** What becomes of several values of one invocation; their sum by default. */
  readonly fold?: 'max' | 'min';
  /** Only with `metrics: full`. */
  readonly extra?: true;
}

/** The metrics. `docs/runbook.md` says what each of them means, and in which step it is measured. */
export const METRICS = {
  ServiceFaults: {},
  RequestOverheadMs: { unit: 'Milliseconds' },
  GraphThrottled: {},
  UsersFailed: {},
  ReconcileAgeMax: { unit: 'Seconds', fold: 'max' },
  Drift: {},
  ListUtilizationMax: { unit: 'Percent', fold: 'max' },
  OldestOpenOperationAge: { unit: 'Seconds', fold: 'max' },
  ExpiryLateness: { unit: 'Seconds', fold: 'max' },
  TokenDaysLeft: { unit: 'None', fold: 'min' },
  UsersSucceeded: { extra: true },
  GraphCalls: { extra: true },
  GraphMs: { unit: 'Milliseconds', extra: true },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;

export const specOfMetric = (name: MetricName): MetricSpec => METRICS[name];
