/** A chunk whose operation ended, and which could not be saved: its repeat calls Graph again while others change the same user. */
import { beforeEach, expect, it } from 'vitest';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { createTestJob, createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import { attempt, cancel } from './job-steps.ts';
import {
  change,
  failOnce,
  MINUTE_MS,
  reconcile,
  recordedHistory,
  rightBefore,
  stored,
} from './reconciliation-steps.ts';

const [A = '', B = ''] = phones(2);
const OTHER = 'arn:aws:iam::111122223333:role/fraud';
const LOST = { code: 139103, message: 'No answer', maybeApplied: true };

let world: World;
let job: Job;
beforeEach(async () => {
  world = createWorld();
  await change(world, [A]);
  job = await createTestJob(world, [A], { action: 'unblock' });
  const { saveChunk } = world.jobs;
  world.jobs.saveChunk = async (...args) => {
    if (args[1].status !== 'done') return saveChunk.apply(world.jobs, args);
    world.jobs.saveChunk = saveChunk;
    throw new Error('DynamoDB is down');
  };
  await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
  expect(await open()).toEqual([]);
  world.clock.advance(MINUTE_MS);
});

const open = async () => (await world.store.listOpenOperations(NUMBER)).map(({ status }) => status);
const block = () => change(world, [A], { actor: OTHER });

async function expectNobodyElse(): Promise<void> {
  world.clock.advance(6 * MINUTE_MS);
  await reconcile(world);
  expect(recordedHistory(world, A).join()).not.toContain('external');
  expect(stored(world, A)).toMatchObject({ state: world.graph.blocked.has(A) ? 'blocked' : 'unblocked' });
  expect(await open()).toEqual([]);
}

it('is not missed by a block whose call ended before it, and which is recorded after it', async () => {
  rightBefore(world, 'completeWithRecords', async () => {
    world.clock.advance(1_000);
    await attempt(world, job, 0);
  });
  await block();
  await expectNobodyElse();
});

it('stays uncertain if its answer was lost, so that the unblock is known to be its own', async () => {
  rightBefore(world, 'completeWithRecords', async () => {
    world.graph.failures.set(A, [LOST]);
    world.graph.changedAnyway.add(A);
    await attempt(world, job, 0);
    expect(await open()).toContain('uncertain');
  });
  await block();
  expect(world.graph.blocked).toEqual(new Set());
  await expectNobodyElse();
  expect(recordedHistory(world, A).at(-1)).toBe('unblock job support');
});

it('is in progress again before Graph is called, so that a reconciliation leaves its user alone', async () => {
  await block();
  failOnce(world, 'putUsers');
  await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
  expect(world.graph.blocked).toEqual(new Set());
  expect(await open()).toEqual(['started']);
  world.clock.advance(6 * MINUTE_MS);
  await reconcile(world);
  expect(stored(world, A)).toMatchObject({ state: 'blocked' });
  await attempt(world, job, 0);
  await expectNobodyElse();
  expect(recordedHistory(world, A).at(-1)).toBe('unblock job support');
});

it('ends uncertain if the job stops before its repeat is recorded', async () => {
  await block();
  failOnce(world, 'putUsers');
  await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
  await world.jobs.stopJob(job, { code: 190, message: 'The token was revoked' });
  await attempt(world, job, 0);
  expect(await open()).toEqual(['uncertain']);
  await expectNobodyElse();
  expect(recordedHistory(world, A).at(-1)).toBe('unblock job support');
});

it('keeps all of its users, however often Graph refuses the repeat as too much', async () => {
  await change(world, [A, B]);
  const two = await createTestJob(world, [A, B], { action: 'unblock' });
  // Graph unblocks both, its answer is lost, and so is what the worker writes about that.
  world.graph.meanwhile = async () => {
    world.graph.unblockElsewhere(A, B);
    world.graph.refuse({ kind: 'transient', code: 2, message: 'Bad gateway', maybeApplied: true });
    const { saveChunk } = world.jobs;
    world.jobs.saveChunk = async () => {
      world.jobs.saveChunk = saveChunk;
      throw new Error('DynamoDB is down');
    };
  };
  await expect(attempt(world, two, 0)).rejects.toThrow('DynamoDB is down');
  const tooMuch = { kind: 'rate_limited', code: 130429, message: 'Too much' } as const;
  world.graph.refuse(tooMuch, tooMuch, tooMuch);
  for (let time = 0; time < 3; time += 1) await attempt(world, two, 0);
  expect(world.graph.calls.slice(-3).map(({ ids }) => ids.length)).toEqual([2, 2, 2]);
  await cancel(world, two);
  await attempt(world, two, 0);
  world.clock.advance(6 * MINUTE_MS);
  await reconcile(world);
  for (const user of [A, B]) expect(recordedHistory(world, user).at(-1)).toBe('unblock job support');
});
