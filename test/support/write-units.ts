import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

const capacity = z.looseObject({ CapacityUnits: z.number().optional(), WriteCapacityUnits: z.number().optional() });
const output = z.looseObject({ ConsumedCapacity: z.union([capacity, z.array(capacity)]).optional() });
const input = z.looseObject({
  Statements: z.array(z.looseObject({ Parameters: z.array(z.record(z.string(), z.unknown())).optional() })).optional(),
});

const WRITES = new Set([
  'PutItemCommand',
  'UpdateItemCommand',
  'BatchWriteItemCommand',
  'TransactWriteItemsCommand',
  'BatchExecuteStatementCommand',
]);

/**
 * Counts the write units that DynamoDB says it consumed. MiniStack counts one for every PartiQL statement, which is AWS's
 * figure only while items are below 1 KB, so the largest of those is kept beside the sum.
 */
export function countWriteUnits(client: DynamoDBClient): {
  units: number;
  calls: number;
  largestStatementBytes: number;
} {
  const counted = { units: 0, calls: 0, largestStatementBytes: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (!WRITES.has(String(context.commandName))) return next(args);
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      for (const { Parameters } of input.parse(args.input).Statements ?? []) {
        const bytes = Buffer.byteLength(JSON.stringify(Parameters));
        counted.largestStatementBytes = Math.max(counted.largestStatementBytes, bytes);
      }
      const result = await next(args);
      const { ConsumedCapacity } = output.parse(result.output);
      const all = ConsumedCapacity === undefined ? [] : [ConsumedCapacity].flat();
      counted.units += all.reduce((sum, one) => sum + (one.CapacityUnits ?? one.WriteCapacityUnits ?? 0), 0);
      counted.calls += 1;
      return result;
    },
    { step: 'initialize' },
  );
  return counted;
}
