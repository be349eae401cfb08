/**
 * The alarms, without the name of the stack, that mean within minutes that a new version is bad: what every caller or job
 * would meet. The first ones count most. A deploy watches as many as CloudFormation allows.
 */
export const ROLLBACK_ALARMS = [
  'service-faults',
  'jobs-executions-failed',
  'expire-blocks-errors',
  'sweep-errors',
  'reconciliation-executions-failed',
] as const;

/** Rollback triggers of one update. */
export const MOST_ROLLBACK_ALARMS = 5;
