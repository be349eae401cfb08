import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { processChunk } from '../../../lambdas/core/jobs/process-chunk.ts';
import { countedAs } from '../../support/contract-fixtures.ts';
import {
  createTestJob,
  createWorld,
  failChunk,
  finishJob,
  historyOf,
  NUMBER,
  phones,
  runChunk,
  runJob,
  type World,
} from '../../support/world.ts';
import { outcomes, progress, statusOf } from './job-as-answered.ts';
import { attempt } from './job-steps.ts';
import { change, failOnce, MINUTE_MS, reconcile, recordedHistory, size } from './reconciliation-steps.ts';

const AGAIN = { code: 131047, message: 'Re-engagement required', details: 'No message in 24 hours' };
const LIMITED: GraphErrorFields = { kind: 'rate_limited', code: 130429, message: '(#130429) Rate limit hit' };
const DOWN: GraphErrorFields = { kind: 'transient', code: 2, message: 'down', maybeApplied: true };
const BAD_TOKEN: GraphErrorFields = { kind: 'token', code: 190, message: 'expired' };

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

const operations = () => [...world.store.operations.values()].map(({ status }) => status);

describe('a chunk', () => {
  it('whose worker died before it saved a block, and whose repeat Graph refuses, still records the block as its own', async () => {
    const [a = ''] = phones(1);
    const job = await createTestJob(world, [a]);
    failOnce(world, 'appendEvents');
    await expect(processChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 })).rejects.toThrow('DynamoDB is down');
    world.clock.advance(5_000);
    world.graph.failures.set(a, [{ code: 100, message: 'Invalid parameter' }]);
    await runChunk(world, job, 0);
    expect(operations()).toEqual(['uncertain']);
    world.clock.advance(20 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(operations()).toEqual(['resolved']);
    expect(recordedHistory(world, a)).toContain('block job support');
    expect(recordedHistory(world, a).join()).not.toContain('external');
  });

  it.each(['putUsers', 'completeOperation'] as const)(
    'whose worker died before %s, and whose repeat fails temporarily, loses nothing',
    async (step) => {
      const [a = ''] = phones(1);
      const job = await createTestJob(world, [a]);
      failOnce(world, step);
      await expect(processChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 })).rejects.toThrow('DynamoDB is down');
      world.graph.refuse(LIMITED, DOWN);
      await runChunk(world, job, 0);
      expect(historyOf(world, a)).toEqual(['block succeeded']);
      expect(world.store.operations.size).toBe(1);
      expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
    },
  );

  it('that was given up after its users were blocked reports them as blocked', async () => {
    const [a = '', b = ''] = phones(2);
    world.graph.names.set(a, { waId: '541123456789' });
    world.graph.failures.set(b, [AGAIN]);
    const job = await createTestJob(world, [a, b]);
    failOnce(world, 'completeOperation');
    await expect(processChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 })).rejects.toThrow('DynamoDB is down');
    await failChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 });
    expect(await outcomes(world, job)).toEqual([`${a} succeeded`, `${b} 139103`]);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
    expect(historyOf(world, '541123456789')).toEqual(['block succeeded']);
  });

  it('that two workers process at once keeps the outcomes of the one that saves first', async () => {
    const [a = '', b = ''] = phones(2);
    const job = await createTestJob(world, [a, b]);
    world.graph.failures.set(b, [AGAIN, { code: 139103, message: 'Internal error' }]);
    world.graph.meanwhile = async () => {
      await runChunk(world, job, 0);
    };
    await runChunk(world, job, 0);
    expect(await outcomes(world, job)).toEqual([`${a} succeeded`, `${b} 131047`]);
    expect(await progress(world, job)).toMatchObject({ succeeded: 1, failed: 1, remaining: 0 });
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
  });

  it('that two workers process at once is done when one of them has its answer', async () => {
    const job = await createTestJob(world, phones(2));
    const gates: (() => void)[] = [];
    const { changeUsers } = world.graph;
    world.graph.changeUsers = async (...call) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return changeUsers.apply(world.graph, call);
    };
    const attempt = () => processChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 });
    const first = attempt();
    await expect.poll(() => gates.length).toBe(1);
    const second = attempt();
    await expect.poll(() => gates.length).toBe(2);
    gates[0]?.();
    expect(await first).toEqual({ result: 'done' });
    gates[1]?.();
    expect(await second).toEqual({ result: 'requeue', requeueAfterSeconds: 1 });
    expect(await attempt()).toEqual({ result: 'done' });
    expect(world.graph.calls).toHaveLength(2);
    expect(world.store.events.size).toBe(2);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(2));
  });
});

describe('a chunk whose worker died after Graph carried out its request', () => {
  const [A = '', B = '', C = '', D = ''] = phones(4);

  async function dead() {
    const job = await createTestJob(world, [A, B, C, D], { reason: 'spam' });
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    return job;
  }

  /** A reconciliation records that the job blocked the users, and no other application. */
  async function expectFound(): Promise<void> {
    expect(operations()[0]).toBe('uncertain');
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(recordedHistory(world, A).at(-1)).toBe('block job support spam');
  }

  it('leaves its operation uncertain if the job was stopped in between', async () => {
    const job = await dead();
    world.graph.refuse(BAD_TOKEN);
    await runChunk(world, job, 1);
    await runJob(world, job);
    expect(await outcomes(world, job)).toEqual([A, B, C, D].map((user) => `${user} 190`));
    await expectFound();
  });

  it('leaves its operation uncertain if the deadline of the job has passed', async () => {
    const job = await dead();
    world.clock.advance(world.deps.jobDeadlineMs + 1);
    await runJob(world, job);
    await expectFound();
  });

  it('leaves its operation uncertain if Graph refuses its repeat', async () => {
    const job = await dead();
    world.graph.refuse({ kind: 'permanent', code: 100, message: '(#100) Invalid parameter' });
    await runJob(world, job);
    await expectFound();
  });
});

it('a chunk whose worker died after its operation ended is counted by the next reconciliation', async () => {
  const [A = ''] = phones(1);
  await reconcile(world);
  const job = await createTestJob(world, [A], { action: 'unblock' });
  const { completeOperation } = world.store;
  world.store.completeOperation = async (...end) => {
    world.store.completeOperation = completeOperation;
    await completeOperation.apply(world.store, end);
    throw new Error('The answer of DynamoDB was lost');
  };
  await expect(attempt(world, job, 0)).rejects.toThrow('was lost');
  world.graph.failures.set(A, [AGAIN]);
  await change(world, [A], { defer: true });
  expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
  await reconcile(world);
  expect(await world.store.getSummary(NUMBER)).toMatchObject({ size: 0, deferred: 0 });
});

describe('a chunk whose worker died after Graph refused its request', () => {
  it.each(['saveChunk', 'completeOperation'] as const)(
    'before %s counts its users when Graph accepts them',
    async (step) => {
      const job = await createTestJob(world, phones(3));
      world.graph.refuse(LIMITED);
      if (step === 'saveChunk') failSecondSave();
      else failOnce(world, step);
      await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
      expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
      expect(size(world)).toBe(3);
      world.clock.advance(6 * MINUTE_MS);
      await reconcile(world);
      expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
      expect(size(world)).toBe(3);
    },
  );

  function failSecondSave(): void {
    const { saveChunk } = world.jobs;
    let saves = 0;
    world.jobs.saveChunk = (...args) => {
      saves += 1;
      return saves === 2 ? Promise.reject(new Error('DynamoDB is down')) : saveChunk.apply(world.jobs, args);
    };
  }
});

it.each([
  ['converge to what the mirror says', [], ['finished', 'finished']],
  [
    'leave an uncertain operation if Graph refuses the correction',
    [undefined, undefined, BAD_TOKEN],
    ['uncertain', 'finished'],
  ],
])('a chunk and an opposite request that overlap on one user %s', async (_, refusals, statuses) => {
  const [A = '', B = ''] = phones(2);
  const job = await createTestJob(world, [A, B]);
  world.graph.meanwhile = async () => {
    world.clock.advance(1_000);
    await change(world, [A], { action: 'unblock' });
  };
  world.graph.refuse(...refusals);
  expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
  expect(operations()).toEqual(statuses);
  // Refused, it is as Graph has it: the block came last there.
  expect([...world.graph.blocked].sort()).toEqual(refusals.length === 0 ? [B] : [A, B]);
});

describe('the end of a job', () => {
  it('is written once, with its counts', async () => {
    const job = await createTestJob(world, [...phones(2), 'nobody']);
    await runChunk(world, job, 0);
    const ended = world.clock.iso();
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    world.clock.advance(1_000);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await world.jobs.getJob(job.id)).toMatchObject({
      status: 'partially_failed',
      finishedAt: ended,
      progress: {
        users: { total: 3, succeeded: 2, failed: 1, remaining: 0 },
        chunks: { total: 1, done: 1, failed: 0 },
      },
    });
  });

  it('is not held up by a worker that never finishes its chunk; a late answer changes no outcome', async () => {
    const answer = Promise.withResolvers<void>();
    const job = await createTestJob(world, phones(2));
    world.graph.meanwhile = () => answer.promise;
    const late = attempt(world, job, 0);
    await expect.poll(() => world.graph.calls.length).toBe(1);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await statusOf(world, job)).toBe('failed');
    answer.resolve();
    await late;
    expect(await outcomes(world, job)).toEqual(phones(2).map((user) => `${user} 139103`));
    expect(await statusOf(world, job)).toBe('failed');
  });

  it('fails if the job does not exist', async () => {
    await expect(finishJob(world.deps, { jobId: `${NUMBER}-none`, run: 1 })).rejects.toThrow('is missing');
  });
});
