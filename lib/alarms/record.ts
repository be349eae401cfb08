import type { FunctionName } from '../../lambdas/contract/functions.ts';
import type { MetricName } from '../../lambdas/contract/metrics.ts';
import type { BlocklistConfig } from '../config.ts';

/** Whether somebody is woken, or reads it on the next working day. */
export type Severity = 'page' | 'ticket';

/** The metric of an alarm: of this service, or of a part of it that AWS measures. */
export type Watched =
  | { readonly of: 'service'; readonly metric: MetricName }
  | { readonly of: 'function'; readonly name: FunctionName; readonly metric: FunctionMetric }
  | { readonly of: 'workflow'; readonly name: WorkflowName; readonly metric: WorkflowMetric }
  | { readonly of: 'table'; readonly metric: 'ReadThrottleEvents' | 'WriteThrottleEvents'; readonly isIndex?: true }
  | { readonly of: 'deadLetters' };

/** `IteratorAge`: milliseconds since what a function is told of by a stream was written. */
type FunctionMetric = 'Errors' | 'Throttles' | 'Invocations' | 'IteratorAge';

export type WorkflowName = 'jobs' | 'reconciliation';
export type WorkflowMetric = 'ExecutionsFailed' | 'ExecutionsTimedOut' | 'ExecutionThrottled';

export interface AlarmRecord {
  /** Without the name of the stack; also the heading of its section in `docs/runbook.md`. */
  readonly name: string;
  readonly severity: Severity;
  /** What is wrong. Several alarms can have one cause, but only one of them pages. */
  readonly cause: string;
  /** What it means for callers and users. */
  readonly description: string;
  readonly watched: Watched;
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'Minimum' | 'p99';
  readonly threshold: number;
  /** Whether it rings at or above the threshold, or at or below it. */
  readonly rings: 'from' | 'downTo';
  readonly periodMinutes: number;
  /** How many periods in a row. */
  readonly periods: number;
  /** Set if a period without data is a bad one. Minutes after a deploy for which it may have none. */
  readonly warmUpMinutes?: number;
}

/** What of the configuration decides which alarms there are, and at what they ring. */
export type AlarmSettings = Pick<BlocklistConfig, 'schedules' | 'metrics'>;

/** One event is too many. */
export const ONE_EVENT = { statistic: 'Sum', threshold: 1, rings: 'from', periods: 1 } as const;
/** The highest value of a period is too high. */
export const HIGHEST = { statistic: 'Maximum', rings: 'from', periods: 1 } as const;
