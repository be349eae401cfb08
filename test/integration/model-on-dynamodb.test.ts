import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { DynamoEventOutbox } from '../../lambdas/adapters/dynamo/outbox-store.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/loopback.ts';
import { type GraphSimulator, startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { sequences } from '../model/commands.ts';
import type { Backing, StoreFaults } from '../model/faulty-stores.ts';
import { brokenInvariants } from '../model/invariants.ts';
import { ModelService } from '../model/service.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { injectFaults } from '../support/faulty-dynamodb.ts';
import { JOB_IDLE_MS } from '../support/in-memory-store.ts';

/** Sequences on the real adapters: each takes a second or two here, and a few milliseconds in memory (`test/model`). */
const RUNS = 10;
/** Probability that a call of DynamoDB fails in one way or another. */
const FAULTS = 0.02;

let simulator: GraphSimulator;
beforeAll(async () => {
  simulator = await startGraphSimulator();
});
afterAll(() => simulator.stop());

it('the model of the service holds on DynamoDB, with throttling, unprocessed items and lost answers', async () => {
  await fc.assert(
    fc.asyncProperty(sequences, async (sequence) => {
      const name = `model-${randomUUID()}`;
      await createTable(localDynamoDb(inject('dynamodbEndpoint')), name);
      const service = new ModelService(simulator, { ...sequence, storeFaults: FAULTS }, (faults) =>
        onDynamoDb(name, faults),
      );
      await service.run();
      expect(await brokenInvariants(service)).toEqual([]);
    }),
    // The same sequences each time, as in the model. No shrinking: the model finds a failure again much faster.
    { numRuns: RUNS, seed: 20_261_122, endOnFailure: true },
  );
  // Thousands of calls, and MiniStack has one core for all the files that run beside this one.
}, 300_000);

function onDynamoDb(name: string, faults: StoreFaults): Backing {
  const client = new DynamoDBClient({
    endpoint: inject('dynamodbEndpoint'),
    region: 'us-east-1',
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 2,
  });
  injectFaults(client, faults);
  const table = { client, name };
  return {
    store: new DynamoBlocklistStore(table, { auditDays: 730, jobDays: 90, tombstoneDays: 30 }),
    jobs: new DynamoJobStore(table, { jobDays: 90, auditDays: 400, jobIdleMs: JOB_IDLE_MS }),
    outbox: new DynamoEventOutbox(table),
    call: (_name, args, run) => run(args),
  };
}
