import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PlainError } from '../../lib/plain-error.ts';
import { readConfig } from '../../lib/read-config.ts';
import { explainAwsFailure } from '../aws-failure.ts';
import { adoptTable } from './adopt-table.ts';

/** Makes the restored tables that the settings of a stage name ready for use, before anything is deployed that uses them. */
export async function adoptRestored(stage: string, region: string): Promise<void> {
  // Where `cdk.json` is, or the CDK would not have found the app.
  const config = readConfig({ directory: join(process.cwd(), 'config'), context: { stage }, region });
  const tables = [
    { name: config.restoredTableName, hasIndex: true },
    { name: config.restoredKeysTableName, hasIndex: false },
  ];
  const client = new DynamoDBClient({ region });
  try {
    for (const { name, hasIndex } of tables) {
      if (name === undefined) continue;
      const tags = { service: 'blocklist', stage };
      const done = await adoptTable(client, { name, hasIndex, tags, hasOwnKey: config.customerManagedKey });
      console.log(
        `The service uses the restored table ${name}${done.length === 0 ? '' : `; turned on: ${done.join(', ')}`}`,
      );
    }
  } catch (error) {
    throw error instanceof PlainError ? error : explainAwsFailure(error, region);
  } finally {
    client.destroy();
  }
}
