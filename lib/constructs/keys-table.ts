import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import type { TableAction } from '../../lambdas/contract/functions.ts';
import { TABLE } from '../../lambdas/contract/table.ts';
import type { BlocklistFunction } from './blocklist-function.ts';
import { tableArn } from './blocklist-table.ts';
import type { DataProtection } from './data-protection.ts';

export interface KeysTableProps {
  readonly protection: DataProtection;
  /** Refuse to delete the table until somebody says so in DynamoDB itself. */
  readonly deletionProtection: boolean;
  /** As that of the other table. */
  readonly restoredTableName?: string | undefined;
}

/** The attribute that says when a key was used last. */
const LAST_USED_AT = 'lastUsedAt';

/** The keys of callers, apart from all that they change: nobody who may write a block may write here. Nothing of it ever expires. */
export class KeysTable extends Construct {
  readonly tableName: string;
  readonly #tableArn: string;
  readonly #protection: DataProtection;

  constructor(scope: Construct, id: string, { protection, deletionProtection, restoredTableName }: KeysTableProps) {
    super(scope, id);
    this.#protection = protection;
    const key = protection.encryptionKey;
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: key === undefined ? TableEncryptionV2.awsManagedKey() : TableEncryptionV2.customerManagedKey(key),
      deletionProtection,
      removalPolicy: protection.removalPolicy,
    });
    this.tableName = restoredTableName ?? table.tableName;
    this.#tableArn = restoredTableName === undefined ? table.tableArn : tableArn(this, restoredTableName);
  }

  /** Lets the function do these to keys. */
  grant(fn: BlocklistFunction, actions: readonly TableAction[]): void {
    fn.setEnvironment({ [ENV.keysTableName]: this.tableName });
    fn.allow({ actions: actions.map((action) => `dynamodb:${action}`), resources: [this.#tableArn] });
    this.#protection.allowDynamoDb(fn);
  }

  /** Lets the function note that a key was used: it may write that attribute and no other, and read none by it. */
  grantRecordUse(fn: BlocklistFunction): void {
    fn.allow({
      actions: ['dynamodb:UpdateItem'],
      resources: [this.#tableArn],
      conditions: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': [TABLE.partitionKey, TABLE.sortKey, LAST_USED_AT] },
        StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE'] },
      },
    });
  }
}
