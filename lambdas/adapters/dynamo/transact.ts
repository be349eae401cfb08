import {
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DependencyError } from '../../core/errors.ts';
import { isRetryable, MAX_ATTEMPTS, pauseAfter } from './retry.ts';
import type { Table } from './table.ts';

export type TransactItems = NonNullable<TransactWriteItemsCommandInput['TransactItems']>;

/**
 * Writes all items or none. False if a condition did not hold. Conflicts with other transactions on the same items, and
 * throttling, are temporary. This waits and tries again, since the SDK does not repeat a cancelled transaction. (The SDK does
 * repeat a call whose answer is lost, with the same request token, so nothing is written twice.)
 */
export async function transact(table: Table, items: TransactItems): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await table.client.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      // Items without a fault are listed too.
      const reasons = (error.CancellationReasons ?? []).filter(({ Code }) => Code !== undefined && Code !== 'None');
      if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) return false;
      if (reasons.length === 0 || !reasons.every(isRetryable)) throw error;
      if (attempt === MAX_ATTEMPTS) {
        const codes = [...new Set(reasons.map(({ Code }) => Code))].join(', ');
        throw new DependencyError(`DynamoDB keeps cancelling a transaction: ${codes}`);
      }
      await pauseAfter(attempt);
    }
  }
}
