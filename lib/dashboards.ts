/** What the dashboards show, in the words of CloudWatch: AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
import { METRICS_NAMESPACE, type MetricName, STAGE_DIMENSION } from '../lambdas/contract/metrics.ts';
import { OBJECTIVES } from './alarms/objectives.ts';

/** A metric of a widget; the last part is how it is drawn. Or an expression that finds several. */
export type DashboardMetric =
  | readonly [namespace: string, metric: string, ...dimensions: readonly (string | MetricStyle)[]]
  | readonly [Readonly<{ expression: string; label?: string; id?: string }>];

export interface MetricStyle {
  readonly label?: string;
  readonly stat?: string;
}

export interface Widget {
  readonly type: 'metric' | 'alarm' | 'text';
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What is put in when the stack is deployed. */
export interface Deployed {
  readonly stage: string;
  readonly region: string;
  readonly stackName: string;
  readonly runbookUrl: string;
  /** ARNs of the alarms that page, and of those that can wait. */
  readonly alarms: { readonly page: readonly string[]; readonly ticket: readonly string[] };
  readonly apiNames: readonly string[];
  readonly tableName: string;
  readonly queueName: string | undefined;
  readonly stateMachines: Readonly<Record<string, string>>;
}

interface Plot {
  readonly title: string;
  readonly metrics: readonly DashboardMetric[];
  readonly stat?: string;
  readonly unit: string;
  /** An objective, drawn as a line. */
  readonly line?: { readonly label: string; readonly value: number };
  readonly periodMinutes?: number;
}

const COLUMNS = 24;
const HEIGHT = 6;

/** For everybody who wants to know whether the service does what it should: one row a question. */
export function serviceDashboard(deployed: Deployed): readonly Widget[] {
  const own = (metric: MetricName, style: MetricStyle = {}): DashboardMetric => [
    METRICS_NAMESPACE,
    metric,
    STAGE_DIMENSION,
    deployed.stage,
    style,
  ];
  const runbook = `What an alarm means and what to do: ${deployed.runbookUrl}`;
  return layOut([
    [text(`# Blocklist ${deployed.stage}\n${runbook}`, COLUMNS)],
    [
      alarmStatus('Alarms that wake somebody', deployed.alarms.page),
      alarmStatus('Alarms that can wait', deployed.alarms.ticket),
    ],
    [
      plot(deployed, {
        title: 'Do requests succeed? Share that failed',
        metrics: [own('ServiceFaults', { label: 'failed', stat: 'Average' })],
        unit: 'share',
        line: { label: 'objective: 1 in 1,000', value: OBJECTIVES.faultShare },
      }),
      plot(deployed, {
        title: 'How many requests are there?',
        metrics: [own('ServiceFaults', { label: 'requests', stat: 'SampleCount' })],
        unit: 'in 5 minutes',
      }),
      plot(deployed, {
        title: 'Are they fast? Time besides Graph’s',
        metrics: [
          own('RequestOverheadMs', { label: 'median', stat: 'p50' }),
          own('RequestOverheadMs', { label: 'slowest hundredth', stat: 'p99' }),
        ],
        unit: 'ms',
        line: { label: 'objective: 300 ms', value: OBJECTIVES.overheadMs },
      }),
    ],
    [
      plot(deployed, {
        title: 'Are users blocked and unblocked? Users who failed',
        metrics: [own('UsersFailed', { label: 'users', stat: 'Sum' })],
        unit: 'in 5 minutes',
      }),
      plot(deployed, {
        title: 'Does Graph keep up? Calls that it throttled',
        metrics: [own('GraphThrottled', { label: 'calls', stat: 'Sum' })],
        unit: 'in 5 minutes',
      }),
      plot(deployed, {
        title: 'How full is the fullest list?',
        metrics: [own('ListUtilizationMax', { label: 'fullest list', stat: 'Maximum' })],
        unit: '%',
        line: { label: 'alarm: 90 %', value: OBJECTIVES.listPercent },
        periodMinutes: 60,
      }),
    ],
    [
      plot(deployed, {
        title: 'Is the mirror true? Age of the oldest',
        metrics: [own('ReconcileAgeMax', { label: 'oldest mirror', stat: 'Maximum' })],
        unit: 'seconds',
        periodMinutes: 60,
      }),
      plot(deployed, {
        title: 'What did other applications change? Users corrected',
        metrics: [own('Drift', { label: 'users', stat: 'Sum' })],
        unit: 'in an hour',
        periodMinutes: 60,
      }),
      plot(deployed, {
        title: 'How long do the tokens last?',
        metrics: [own('TokenDaysLeft', { label: 'first to end', stat: 'Minimum' })],
        unit: 'days',
        periodMinutes: 24 * 60,
      }),
    ],
    [
      plot(deployed, {
        title: 'Does every request come to an end? Oldest open operation',
        metrics: [own('OldestOpenOperationAge', { label: 'oldest', stat: 'Maximum' })],
        unit: 'seconds',
        line: { label: 'objective: 25 minutes', value: OBJECTIVES.openOperationMinutes * 60 },
        periodMinutes: 15,
      }),
      plot(deployed, {
        title: 'Do temporary blocks end in time? The latest',
        metrics: [own('ExpiryLateness', { label: 'latest', stat: 'Maximum' })],
        unit: 'seconds',
        line: { label: 'objective: 10 minutes', value: OBJECTIVES.expiryLatenessMinutes * 60 },
      }),
    ],
  ]);
}

/** For the team that runs the stack: what AWS measures of each of its parts. */
export function resourcesDashboard(deployed: Deployed): readonly Widget[] {
  const { apiNames, tableName, queueName, stateMachines, stackName } = deployed;
  const ofApis = (metric: string, stat: string): DashboardMetric[] =>
    apiNames.map((name) => ['AWS/ApiGateway', metric, 'ApiName', name, { label: `${name} ${metric}`, stat }]);
  const ofTable = (metric: string): DashboardMetric => [
    'AWS/DynamoDB',
    metric,
    'TableName',
    tableName,
    { stat: 'Sum' },
  ];
  const ofMachines = (metric: string): DashboardMetric[] =>
    Object.entries(stateMachines).map(([name, arn]) => [
      'AWS/States',
      metric,
      'StateMachineArn',
      arn,
      { label: `${name} ${metric}`, stat: 'Sum' },
    ]);
  // The names of the functions begin with that of the stack.
  const ofFunctions = (metric: string, stat: string): DashboardMetric => [
    { expression: `SEARCH('{AWS/Lambda,FunctionName} MetricName="${metric}" ${stackName}-Functions', '${stat}')` },
  ];
  const counted = (title: string, metrics: readonly DashboardMetric[]) =>
    plot(deployed, { title, metrics, unit: 'in 5 minutes' });
  return layOut([
    [text(`# Blocklist ${deployed.stage}: resources`, COLUMNS)],
    [
      counted('APIs: requests', ofApis('Count', 'Sum')),
      counted('APIs: errors', [...ofApis('4XXError', 'Sum'), ...ofApis('5XXError', 'Sum')]),
      plot(deployed, { title: 'APIs: latency, p99', metrics: ofApis('Latency', 'p99'), unit: 'ms' }),
    ],
    [
      counted('Functions: errors', [ofFunctions('Errors', 'Sum')]),
      counted('Functions: throttles', [ofFunctions('Throttles', 'Sum')]),
      plot(deployed, { title: 'Functions: duration, p99', metrics: [ofFunctions('Duration', 'p99')], unit: 'ms' }),
    ],
    [
      counted('Table: units', [ofTable('ConsumedReadCapacityUnits'), ofTable('ConsumedWriteCapacityUnits')]),
      counted('Table: throttled', [ofTable('ReadThrottleEvents'), ofTable('WriteThrottleEvents')]),
      plot(deployed, {
        title: 'Functions: at once',
        metrics: [ofFunctions('ConcurrentExecutions', 'Maximum')],
        unit: 'functions',
      }),
    ],
    [
      counted('Workflows: started and failed', [...ofMachines('ExecutionsStarted'), ...ofMachines('ExecutionsFailed')]),
      counted('Workflows: throttled', ofMachines('ExecutionThrottled')),
      ...(queueName === undefined
        ? []
        : [
            plot(deployed, {
              title: 'Runs of schedules that were given up',
              metrics: [['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', queueName, { stat: 'Maximum' }]],
              unit: 'messages',
            }),
          ]),
    ],
  ]);
}

type Placeless = Omit<Widget, 'x' | 'y' | 'width'> & { readonly width?: number };

function text(markdown: string, width: number): Placeless {
  return { type: 'text', width, height: 2, properties: { markdown } };
}

function alarmStatus(title: string, alarms: readonly string[]): Placeless {
  return { type: 'alarm', height: 4, properties: { title, alarms } };
}

function plot({ region }: Deployed, { title, metrics, unit, line, periodMinutes = 5 }: Plot): Placeless {
  return {
    type: 'metric',
    height: HEIGHT,
    properties: {
      title,
      region,
      view: 'timeSeries',
      metrics,
      period: periodMinutes * 60,
      yAxis: { left: { min: 0, label: unit, showUnits: false } },
      ...(line !== undefined && { annotations: { horizontal: [line] } }),
    },
  };
}

/** Rows from the top down, each as high as its highest widget. Widgets of a row share its width. */
function layOut(rows: readonly (readonly Placeless[])[]): Widget[] {
  let y = 0;
  return rows.flatMap((row) => {
    const share = Math.floor(COLUMNS / row.length);
    const placed = row.map((widget, index) => ({ ...widget, width: widget.width ?? share, x: index * share, y }));
    y += Math.max(...row.map(({ height }) => height));
    return placed;
  });
}
