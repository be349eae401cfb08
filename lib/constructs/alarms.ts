import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  CfnAlarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, STAGE_DIMENSION } from '../../lambdas/contract/metrics.ts';
import { TABLE } from '../../lambdas/contract/table.ts';
import type { AlarmRecord, Severity, Watched } from '../alarms/record.ts';
import { alarmsOf } from '../alarms/registry.ts';
import type { BlocklistConfig } from '../config.ts';
import { AlarmTopics } from './alarm-topics.ts';
import type { BlocklistTable } from './blocklist-table.ts';
import type { Functions } from './functions.ts';
import type { Schedules } from './schedules.ts';
import type { Workflow } from './workflow.ts';

export interface AlarmsProps {
  readonly config: Pick<
    BlocklistConfig,
    'stage' | 'schedules' | 'metrics' | 'alarmTopicArn' | 'alarmEmail' | 'runbookUrl'
  >;
  readonly schedules: Schedules;
  readonly functions: Functions;
  readonly table: BlocklistTable;
  readonly workflows: Readonly<Record<'jobs' | 'reconciliation', Workflow>>;
}

const COMPARISONS = {
  from: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  downTo: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
} as const;

/** What is watched, and the page of AWS's console that shows it: the part of its address after the host. */
interface Found {
  readonly metric: {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensionsMap: Record<string, string>;
  };
  readonly page: string;
}

/** The alarms of the registry, each with its own name, on its metric, for the topics of its severity. */
export class Alarms extends Construct {
  readonly #props: AlarmsProps;
  readonly #topics: AlarmTopics;
  readonly #arns: Record<Severity, string[]> = { page: [], ticket: [] };

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.#topics = new AlarmTopics(this, 'Topics', props.config);
    for (const record of alarmsOf(props.config)) this.#add(record);
  }

  /** Their ARNs, by severity. */
  get arns(): Readonly<Record<Severity, readonly string[]>> {
    return this.#arns;
  }

  #add(record: AlarmRecord): void {
    const { name, severity, statistic, threshold, rings, periods, periodMinutes, warmUpMinutes } = record;
    const { metric, page } = this.#find(record.watched);
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: this.#describe(record, page),
      metric: new Metric({ ...metric, statistic, period: Duration.minutes(periodMinutes) }) satisfies IMetric,
      comparisonOperator: COMPARISONS[rings],
      threshold,
      evaluationPeriods: periods,
      treatMissingData: warmUpMinutes === undefined ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
      // A hundredth of a few requests is one of them: a cold start, perhaps.
      ...(statistic === 'p99' && { evaluateLowSampleCountPercentile: 'ignore' }),
    });
    if (warmUpMinutes !== undefined) {
      // CDK's Alarm does not have it yet. A new alarm has no data, and would ring at once.
      const { defaultChild } = alarm.node;
      if (!(defaultChild instanceof CfnAlarm)) throw new Error(`The alarm ${name} has no resource`);
      defaultChild.warmUpConfiguration = { warmUpPeriodDurationInMinutes: warmUpMinutes };
    }
    this.#arns[severity].push(alarm.alarmArn);
    for (const topic of this.#topics.of(severity)) alarm.addAlarmAction(new SnsAction(topic));
  }

  #describe({ name, severity, description }: AlarmRecord, page: string): string {
    const { region } = Stack.of(this);
    const console = `https://${region}.console.aws.amazon.com/${page}`;
    return `[${severity}] ${description} What to do: ${this.#props.config.runbookUrl}#${name} Look here: ${console}`;
  }

  #find(watched: Watched): Found {
    const { functions, workflows, table, schedules, config } = this.#props;
    const { region, stackName } = Stack.of(this);
    switch (watched.of) {
      case 'service':
        return {
          metric: {
            namespace: METRICS_NAMESPACE,
            metricName: watched.metric,
            dimensionsMap: { [STAGE_DIMENSION]: config.stage },
          },
          page: `cloudwatch/home?region=${region}#dashboards/dashboard/${stackName}-service`,
        };
      case 'function': {
        const { functionName } = functions.get(watched.name).lambda;
        return {
          metric: {
            namespace: 'AWS/Lambda',
            metricName: watched.metric,
            dimensionsMap: { FunctionName: functionName },
          },
          page: `lambda/home?region=${region}#/functions/${functionName}?tab=monitoring`,
        };
      }
      case 'workflow': {
        const { stateMachineArn } = workflows[watched.name];
        return {
          metric: {
            namespace: 'AWS/States',
            metricName: watched.metric,
            dimensionsMap: { StateMachineArn: stateMachineArn },
          },
          page: `states/home?region=${region}#/statemachines/view/${stateMachineArn}`,
        };
      }
      case 'table':
        return {
          metric: {
            namespace: 'AWS/DynamoDB',
            metricName: watched.metric,
            dimensionsMap: {
              TableName: table.tableName,
              ...(watched.isIndex && { GlobalSecondaryIndexName: TABLE.scheduledIndex }),
            },
          },
          page: `dynamodbv2/home?region=${region}#table?name=${table.tableName}&tab=monitoring`,
        };
      case 'deadLetters': {
        const { queueName, queueUrl } = schedules.deadLetters;
        return {
          metric: {
            namespace: 'AWS/SQS',
            metricName: 'ApproximateNumberOfMessagesVisible',
            dimensionsMap: { QueueName: queueName },
          },
          page: `sqs/v3/home?region=${region}#/queues/${queueUrl}`,
        };
      }
    }
  }
}
