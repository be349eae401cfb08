import {
  AttributeType,
  Billing,
  ProjectionType,
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
  /** Refuse to delete the table until somebody says so in DynamoDB itself. */
  readonly deletionProtection: boolean;
  /** What the table takes at once; AWS's own figure for a new table unless given. */
  readonly warmThroughput?: WarmThroughput | undefined;
}

/** The one table: mirror, audit, operations, jobs. A grant sets the table's name as well. */
export class BlocklistTable extends Construct {
  readonly tableName: string;
  readonly #table: TableV2;
  readonly #protection: DataProtection;

  constructor(scope: Construct, id: string, props: BlocklistTableProps) {
    super(scope, id);
    this.#protection = props.protection;
    const key = props.protection.encryptionKey;
    // The index too: one that is full holds back the writes to the table.
    const warm = props.warmThroughput !== undefined && { warmThroughput: props.warmThroughput };
    this.#table = new TableV2(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      ...warm,
      timeToLiveAttribute: TABLE.ttl,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: key === undefined ? TableEncryptionV2.awsManagedKey() : TableEncryptionV2.customerManagedKey(key),
      deletionProtection: props.deletionProtection,
      removalPolicy: props.protection.removalPolicy,
      globalSecondaryIndexes: [
        {
          indexName: TABLE.scheduledIndex,
          partitionKey: { name: TABLE.scheduledBucket, type: AttributeType.STRING },
          sortKey: { name: TABLE.scheduledAt, type: AttributeType.STRING },
          // Whoever finds something due must read the item itself again, so more than the keys would be paid for nothing.
          projectionType: ProjectionType.KEYS_ONLY,
          ...warm,
        },
      ],
    });
    this.tableName = this.#table.tableName;
  }

  /** Lets the function do these to items of the table. No deletion is ever needed: what goes, goes by its `ttl`. */
  grant(fn: BlocklistFunction, actions: readonly TableAction[]): void {
    fn.setEnvironment({ [ENV.tableName]: this.#table.tableName });
    fn.allow({ actions: actions.map((action) => `dynamodb:${action}`), resources: [this.#table.tableArn] });
    this.#protection.allowDynamoDb(fn);
  }

  /** What is due by now: keys only, so whoever finds something also needs the permission to read it. */
  grantFindScheduled(fn: BlocklistFunction): void {
    fn.allow({ actions: ['dynamodb:Query'], resources: [`${this.#table.tableArn}/index/${TABLE.scheduledIndex}`] });
  }
}
