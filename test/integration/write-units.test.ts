import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { GraphClient } from '../../lambdas/adapters/graph/graph-client.ts';
import { forEachProvider } from '../../lambdas/contract/providers.ts';
import { finishJob } from '../../lambdas/core/jobs/finish-job.ts';
import { processChunk } from '../../lambdas/core/jobs/process-chunk.ts';
import { submitChange } from '../../lambdas/core/jobs/submit-change.ts';
import { startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { FakeTokens } from '../support/fake-graph.ts';
import { changeRequest, createWorld, phones } from '../support/world.ts';
import { countWriteUnits } from '../support/write-units.ts';

/** The goal of the design; the rest of a request (operation, size, number) may cost a few units in all. */
const UNITS_PER_USER = 1.05;

const endpoint = inject('dynamodbEndpoint');
const table = { client: localDynamoDb(endpoint), name: `write-units-${process.pid}` };
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
const long = {
  actor: 'arn:aws:sts::111122223333:assumed-role/trust-and-safety-service-production/i-0123456789abcdef0',
  onBehalfOf: 'agent.with.a.long.name@support.example.com',
  reason: 'Repeated abusive messages to several agents, reported twice, see the ticket in the support system',
};

let simulator: Awaited<ReturnType<typeof startGraphSimulator>>;
beforeAll(async () => {
  simulator = await startGraphSimulator();
  await createTable(table.client, table.name);
});
afterAll(() => simulator.stop());

function world(client = localDynamoDb(endpoint)) {
  const own = { client, name: table.name };
  const base = createWorld();
  const tokens = new FakeTokens();
  tokens.replace('EAA-local-simulator-token');
  const graph = new GraphClient({
    version: 'v25.0',
    baseUrls: forEachProvider(() => simulator.url),
    log: base.deps.log,
  });
  const jobs = new DynamoJobStore(own, { ...retention, jobIdleMs: 900_000 });
  const deps = {
    ...base.deps,
    clock: { now: Date.now, sleep: base.clock.sleep, random: Math.random },
    store: new DynamoBlocklistStore(own, retention),
    jobs,
    graph,
    tokens,
    newId: ulid,
  };
  return { deps, counted: countWriteUnits(client) };
}

it('blocks 1,000 users for at most 1.05 write units each', async () => {
  const { deps, counted } = world();
  const change = await submitChange(deps, changeRequest(phones(1000), { phoneNumberId: '1001', ...long }));
  expect(change.kind === 'outcomes' && change.results.filter(({ failure }) => failure)).toEqual([]);
  expect(counted.largestStatementBytes).toBeLessThan(1024);
  expect(counted.units / 1000).toBeGreaterThan(1);
  expect(counted.units / 1000).toBeLessThanOrEqual(UNITS_PER_USER);
});

it('costs twice as much if all users fail, since a refusal is an event of its own', async () => {
  const { deps, counted } = world();
  simulator.control.patchOptions({ invalidNumbers: phones(1000) });
  await submitChange(deps, changeRequest(phones(1000), { phoneNumberId: '1002', ...long }));
  simulator.control.reset();
  expect(counted.largestStatementBytes).toBeLessThan(1024);
  expect(counted.units / 1000).toBeLessThanOrEqual(2 * UNITS_PER_USER);
});

it('costs no more if the same request is repeated, and adds nothing to the history', async () => {
  const first = world();
  const request = changeRequest(phones(1000), { phoneNumberId: '1003', ...long });
  await submitChange(first.deps, request);
  const second = world();
  await submitChange(second.deps, request);
  expect(second.counted.units / 1000).toBeLessThanOrEqual(1.05);
  const events = await first.deps.store.pageEvents('1003', phones(1), { limit: 10 });
  expect(events).toHaveLength(1);
});

it('unblocks for three: the event of the block moves to the history, then the event of the unblock and the item', async () => {
  const { deps, counted } = world();
  await submitChange(deps, changeRequest(phones(1000), { phoneNumberId: '1005', ...long }));
  const blocked = counted.units;
  await submitChange(deps, changeRequest(phones(1000), { phoneNumberId: '1005', action: 'unblock', ...long }));
  expect((counted.units - blocked) / 1000).toBeLessThanOrEqual(3.05);
  expect(await deps.store.pageEvents('1005', phones(1), { limit: 10 })).toHaveLength(2);
});

it('blocks 3,000 users in a job for at most 1.05 write units each', async () => {
  const { deps, counted } = world();
  const change = await submitChange(deps, changeRequest(phones(3000), { phoneNumberId: '1004', ...long }));
  if (change.kind !== 'job') throw new Error('Expected a job');
  const { id: jobId, chunkCount, run } = change.job;
  for (let chunk = 0; chunk < chunkCount; chunk += 1) {
    expect(await processChunk(deps, { jobId, run, chunk })).toEqual({ result: 'done' });
  }
  await finishJob(deps, { jobId, run });
  expect(await deps.jobs.getJob(jobId)).toMatchObject({ status: 'succeeded' });
  expect(counted.units / 3000).toBeLessThanOrEqual(UNITS_PER_USER);
});
