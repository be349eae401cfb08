import { beforeAll, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import type { AuditEvent } from '../../lambdas/core/blocklist/mirror.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { freshNumber, mirrorUser, storeContract } from '../support/store-contract.ts';

const table = { client: localDynamoDb(inject('dynamodbEndpoint')), name: `contract-${process.pid}` };
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };

beforeAll(() => createTable(table.client, table.name));

storeContract('DynamoDB', () => ({
  store: new DynamoBlocklistStore(table, retention),
  jobs: new DynamoJobStore(table, retention),
}));

const open = () => new DynamoBlocklistStore(table, retention);

it('gives a whole page of history though a query of DynamoDB ends at 1 MB', async () => {
  const number = freshNumber();
  const store = open();
  const events = Array.from({ length: 900 }, (_, index): AuditEvent => {
    const at = new Date(Date.parse('2026-11-01T00:00:00.000Z') + index * 1000).toISOString();
    const reason = '話'.repeat(256);
    return {
      user: '16505550001',
      at,
      operationId: `op-${index}`,
      action: 'block',
      outcome: 'succeeded',
      actor: 'a'.repeat(600),
      reason,
      source: 'api',
    };
  });
  await store.appendEvents(number, events);
  expect(await store.pageEvents(number, ['16505550001'], { limit: 850 })).toHaveLength(850);
});

it('finds the few who are blocked among many who no longer are in a bounded number of reads', async () => {
  const number = freshNumber();
  const gone = Array.from({ length: 3_000 }, (_, index) =>
    mirrorUser(`1650555${String(index).padStart(4, '0')}`, { state: 'unblocked' }),
  );
  const last = mirrorUser('16505559999');
  await open().putUsers(
    number,
    [...gone, last].map((next) => ({ id: next.user, prior: undefined, next })),
  );
  const client = localDynamoDb(inject('dynamodbEndpoint'));
  let queries = 0;
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'QueryCommand') queries += 1;
      return next(args);
    },
    { step: 'initialize' },
  );
  const store = new DynamoBlocklistStore({ ...table, client }, retention);
  const page = await store.pageBlocked(number, { limit: 1 });
  expect(page.users.map(({ user }) => user)).toEqual([last.user]);
  expect(queries).toBeLessThan(16 * 8);
});
