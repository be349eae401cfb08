import { METRICS_NAMESPACE, type MetricName, STAGE_DIMENSION, specOfMetric } from '../contract/metrics.ts';
import type { Metrics } from '../core/ports/services.ts';
import { optionalEnv } from './env.ts';

const values = new Map<MetricName, number>();

/** The metrics of one invocation: a container has one at a time. */
export const metrics: Metrics = {
  put(name, value) {
    const before = values.get(name);
    const { fold } = specOfMetric(name);
    values.set(name, before === undefined ? value : fold ? Math[fold](before, value) : before + value);
  },
};

/**
 * They become fields of the last log line of the invocation, of which CloudWatch makes metrics without a call: the embedded metric
 * format. An invocation that dies has none.
 */
export function takeMetrics(): Record<string, unknown> {
  const level = optionalEnv('metrics');
  const taken = [...values].filter(([name]) => level === 'full' || !specOfMetric(name).extra);
  values.clear();
  const stage = optionalEnv('serviceStage');
  if (level === 'off' || taken.length === 0 || stage === undefined) return {};
  const definition = {
    Namespace: METRICS_NAMESPACE,
    Dimensions: [[STAGE_DIMENSION]],
    Metrics: taken.map(([Name]) => ({ Name, Unit: specOfMetric(Name).unit ?? 'Count' })),
  };
  return {
    ...Object.fromEntries(taken),
    [STAGE_DIMENSION]: stage,
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [definition] },
  };
}
