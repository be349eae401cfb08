import { ulid } from 'ulid';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Control, startDynamoDbEmulator } from '../../bench/dynamodb-emulator/server.ts';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { finishJob } from '../../lambdas/core/jobs/finish-job.ts';
import { processChunk } from '../../lambdas/core/jobs/process-chunk.ts';
import { revertJob } from '../../lambdas/core/jobs/revert-job.ts';
import { submitChange } from '../../lambdas/core/jobs/submit-change.ts';
import { localDynamoDb } from '../support/dynamodb-table.ts';
import { changeRequest, createWorld, phones } from '../support/world.ts';

/** How often DynamoDB is called, and how much is sent to it: what a request takes that is not Graph's time, on any machine. */
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
const requester = {
  actor: 'arn:aws:sts::111122223333:assumed-role/support/i-0123456789abcdef0',
  onBehalfOf: 'ana@support',
  reason: 'Threatened an agent, ticket 48213',
};

let emulator: Awaited<ReturnType<typeof startDynamoDbEmulator>>;
/** Sets the emulator, and gives what was counted until now. */
const counts = (set?: Control) => emulator.control(set);
beforeAll(async () => {
  emulator = await startDynamoDbEmulator(0);
});
afterAll(() => emulator.stop());

/** A container that has been used before. */
async function warm() {
  const table = { client: localDynamoDb(emulator.url), name: 'calls' };
  const { deps, clock } = createWorld();
  const own = {
    ...deps,
    clock: { now: Date.now, sleep: clock.sleep, random: Math.random },
    store: new DynamoBlocklistStore(table, retention),
    jobs: new DynamoJobStore(table, { ...retention, jobIdleMs: 900_000 }),
    newId: ulid,
  };
  await submitChange(own, changeRequest(phones(1, 4_915_120_000_000), requester));
  await counts({ resetCounts: true });
  return own;
}

beforeEach(() => counts({ clear: true }));

it('one user: three calls before Graph answers, and one after', async () => {
  await submitChange(await warm(), changeRequest(phones(1), requester));
  expect((await counts()).calls).toEqual({
    GetItem: 1,
    PutItem: 1,
    BatchGetItem: 1,
    TransactWriteItems: 1,
  });
});

it('1,000 users: ten reads of a hundred, forty writes of twenty-five, and 900 bytes a user', async () => {
  await submitChange(await warm(), changeRequest(phones(1_000), requester));
  const { calls, bytesIn } = await counts();
  expect(calls).toEqual({
    GetItem: 1,
    PutItem: 1,
    BatchGetItem: 10,
    BatchExecuteStatement: 40,
    TransactWriteItems: 1,
  });
  expect(bytesIn / 1_000).toBeLessThan(900);
});

it('a job: a chunk of 1,000 takes 57 calls', async () => {
  const deps = await warm();
  const change = await submitChange(deps, changeRequest(phones(3_000), requester));
  if (change.kind !== 'job') throw new Error('Expected a job');
  const { id: jobId, chunkCount, run } = change.job;
  const chunk = (index: number) => processChunk(deps, { jobId, run, chunk: index });
  // The first one also marks the job as running.
  await chunk(0);
  await counts({ resetCounts: true });
  await chunk(1);
  const { calls } = await counts();
  expect(calls).toMatchObject({ BatchGetItem: 11, BatchExecuteStatement: 40 });
  expect(Object.values(calls).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(57);
  for (let index = 2; index < chunkCount; index += 1) await chunk(index);
  await finishJob(deps, { jobId, run });
  expect(await deps.jobs.getJob(jobId)).toMatchObject({ status: 'succeeded' });

  // A read of each user, two items of each chunk, and nothing for the same revert again.
  await counts({ resetCounts: true });
  const again = () => revertJob({ ...deps, tombstoneDays: 30 }, { id: jobId, actor: requester.actor });
  const revert = await again();
  expect(revert).toMatchObject({ total: 3_000, chunkCount: 3 });
  expect((await counts({ resetCounts: true })).calls).toEqual({
    GetItem: 1,
    Query: 3,
    BatchGetItem: 31,
    BatchWriteItem: 1,
    TransactWriteItems: 1,
  });
  expect(await again()).toEqual(revert);
  expect((await counts({ resetCounts: true })).calls).toEqual({ GetItem: 2 });

  // The chunk of a revert reads its users before it sends them, not during the call.
  const undo = (index: number) => processChunk(deps, { jobId: revert.id, run: 1, chunk: index });
  await undo(0);
  await counts({ resetCounts: true });
  await undo(1);
  expect((await counts()).calls).toMatchObject({ BatchGetItem: 11, BatchExecuteStatement: 40, BatchWriteItem: 80 });
});
