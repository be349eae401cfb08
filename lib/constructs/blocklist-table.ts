import { Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
  type WarmThroughput,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import type { TableAction } from '../../lambdas/contract/functions.ts';
import { TABLE } from '../../lambdas/contract/table.ts';
import type { BlocklistFunction } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';

export interface BlocklistTableProps {
  readonly protection: DataProtection;
  /** Whether DynamoDB refuses to delete the table until its own protection is turned off. */
  readonly deletionProtection: boolean;
  /** The warm throughput of the table; AWS's own value for a new table by default. */
  readonly warmThroughput?: WarmThroughput | undefined;
  /** A table restored from a backup, which the service uses in place of the stack's own. The own one stays as it is. */
  readonly restoredTableName?: string | undefined;
}

/** The one table: mirror, audit, operations, jobs, and events that wait. A grant also sets the environment variable with its name. */
export class BlocklistTable extends Construct {
  readonly tableName: string;
  /** Of the stack's own table: nothing tells the stack the stream of a restored one, whose events the sweep publishes. */
  readonly streamArn: string;
  readonly #tableArn: string;
  readonly #protection: DataProtection;

  constructor(scope: Construct, id: string, props: BlocklistTableProps) {
    super(scope, id);
    this.#protection = props.protection;
    const key = props.protection.encryptionKey;
    // The index too: if it is throttled, so are writes to the table.
    const warm = props.warmThroughput !== undefined && { warmThroughput: props.warmThroughput };
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      ...warm,
      timeToLiveAttribute: TABLE.ttl,
      // Keys are enough: whoever is told of an event reads it. No user is in the stream.
      dynamoStream: StreamViewType.KEYS_ONLY,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: key === undefined ? TableEncryptionV2.awsManagedKey() : TableEncryptionV2.customerManagedKey(key),
      deletionProtection: props.deletionProtection,
      removalPolicy: props.protection.removalPolicy,
      globalSecondaryIndexes: [
        {
          indexName: TABLE.scheduledIndex,
          partitionKey: { name: TABLE.scheduledBucket, type: AttributeType.STRING },
          sortKey: { name: TABLE.scheduledAt, type: AttributeType.STRING },
          // A reader of the index must read the item itself again anyway, so more than the keys would cost for nothing.
          projectionType: ProjectionType.KEYS_ONLY,
          ...warm,
        },
      ],
    });
    this.tableName = props.restoredTableName ?? table.tableName;
    this.#tableArn = props.restoredTableName === undefined ? table.tableArn : tableArn(this, props.restoredTableName);
    const { tableStreamArn } = table;
    if (tableStreamArn === undefined) throw new Error('The table has no stream');
    this.streamArn = tableStreamArn;
  }

  /** Lets the function do these actions on items of the table. Deletion is seldom needed: most items expire by their `ttl`. */
  grant(fn: BlocklistFunction, actions: readonly TableAction[]): void {
    fn.setEnvironment({ [ENV.tableName]: this.tableName });
    fn.allow({ actions: actions.map((action) => `dynamodb:${action}`), resources: [this.#tableArn] });
    this.#protection.allowDynamoDb(fn);
  }

  /**
   * Lets the function query the index for due items. It has only keys, so a reader also needs the permission to read the
   * items.
   */
  grantFindScheduled(fn: BlocklistFunction): void {
    fn.allow({ actions: ['dynamodb:Query'], resources: [`${this.#tableArn}/index/${TABLE.scheduledIndex}`] });
  }

  /** Lets the function be called with records of the stream. */
  grantReadStream(fn: BlocklistFunction): void {
    const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    fn.allow({ actions: actions.map((action) => `dynamodb:${action}`), resources: [this.streamArn] });
  }
}

/** The ARN of a table that the stack did not make, of its account and region. */
export function tableArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: 'dynamodb', resource: 'table', resourceName: name });
}
