import { Stack } from 'aws-cdk-lib';
import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { BlocklistConfig } from '../config.ts';
import { type Deployed, resourcesDashboard, serviceDashboard, type Widget } from '../dashboards.ts';
import { LOG_QUERIES, type LogQuery } from '../log-queries.ts';
import type { Functions } from './functions.ts';

export interface DashboardsProps
  extends Pick<Deployed, 'alarms' | 'apiNames' | 'tableName' | 'queueName' | 'stateMachines'> {
  readonly config: Pick<BlocklistConfig, 'stage' | 'metrics' | 'runbookUrl'>;
  readonly functions: Functions;
  readonly accessLogNames: readonly string[];
  /** Whether the queries are saved in CloudWatch. */
  readonly savesQueries: boolean;
}

/** What people look at: a dashboard of the service, one of its resources, and saved queries over their logs. */
export class Dashboards extends Construct {
  readonly #props: DashboardsProps;

  constructor(scope: Construct, id: string, props: DashboardsProps) {
    super(scope, id);
    this.#props = props;
    const { region, stackName } = Stack.of(this);
    const { stage, metrics, runbookUrl } = props.config;
    const deployed = { ...props, stage, region, stackName, runbookUrl };
    if (metrics !== 'off') this.#add('service', serviceDashboard(deployed));
    this.#add('resources', resourcesDashboard(deployed));
    if (props.savesQueries) for (const query of LOG_QUERIES) this.#save(query);
  }

  #add(name: 'service' | 'resources', widgets: readonly Widget[]): void {
    const stack = Stack.of(this);
    new CfnDashboard(this, name, {
      dashboardName: `${stack.stackName}-${name}`,
      dashboardBody: stack.toJsonString({ widgets }),
    });
  }

  #save({ name, lines, logs }: LogQuery): void {
    new CfnQueryDefinition(this, name, {
      name: `${Stack.of(this).stackName}/${name}`,
      queryString: lines.join('\n| '),
      logGroupNames: this.#logsOf(logs),
    });
  }

  #logsOf(logs: LogQuery['logs']): string[] {
    const { functions, accessLogNames } = this.#props;
    if (logs === 'access') return [...accessLogNames];
    const isMeant = logs === 'api' ? () => true : (name: string) => logs.some((one) => one === name);
    return functions
      .all()
      .flatMap(([name, { caller }, { lambda }]) =>
        isMeant(name) && (logs !== 'api' || caller === 'api') ? [lambda.logGroup.logGroupName] : [],
      );
  }
}
