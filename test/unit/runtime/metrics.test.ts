/** The line of a log of which CloudWatch makes metrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ENV } from '../../../lambdas/contract/environment.ts';
import { METRICS, type MetricName } from '../../../lambdas/contract/metrics.ts';
import { GraphError } from '../../../lambdas/core/errors.ts';
import type { Graph } from '../../../lambdas/core/ports/services.ts';
import { waitForGraph } from '../../../lambdas/runtime/graph-time.ts';
import { endMetrics, requestLog } from '../../../lambdas/runtime/logger.ts';
import { measuredGraph } from '../../../lambdas/runtime/measured-graph.ts';
import { metrics } from '../../../lambdas/runtime/metrics.ts';
import { task } from '../../../lambdas/runtime/task.ts';

const line = z.looseObject({
  level: z.string(),
  message: z.string(),
  Stage: z.string(),
  _aws: z.strictObject({
    Timestamp: z.number(),
    CloudWatchMetrics: z.tuple([
      z.strictObject({
        Namespace: z.literal('Blocklist'),
        Dimensions: z.tuple([z.tuple([z.literal('Stage')])]),
        Metrics: z.array(z.strictObject({ Name: z.string(), Unit: z.string() })).min(1),
      }),
    ]),
  }),
});

let lines: unknown[];
beforeEach(() => {
  vi.stubEnv(ENV.serviceStage, 'prod');
  lines = [];
  const keep = (text: unknown) => lines.push(JSON.parse(String(text))) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  endMetrics();
});

/** The metrics that CloudWatch would make of the lines. */
function made(): Record<string, unknown>[] {
  return lines.flatMap((text) => {
    const parsed = line.safeParse(text);
    if (!parsed.success) return [];
    const [{ Metrics }] = parsed.data._aws.CloudWatchMetrics;
    return [Object.fromEntries(Metrics.map(({ Name }) => [Name, parsed.data[Name]]))];
  });
}

const answered = (change: { status?: number; ms?: number; is_fault?: true } = {}) =>
  requestLog.request({ request_id: 'c6af', route: '/health', method: 'GET', status: 200, ms: 12, ...change });

describe('the line of an invocation', () => {
  test('is its last line, with namespace, stage, units and time, and nothing of it is masked', () => {
    answered();
    expect(lines).toHaveLength(1);
    expect(line.parse(lines[0])).toMatchObject({
      level: 'INFO',
      message: 'request',
      Stage: 'prod',
      ServiceFaults: 0,
      RequestOverheadMs: 12,
      _aws: {
        CloudWatchMetrics: [
          {
            Metrics: [
              { Name: 'ServiceFaults', Unit: 'Count' },
              { Name: 'RequestOverheadMs', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
    });
    expect(Math.abs(line.parse(lines[0])._aws.Timestamp - Date.now())).toBeLessThan(60_000);
  });

  test.each<[MetricName, number[], number]>([
    ['UsersFailed', [3, 0, 4], 7],
    ['ReconcileAgeMax', [10, 7_200, 30], 7_200],
    ['TokenDaysLeft', [60, 3.5, 14], 3.5],
  ])('has %s once, of the values %j', async (name, values, expected) => {
    await task('a-step', async () => {
      for (const value of values) metrics.put(name, value);
    })({});
    expect(made()).toEqual([{ [name]: expected }]);
  });

  test('is written by a step that fails too, and the next step begins with none', async () => {
    const step = task('a-step', async () => {
      metrics.put('TokenDaysLeft', 0);
      throw new Error('A token needs attention');
    });
    await expect(step({})).rejects.toThrow();
    expect(made()).toEqual([{ TokenDaysLeft: 0 }]);
    await task('another', async () => undefined)({});
    expect(lines).toHaveLength(2);
    expect(lines[1]).not.toHaveProperty('_aws');
  });

  test('has the essential metrics, more of them, or none, as configured', () => {
    const levels = [undefined, 'full', 'off'].map((level) => {
      vi.stubEnv(ENV.metrics, level);
      for (const name of Object.keys(METRICS) as MetricName[]) metrics.put(name, 1);
      const { _aws, Stage, ...values } = endMetrics();
      return Object.keys(values).sort();
    });
    const extras = ['GraphCalls', 'GraphMs', 'UsersSucceeded'];
    const all = Object.keys(METRICS).sort();
    expect(levels).toEqual([all.filter((name) => !extras.includes(name)), all, []]);
    // As many as AWS gives to each account for nothing.
    expect(levels[0]).toHaveLength(10);
  });
});

describe('a request', () => {
  test.each([
    ['succeeded', {}, 0],
    ['was refused', { status: 400 }, 0],
    ['met an outage of Graph', { status: 503 }, 0],
    ['failed through this service', { status: 503, is_fault: true as const }, 1],
  ])('that %s is counted: %j', (_, change, faults) => {
    answered(change);
    expect(made()).toMatchObject([{ ServiceFaults: faults }]);
  });

  test('has as overhead what it took beside its calls to Graph and the pauses between them', async () => {
    vi.useFakeTimers();
    try {
      const wait = (ms: number) => waitForGraph(() => new Promise((resolve) => setTimeout(resolve, ms)));
      // From 0 to 200 ms and from 100 to 250, then 50 ms more: 300 ms, and not 400.
      const first = wait(200);
      await vi.advanceTimersByTimeAsync(100);
      const second = wait(150).then(() => wait(50));
      await vi.advanceTimersByTimeAsync(200);
      await Promise.all([first, second]);
      answered({ ms: 340 });
      answered({ ms: 25 });
    } finally {
      vi.useRealTimers();
    }
    expect(made()).toMatchObject([{ RequestOverheadMs: 40 }, { RequestOverheadMs: 25 }]);
    expect(lines).toMatchObject([{ graph_ms: 300 }, { graph_ms: 0 }]);
  });

  test('that became a job has none, since it takes as long as its list is', () => {
    answered({ status: 202, ms: 9_000 });
    expect(made()).toEqual([{ ServiceFaults: 0 }]);
  });
});

describe('calls to Graph', () => {
  const call = { phoneNumberId: '106540352242922', timeoutMs: 1_000 } as const;
  const credentials = { token: 'abc', provider: 'meta', batchLimit: 1_000 } as const;
  const failing = (error: unknown): Graph => ({
    changeUsers: () => Promise.reject(error),
    listUsers: () => Promise.reject(error),
    inspectToken: () => Promise.reject(error),
  });
  const refused = (kind: 'rate_limited' | 'transient', code: number) => new GraphError({ kind, code, message: 'No' });

  test.each([
    ['throttled', refused('rate_limited', 80007), 1],
    ['failed', refused('transient', 2), undefined],
  ])('that were %s are counted', async (_, error, expected) => {
    const graph = measuredGraph(failing(error), metrics);
    await expect(graph.listUsers({ ...call, credentials }, { limit: 10 })).rejects.toBe(error);
    expect(endMetrics().GraphThrottled).toBe(expected);
  });

  test('whose answer throttles one of its users are counted once', async () => {
    const outcome = { identity: { kind: 'phone', id: '1' }, failure: { code: 130429, message: 'later' } } as const;
    const graph = measuredGraph({ ...failing(undefined), changeUsers: async () => [outcome, outcome] }, metrics);
    expect(await graph.changeUsers({ ...call, credentials }, 'block', [])).toEqual([outcome, outcome]);
    expect(endMetrics().GraphThrottled).toBe(1);
  });
});
