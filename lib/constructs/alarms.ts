import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  ALL_FUNCTIONS,
  FUNCTIONS,
  type FunctionName,
  type FunctionSpec,
  handlerOf,
} from '../../lambdas/contract/functions.ts';
import { LOGGED, LOGGED_ALARMS } from '../../lambdas/contract/logged.ts';
import type { BlocklistConfig } from '../config.ts';
import type { Interval } from '../interval.ts';
import { pascalCase } from './blocklist-function.ts';
import type { Functions } from './functions.ts';
import type { Schedules } from './schedules.ts';
import type { Workflow } from './workflow.ts';

export interface AlarmsProps {
  /** The topic that every alarm notifies; none if nobody is to be notified. */
  readonly topicArn: string | undefined;
  readonly intervals: BlocklistConfig['schedules'];
  readonly schedules: Schedules;
  readonly functions: Functions;
  readonly workflows: readonly Workflow[];
  /** Where it is said that the stream gave up on events. */
  readonly eventFailures: Queue;
}

/** How often SQS and Step Functions publish metrics. */
const NEWS_MINUTES = 5;
/** CloudWatch looks back no further. */
const LONGEST_MINUTES = 24 * 60;

/** The alarms, each with its own name. Each watches one metric: one event is too many, and missing data is OK. */
export class Alarms extends Construct {
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { topicArn, intervals, functions } = props;
    this.#topic = topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', topicArn);
    /** How often a function runs: by its own schedule, or by that of the reconciliation. */
    const periodOf = (name: FunctionName) => {
      const { schedule, caller } = specOf(name);
      return caller === 'stream'
        ? Duration.minutes(NEWS_MINUTES)
        : untilNextRun(intervals[schedule?.name ?? 'reconcile']);
    };
    for (const [name, { errorsMean }] of ALL_FUNCTIONS) {
      if (errorsMean === undefined) continue;
      const metric = functions.get(name).lambda.metricErrors({ statistic: Stats.SUM, period: periodOf(name) });
      this.#add(`${handlerOf(name)}-errors`, { description: errorsMean, metric });
    }
    for (const [name, { functions: logging, message, description }] of Object.entries(LOGGED_ALARMS)) {
      const id = pascalCase(name);
      const metricNamespace = 'Blocklist';
      const metricName = `${Stack.of(this).stackName}-${id}`;
      for (const { handler, lambda } of logging.map((fn) => functions.get(fn))) {
        new MetricFilter(this, `${id}-${handler}`, {
          logGroup: lambda.logGroup,
          filterPattern: FilterPattern.stringValue('$.message', '=', LOGGED[message]),
          metricNamespace,
          metricName,
        });
      }
      const period = periodOf(logging[0]);
      const metric = new Metric({ namespace: metricNamespace, metricName, statistic: Stats.SUM, period });
      this.#add(name, { description, metric });
    }
    for (const workflow of props.workflows) this.#addExecutions(workflow);
    for (const [name, queue] of props.schedules.deadLetters) {
      this.#add(`${name}-dead-letters`, {
        description: `A run of the schedule ${name} could not be started, or failed after its retries. The messages of ${queue.queueName} say why. Delete them once the cause is repaired.`,
        metric: visibleMessages(queue),
      });
    }
    this.#add('event-failures', {
      description: `Events could not be published for ten minutes, so the stream gave up on them. None is lost: each sweep publishes what is left. The log of publish-events says why; the messages of ${props.eventFailures.queueName} say when. Delete them once the cause is repaired.`,
      metric: visibleMessages(props.eventFailures),
    });
  }

  #addExecutions({ name, stateMachine }: Workflow): void {
    const options = { statistic: Stats.SUM, period: Duration.minutes(NEWS_MINUTES) };
    this.#add(`${name}-executions-failed`, {
      description: `An execution of the workflow ${name} failed. Its history says in which state, and why.`,
      metric: stateMachine.metricFailed(options),
    });
    this.#add(`${name}-executions-timed-out`, {
      description: `An execution of the workflow ${name} timed out: it took longer than any execution should.`,
      metric: stateMachine.metricTimedOut(options),
    });
  }

  #add(name: string, { description, metric }: { readonly description: string; readonly metric: IMetric }): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: description,
      metric,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#topic !== undefined) alarm.addAlarmAction(new SnsAction(this.#topic));
  }
}

const specOf = (name: FunctionName): FunctionSpec => FUNCTIONS[name];

function visibleMessages(queue: Queue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(NEWS_MINUTES) });
}

/** The result of a run is valid until the next run. */
function untilNextRun(interval: Interval): Duration {
  if (interval === 'off') return Duration.minutes(LONGEST_MINUTES);
  return Duration.minutes(Math.min(Math.max(interval, NEWS_MINUTES), LONGEST_MINUTES));
}
