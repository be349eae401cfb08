import { setTimeout as pause } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { StackInfo } from '../../local/cloud/stack-info.ts';
import { localDynamoDb } from '../../test/support/dynamodb-table.ts';

const PAUSE_MS = 250;

/** The milliseconds of bare reads of the local table while the load goes on: what a function waits for, times its round trips. */
export async function probeTable({ endpoint, tableName }: StackInfo, endMs: number): Promise<number[]> {
  const client = localDynamoDb(endpoint);
  const found: number[] = [];
  try {
    do {
      const startedMs = performance.now();
      await client.send(new GetItemCommand({ TableName: tableName, Key: { pk: { S: 'NUMBERS' }, sk: { S: '1' } } }));
      found.push(performance.now() - startedMs);
      await pause(PAUSE_MS);
    } while (performance.now() < endMs);
    return found;
  } finally {
    client.destroy();
  }
}
