import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../lambdas/contract/table.ts';
import { PlainError } from '../../lib/plain-error.ts';

export interface AdoptedTable {
  readonly name: string;
  /** Whether items of it end, and are found by when they are due: everything but the table of keys. */
  readonly hasIndex: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether its items must be encrypted with the team's own key. */
  readonly hasOwnKey: boolean;
}

/**
 * Makes a restored table what the stack's own table is: a restore keeps items, keys and index, and none of the settings.
 * CloudFormation cannot set them on a table that it did not make. Safe to repeat.
 *
 * @returns what was set, for the person who deploys; nothing if all of it was there
 * @throws PlainError if the table cannot be used: it is not there, not complete, of another shape, or encrypted in another way
 */
export async function adoptTable(client: DynamoDBClient, adopted: AdoptedTable): Promise<string[]> {
  const { name: TableName } = adopted;
  const table = await describe(client, TableName);
  requireUsable(table, adopted);
  const done: string[] = [];
  if (adopted.hasIndex) {
    const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    if (!ttl?.TimeToLiveStatus?.startsWith('ENABL')) {
      const TimeToLiveSpecification = { Enabled: true, AttributeName: TABLE.ttl };
      await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
      done.push('time to live');
    }
  }
  const { ContinuousBackupsDescription: backups } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  if (backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus !== 'ENABLED') {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
    done.push('point-in-time recovery');
  }
  if (!table.DeletionProtectionEnabled) {
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
    done.push('deletion protection');
  }
  if (table.TableArn !== undefined) {
    const Tags = Object.entries(adopted.tags).map(([Key, Value]) => ({ Key, Value }));
    await client.send(new TagResourceCommand({ ResourceArn: table.TableArn, Tags }));
  }
  return done;
}

async function describe(client: DynamoDBClient, TableName: string): Promise<TableDescription> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table ?? {};
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new PlainError(
      `There is no table ${TableName} in this account and region. docs/restore.md says how to make one.`,
    );
  }
}

function requireUsable(table: TableDescription, { name, hasIndex, hasOwnKey }: AdoptedTable): void {
  const keys = (table.KeySchema ?? []).map(({ AttributeName }) => AttributeName).join(', ');
  const index = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === TABLE.scheduledIndex);
  const isOfOwnKey = table.SSEDescription?.SSEType === 'KMS';
  const problems = [
    table.TableStatus !== 'ACTIVE' && `it is ${table.TableStatus}: wait until it is ACTIVE`,
    keys !== `${TABLE.partitionKey}, ${TABLE.sortKey}` &&
      `its keys are ${keys}, not ${TABLE.partitionKey}, ${TABLE.sortKey}`,
    hasIndex && index === undefined && `it was restored without its index ${TABLE.scheduledIndex}`,
    hasIndex &&
      index !== undefined &&
      index.IndexStatus !== 'ACTIVE' &&
      `its index is ${index.IndexStatus}: wait until it is ACTIVE`,
    hasOwnKey && !isOfOwnKey && 'it is not encrypted with a key of KMS, and the settings ask for customerManagedKey',
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new PlainError(`The table ${name} cannot be used: ${problems.join('; ')}`);
}
