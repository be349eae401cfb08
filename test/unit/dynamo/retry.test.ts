import {
  type BatchStatementErrorCodeEnum,
  DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItemsCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_ATTEMPTS } from '../../../lambdas/adapters/dynamo/retry.ts';
import { batchWriteConditionally } from '../../../lambdas/adapters/dynamo/table.ts';
import { transact } from '../../../lambdas/adapters/dynamo/transact.ts';
import { DependencyError } from '../../../lambdas/core/errors.ts';

type Code = BatchStatementErrorCodeEnum;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A table whose client sends nothing: `refuse` says what each try meets, counted from 1; nothing is a success. */
function tableThat(refuse: (attempt: number) => Code | undefined) {
  const client = new DynamoDBClient({ region: 'eu-central-1' });
  const attempts: number[] = [];
  client.middlewareStack.add(
    (_, { commandName }) =>
      async () => {
        attempts.push(Date.now());
        const code = refuse(attempts.length);
        if (commandName === 'BatchExecuteStatementCommand') {
          return {
            response: {},
            output: { $metadata: {}, Responses: [code === undefined ? {} : { Error: { Code: code } }] },
          };
        }
        if (code === undefined)
          return { response: {}, output: { $metadata: {} } satisfies TransactWriteItemsCommandOutput };
        throw new TransactionCanceledException({
          $metadata: {},
          message: 'Transaction cancelled',
          CancellationReasons: [{ Code: 'None' }, { Code: code }],
        });
      },
    { step: 'initialize' },
  );
  return { table: { client, name: 'table' }, attempts };
}

/** Both ways to write on a condition. What they are asked to write is not looked at. */
const WAYS: [string, (table: ReturnType<typeof tableThat>['table']) => Promise<boolean>][] = [
  ['a transaction', (table) => transact(table, [])],
  [
    'a batch',
    async (table) => {
      const refused = await batchWriteConditionally(table, [{ id: 'one', statement: { Statement: '' } }]);
      return refused.length === 0;
    },
  ],
];

async function complete<T>(promise: Promise<T>): Promise<T> {
  // Handled from the start: it may reject while the timers run.
  const result = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await vi.runAllTimersAsync();
  const completed = await result;
  if ('error' in completed) throw completed.error;
  return completed.value;
}

describe.each(WAYS)('%s', (_, write) => {
  test.each<Code>([
    'InternalServerError',
    'ProvisionedThroughputExceeded',
    'RequestLimitExceeded',
    'ThrottlingError',
    'TransactionConflict',
  ])('is tried again after %s', async (code) => {
    const { table, attempts } = tableThat((attempt) => (attempt < 3 ? code : undefined));
    expect(await complete(write(table))).toBe(true);
    expect(attempts).toHaveLength(3);
  });

  test.each<Code>(['ValidationError', 'AccessDenied', 'ItemCollectionSizeLimitExceeded', 'ResourceNotFound'])(
    'is not tried again after %s',
    async (code) => {
      const { table, attempts } = tableThat(() => code);
      await expect(complete(write(table))).rejects.toThrow();
      expect(attempts).toHaveLength(1);
    },
  );

  test('whose condition fails is not tried again, and throws that error', async () => {
    const { table, attempts } = tableThat(() => 'ConditionalCheckFailed');
    expect(await complete(write(table))).toBe(false);
    expect(attempts).toHaveLength(1);
  });

  test('is given up after the usual number of tries, with pauses of some seconds in all', async () => {
    const { table, attempts } = tableThat(() => 'ThrottlingError');
    await expect(complete(write(table))).rejects.toThrow(DependencyError);
    expect(attempts).toHaveLength(MAX_ATTEMPTS);
    const [first = 0, last = 0] = [attempts.at(0), attempts.at(-1)];
    // Seven pauses of 25 ms doubling, each between half of it and half as much again.
    expect(last - first).toBeGreaterThan(1_500);
    expect(last - first).toBeLessThan(4_900);
  });
});
