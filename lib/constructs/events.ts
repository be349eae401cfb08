import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import { TABLE } from '../../lambdas/contract/table.ts';
import type { BlocklistFunction } from './blocklist-function.ts';
import type { BlocklistTable } from './blocklist-table.ts';
import type { DataProtection } from './data-protection.ts';

export interface EventsProps {
  readonly protection: DataProtection;
  readonly table: BlocklistTable;
  /** Where it is said that the stream gave up on events. They stay in the table. None without schedules, as for their runs. */
  readonly failures: Queue | undefined;
  /** The function that is called with records of the stream. */
  readonly publisher: BlocklistFunction;
}

/** Events of one call: ten calls of the bus. */
const BATCH = 100;
/** The sweep publishes what is left, so a batch that keeps failing need not stop those behind it for longer. */
const GIVE_UP_MINUTES = 10;

/** The bus for other services, and what brings events from the table to it. */
export class Events extends Construct {
  readonly busName: string;
  readonly #bus: EventBus;

  constructor(scope: Construct, id: string, { protection, table, failures, publisher }: EventsProps) {
    super(scope, id);
    this.#bus = new EventBus(this, 'Bus', {
      // Rules name it, in stacks of other teams.
      eventBusName: Stack.of(this).stackName,
      description: 'What happens on the blocklists: jobs, drift, tokens',
      ...(protection.encryptionKey !== undefined && { kmsKey: protection.encryptionKey }),
    });
    this.busName = this.#bus.eventBusName;
    table.grantReadStream(publisher);
    if (failures !== undefined) {
      for (const statement of protection.sendStatements(failures)) publisher.allow(statement);
    }
    const mapping = new EventSourceMapping(this, 'Stream', {
      target: publisher.lambda,
      eventSourceArn: table.streamArn,
      // Whatever is written before the mapping works is not missed.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH,
      // Lambda drops all other records, and bills nothing for them.
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { Keys: { [TABLE.partitionKey]: { S: FilterRule.beginsWith(TABLE.outbox) } } },
        }),
      ],
      bisectBatchOnError: true,
      maxRecordAge: Duration.minutes(GIVE_UP_MINUTES),
      // Not CDK's own, which allows the function more than to send.
      ...(failures !== undefined && { onFailure: { bind: () => ({ destination: failures.queueArn }) } }),
    });
    mapping.node.addDependency(publisher);
  }

  /** Lets the function put events on the bus. */
  grantPublish(fn: BlocklistFunction): void {
    fn.setEnvironment({ [ENV.eventBusName]: this.busName });
    fn.allow({ actions: ['events:PutEvents'], resources: [this.#bus.eventBusArn] });
  }
}
