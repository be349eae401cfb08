import { DynamoDBClient, paginateScan, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { DynamoBlocklistStore } from '../../../lambdas/adapters/dynamo/blocklist-store.ts';
import { keys, SHARDS } from '../../../lambdas/adapters/dynamo/keys.ts';
import { getSummary } from '../../../lambdas/adapters/dynamo/numbers.ts';
import { unpack } from '../../../lambdas/adapters/dynamo/pack.ts';
import type { AuditEvent } from '../../../lambdas/core/history/audit-event.ts';
import { mapConcurrent } from '../../../lambdas/core/map-concurrent.ts';
import type { NumberSummary } from '../../../lambdas/core/users/number-summary.ts';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/loopback.ts';
import { place } from './place.ts';

/**
 * How many items the table holds about a number: mirror, number, jobs, idempotency keys and today's operations. For tests
 * that nothing was written, if no route could show it.
 */
export function countStored(phoneNumberId: string): Promise<number> {
  const registry = keys.registry(phoneNumberId);
  const now = new Date().toISOString();
  return withCount(async (count) =>
    sum(
      await Promise.all([
        ...Array.from({ length: SHARDS }, (_, shard) => count(keys.shard(phoneNumberId, shard))),
        count(keys.summary(phoneNumberId).pk),
        count(registry.pk, registry.sk),
        count(keys.operation(phoneNumberId, now, '').pk),
        count(keys.idempotency(phoneNumberId, '').pk),
      ]),
    ),
  );
}

/**
 * The history of each of these users, oldest first, such as `job: block failed 190, job: block`. It takes less time than over
 * the API. Users without a history are absent.
 */
export function histories(phoneNumberId: string, users: readonly string[]): Promise<Map<string, string>> {
  return withHistory(phoneNumberId, async (history) => {
    const recorded = new Map<string, string>();
    await mapConcurrent(users, READS_AT_ONCE, async (user) => {
      const events = await history(user);
      if (events.length > 0) recorded.set(user, events.reverse().map(summaryOf).join(', '));
    });
    return recorded;
  });
}

/** What is stored of a number as a whole: over the API its size and drift cannot be seen, and its times lag some seconds. */
export function storedSummary(phoneNumberId: string): Promise<NumberSummary | undefined> {
  return withTable((client, name) => getSummary({ client, name }, phoneNumberId, true));
}

function summaryOf({ source, action, outcome, code }: AuditEvent): string {
  return `${source}: ${action}${outcome === 'failed' ? ` failed ${code}` : ''}`;
}

/** How many events the histories of these users hold in all: thousands of users, in less time than over the API. */
export function countEvents(phoneNumberId: string, users: readonly string[]): Promise<number> {
  return withHistory(phoneNumberId, async (history) => {
    let events = 0;
    await mapConcurrent(users, READS_AT_ONCE, async (user) => {
      const { length } = await history(user);
      events += length;
    });
    return events;
  });
}

const READS_AT_ONCE = 50;
/** More lines than any history of a test has. */
const ALL = 1_000;

function withHistory<T>(
  phoneNumberId: string,
  use: (history: (user: string) => Promise<AuditEvent[]>) => Promise<T>,
): Promise<T> {
  return withTable((client, name) => {
    const store = new DynamoBlocklistStore({ client, name }, { auditDays: 730, jobDays: 90, tombstoneDays: 30 });
    return use((user) => store.pageEvents(phoneNumberId, [user], { limit: ALL }));
  });
}

/** The keys of every item of the table that has one of these texts anywhere, also in what is packed. */
export function itemsWith(texts: readonly string[]): Promise<string[]> {
  return withTable(async (client, TableName) => {
    const found: string[] = [];
    for await (const { Items } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
      for (const item of Items ?? []) {
        const whole = JSON.stringify(unmarshall(item), (_, value: unknown) =>
          isPacked(value) ? unpack(Uint8Array.from(Object.values(value))) : value,
        );
        if (texts.some((text) => whole.includes(text))) found.push(`${item.pk?.S} ${item.sk?.S}`);
      }
    }
    return found.sort();
  });
}

/** Bytes that `pack` has made, as JSON has them: by their places. */
function isPacked(value: unknown): value is Record<string, number> {
  return typeof value === 'object' && value !== null && Object(value)[0] === 0x1f && Object(value)[1] === 0x8b;
}

function withCount<T>(use: (count: (pk: string, sk?: string) => Promise<number>) => Promise<T>): Promise<T> {
  return withTable((client, TableName) =>
    use(async (pk, sk) => {
      const query: QueryCommandInput = {
        TableName,
        Select: 'COUNT',
        ConsistentRead: true,
        KeyConditionExpression: sk === undefined ? 'pk = :pk' : 'pk = :pk AND sk = :sk',
        ExpressionAttributeValues: { ':pk': { S: pk }, ...(sk !== undefined && { ':sk': { S: sk } }) },
      };
      return (await client.send(new QueryCommand(query))).Count ?? 0;
    }),
  );
}

async function withTable<T>(use: (client: DynamoDBClient, tableName: string) => Promise<T>): Promise<T> {
  const { endpoint, region, tableName } = place.stack;
  const client = new DynamoDBClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  try {
    return await use(client, tableName);
  } finally {
    client.destroy();
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
