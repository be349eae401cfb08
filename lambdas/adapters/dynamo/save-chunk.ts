import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Chunk } from '../../core/jobs/job.ts';
import { keys } from './keys.ts';
import { type Item, type Table, toItem, unlessRefused } from './table.ts';
import { transact } from './transact.ts';

/** Attributes that a chunk may lose. */
const OPTIONAL = ['batchSize', 'current', 'lastCode'] as const;

/**
 * Writes the chunk over the revision before it, with `items`: all or nothing, and then this is false. An update instead of a put,
 * so that the time to live of the chunk's creation stays.
 */
export async function saveChunk(
  table: Table,
  { jobId, chunk }: { readonly jobId: string; readonly chunk: Chunk },
  items: readonly Item[],
): Promise<boolean> {
  const set = Object.entries(chunk).filter(([, value]) => value !== undefined);
  const remove = OPTIONAL.filter((name) => chunk[name] === undefined);
  const values = Object.fromEntries(set.map(([name, value]) => [`:${name}`, value]));
  const update = {
    TableName: table.name,
    Key: toItem(keys.chunk(jobId, chunk.index)),
    UpdateExpression: [
      `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      remove.length > 0 ? `REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '',
    ].join(' '),
    ConditionExpression: '#revision = :expected',
    ExpressionAttributeNames: Object.fromEntries(
      [...set.map(([name]) => name), ...remove].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: toItem({ ...values, ':expected': chunk.revision - 1 }),
  };
  if (items.length === 0) return unlessRefused(table.client.send(new UpdateItemCommand(update)));
  const puts = items.map((item) => ({ Put: { TableName: table.name, Item: toItem(item) } }));
  return transact(table, [{ Update: update }, ...puts]);
}
