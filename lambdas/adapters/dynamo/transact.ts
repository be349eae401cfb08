import {
  type CancellationReason,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DependencyError } from '../../core/errors.ts';
import type { Table } from './table.ts';

export type TransactItems = NonNullable<TransactWriteItemsCommandInput['TransactItems']>;

/** Tries against other transactions on the same items; the pauses double from 20 ms and are jittered, about 3 s in all. */
const TRIES = 8;
const FIRST_PAUSE_MS = 20;

/**
 * Writes all items or none. False where a condition did not hold. Other transactions on the same items pass, so those are
 * waited out; the SDK does not repeat a cancelled transaction by itself. (An answer that is lost it does repeat, under the
 * same request token, so nothing is written twice.)
 */
export async function transact(table: Table, items: TransactItems): Promise<boolean> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await table.client.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }: CancellationReason) => Code);
      if (codes.includes('ConditionalCheckFailed')) return false;
      if (!codes.includes('TransactionConflict') && !codes.includes('ThrottlingError')) throw error;
      if (attempt + 1 >= TRIES) throw new DependencyError('Other transactions keep changing the same items');
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random())));
    }
  }
}
