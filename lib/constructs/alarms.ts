import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { LOGGED } from '../../lambdas/contract/logged.ts';
import type { BlocklistConfig } from '../config.ts';
import type { Interval } from '../interval.ts';
import { type BlocklistFunction, pascalCase } from './blocklist-function.ts';
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
}

/** How often SQS and Step Functions have news. */
const NEWS_MINUTES = 5;
/** CloudWatch looks back no further. */
const LONGEST_MINUTES = 24 * 60;

/** The alarms, each under its own name. Each watches one metric: one event is too many, and no data is good. */
export class Alarms extends Construct {
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { topicArn, intervals, functions } = props;
    this.#topic = topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', topicArn);
    this.#addErrors(
      functions.get('checkTokens'),
      intervals.tokenCheck,
      'A token no longer works, ends within the warning time, or is gone from the secret. The log of the function says which.',
    );
    this.#addErrors(
      functions.get('expireBlocks'),
      intervals.expire,
      'A run that ends temporary blocks failed: the next run tries them again. The log of the function says why.',
    );
    this.#addErrors(
      functions.get('retryDeferred'),
      intervals.deferred,
      'A run that tries deferred blocks again failed: the next run tries them again. The log of the function says why.',
    );
    this.#addLogged([functions.get('expireBlocks')], intervals.expire, {
      name: 'blocks-not-ended',
      message: LOGGED.scheduledActionFailed,
      description:
        'Users of a number stay blocked whose block should have ended: Graph refuses that number, or there is no token for it. The next run tries them again; the log says which number, and why. The others went on.',
    });
    // Both try a deferred block: at its time, and when its user writes.
    this.#addLogged([functions.get('retryDeferred'), functions.get('receiveWebhook')], intervals.deferred, {
      name: 'deferred-not-retried',
      message: LOGGED.scheduledActionFailed,
      description:
        'Deferred blocks of a number could not be tried again, at their time or when their users wrote: Graph refuses that number, or there is no token for it. The next run tries them again; the log says which number, and why. The others went on.',
    });
    this.#addErrors(
      functions.get('sweep'),
      intervals.sweep,
      'Stalled operations and jobs are not recovered. The log of the function says why.',
    );
    this.#addErrors(
      functions.get('reconcileNumbers'),
      intervals.reconcile,
      'An attempt at a group of numbers failed. Where the retries of the workflow failed too, that group waits for the next run.',
    );
    this.#addLogged([functions.get('reconcileNumbers')], intervals.reconcile, {
      name: 'numbers-not-reconciled',
      message: LOGGED.numberNotReconciled,
      description:
        'The list of a number could not be read from Graph: no such number, no permission, no token, or no rest for too long. The log says which; the others went on.',
    });
    for (const workflow of props.workflows) this.#addExecutions(workflow);
    for (const [name, queue] of props.schedules.deadLetters) {
      this.#add(`${name}-dead-letters`, {
        description: `A run of the schedule ${name} could not be started, or failed for good. The messages of ${queue.queueName} say why; delete them when the fault is repaired.`,
        metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(NEWS_MINUTES) }),
      });
    }
  }

  #addErrors(fn: BlocklistFunction, interval: Interval, description: string): void {
    const metric = fn.lambda.metricErrors({ statistic: Stats.SUM, period: untilNextRun(interval) });
    this.#add(`${fn.handler}-errors`, { description, metric });
  }

  /** What is wrong with one number is no error of a function, which goes on with the others: its log has a line of it. */
  #addLogged(
    logging: readonly BlocklistFunction[],
    interval: Interval,
    { name, message, description }: { readonly name: string; readonly message: string; readonly description: string },
  ): void {
    const id = pascalCase(name);
    const metricNamespace = 'Blocklist';
    const metricName = `${Stack.of(this).stackName}-${id}`;
    for (const { handler, lambda } of logging) {
      new MetricFilter(this, `${id}-${handler}`, {
        logGroup: lambda.logGroup,
        filterPattern: FilterPattern.stringValue('$.message', '=', message),
        metricNamespace,
        metricName,
      });
    }
    const period = untilNextRun(interval);
    const metric = new Metric({ namespace: metricNamespace, metricName, statistic: Stats.SUM, period });
    this.#add(name, { description, metric });
  }

  #addExecutions({ name, stateMachine }: Workflow): void {
    const options = { statistic: Stats.SUM, period: Duration.minutes(NEWS_MINUTES) };
    this.#add(`${name}-executions-failed`, {
      description: `An execution of the workflow ${name} failed. Its history says in which state, and why.`,
      metric: stateMachine.metricFailed(options),
    });
    this.#add(`${name}-executions-timed-out`, {
      description: `An execution of the workflow ${name} was cut off: it took longer than any should.`,
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

/** What a run tells is news until the next one tells better. */
function untilNextRun(interval: Interval): Duration {
  if (interval === 'off') return Duration.minutes(LONGEST_MINUTES);
  return Duration.minutes(Math.min(Math.max(interval, NEWS_MINUTES), LONGEST_MINUTES));
}
