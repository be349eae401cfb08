import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

const consumed = z.looseObject({
  ConsumedCapacity: z.looseObject({ CapacityUnits: z.number() }),
  ScannedCount: z.number().optional(),
});
const item = z.record(z.string(), z.unknown());
const batchInput = z.looseObject({
  RequestItems: z.record(
    z.string(),
    z.looseObject({ Keys: z.array(item), ConsistentRead: z.boolean().optional().default(false) }),
  ),
});
const batchOutput = z.looseObject({ Responses: z.record(z.string(), z.array(item)) });

/**
 * What DynamoDB takes for a batch, which MiniStack does not say: each item by itself, in steps of 4 KB, and a step for one
 * that is not there; half of that if the read need not be consistent. The JSON of an item is longer than the item.
 */
function batchUnits(input: unknown, output: unknown): number {
  const { RequestItems } = batchInput.parse(input);
  const { Responses } = batchOutput.parse(output);
  return Object.entries(RequestItems).reduce((sum, [table, { Keys, ConsistentRead }]) => {
    const found = Responses[table] ?? [];
    const steps = found.reduce((all, one) => all + Math.ceil(Buffer.byteLength(JSON.stringify(one)) / 4096), 0);
    return sum + (steps + Keys.length - found.length) * (ConsistentRead ? 1 : 0.5);
  }, 0);
}

/** Counts the reads of a client, the read units that they consumed, and how many were in progress at once. */
export function countReadUnits(client: DynamoDBClient) {
  const counted = { units: 0, calls: [] as string[], scanned: 0, atOnce: 0 };
  let inProgress = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName);
      if (!['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand'].includes(command)) return next(args);
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      inProgress += 1;
      counted.atOnce = Math.max(counted.atOnce, inProgress);
      const result = await next(args);
      inProgress -= 1;
      counted.calls.push(command.replace('Command', ''));
      if (command === 'BatchGetItemCommand') {
        counted.units += batchUnits(args.input, result.output);
        return result;
      }
      const { ConsumedCapacity, ScannedCount = 0 } = consumed.parse(result.output);
      counted.units += ConsumedCapacity.CapacityUnits;
      counted.scanned += ScannedCount;
      return result;
    },
    { step: 'initialize' },
  );
  return counted;
}
