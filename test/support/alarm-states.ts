/**
 * How CloudWatch judges an alarm, as its guide says it: the last periods, missing ones as configured, all of them beyond the
 * threshold. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
export interface JudgedAlarm {
  readonly Threshold: number;
  readonly ComparisonOperator: 'GreaterThanOrEqualToThreshold' | 'LessThanOrEqualToThreshold';
  readonly EvaluationPeriods: number;
  /** Seconds. */
  readonly Period: number;
  readonly TreatMissingData: 'notBreaching' | 'breaching';
  readonly WarmUpConfiguration?: { readonly WarmUpPeriodDurationInMinutes: number } | undefined;
}

/** A value of the metric, in the statistic of the alarm. */
export interface Datapoint {
  /** Since the alarm was created. */
  readonly minute: number;
  readonly value: number;
}

/** Whether the alarm rings at that minute. `fold` makes one value of those of a period. */
export function isRinging(
  alarm: JudgedAlarm,
  { data, minute }: { readonly data: readonly Datapoint[]; readonly minute: number },
  fold: (values: readonly number[]) => number,
): boolean {
  const periodMinutes = alarm.Period / 60;
  const periods = Array.from({ length: alarm.EvaluationPeriods }, (_, back) => {
    const until = minute - back * periodMinutes;
    const values = data.flatMap((one) =>
      one.minute > until - periodMinutes && one.minute <= until ? [one.value] : [],
    );
    return values.length === 0 ? undefined : fold(values);
  });
  const warmUp = alarm.WarmUpConfiguration?.WarmUpPeriodDurationInMinutes ?? 0;
  // A warm-up ends as soon as there is data for all periods.
  if (minute < warmUp && periods.includes(undefined)) return false;
  return periods.every((value) => {
    if (value === undefined) return alarm.TreatMissingData === 'breaching';
    return alarm.ComparisonOperator === 'GreaterThanOrEqualToThreshold'
      ? value >= alarm.Threshold
      : value <= alarm.Threshold;
  });
}
