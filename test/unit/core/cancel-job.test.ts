import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import {
  ACTOR,
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
import { attempt, cancel, watchCounts } from './job-steps.ts';
import { failOnce } from './reconciliation-steps.ts';

const [A = '', B = '', C = ''] = phones(3);
const PASSING = { code: 139103, message: 'Internal error' };
const LIMITED: GraphErrorFields = { kind: 'rate_limited', code: 130429, message: 'slow down' };

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

const recorded = () => [...world.store.events.values()].map(({ user }) => user);
const operations = () => [...world.store.operations.values()].map(({ status }) => status);

async function messages(job: Job): Promise<(string | undefined)[]> {
  const { users } = await listJobUsers(world.jobs, job, { limit: 1000 });
  return users.map(({ message }) => message);
}

describe('a job that is cancelled', () => {
  it('before it began sends no user, ends at once, and leaves no history', async () => {
    const job = await createTestJob(world, [...phones(4), 'nobody']);
    const counts = watchCounts(world, job);
    expect(await cancel(world, job)).toMatchObject({
      status: 'cancelled',
      cancelledAt: world.clock.iso(),
      activity: [{ verb: 'cancelled', at: world.clock.iso(), actor: ACTOR }],
      finishedAt: world.clock.iso(),
    });
    expect(counts.writes).toBeGreaterThan(2);
    expect(await progress(world, job)).toMatchObject({ total: 5, succeeded: 0, failed: 5, remaining: 0 });
    expect(await outcomes(world, job)).toEqual([...phones(4).map((user) => `${user} 139100`), 'nobody 100']);
    expect((await messages(job))[0]).toBe('The job was cancelled before this user was sent');
    // The workflow starts late.
    expect(await runJob(world, job)).toMatchObject({ status: 'cancelled' });
    expect(world.graph.calls).toEqual([]);
    expect([recorded(), operations()]).toEqual([[], []]);
  });

  it('halfway keeps the outcomes so far', async () => {
    const job = await createTestJob(world, phones(9));
    await runChunk(world, job, 1);
    watchCounts(world, job);
    expect(await cancel(world, job)).toMatchObject({ status: 'cancelled' });
    expect(await progress(world, job)).toMatchObject({
      succeeded: 3,
      failed: 6,
      remaining: 0,
      chunks: { done: 1, failed: 2 },
    });
    expect(recorded()).toEqual(phones(9).slice(3, 6));
    expect((await world.store.getSummary(NUMBER))?.size).toBe(3);
  });

  it('in the middle of a chunk keeps the outcomes so far of that chunk', async () => {
    world.tokens.current = { ...world.tokens.current, batchLimit: 1 };
    const job = await createTestJob(world, [A, B, C]);
    await attempt(world, job, 0);
    expect(await cancel(world, job)).toMatchObject({ status: 'cancelled' });
    expect(await outcomes(world, job)).toEqual([`${A} succeeded`, `${B} 139100`, `${C} 139100`]);
    expect(recorded()).toEqual([A]);
  });

  it('does not wait for a chunk that waits for Graph, perhaps for an hour', async () => {
    world.graph.refuse({ ...LIMITED, retryAfterSeconds: 3_600 });
    const job = await createTestJob(world, [A]);
    expect(await attempt(world, job, 0)).toEqual({ result: 'requeue', requeueAfterSeconds: 3_600 });
    expect(await cancel(world, job)).toMatchObject({ status: 'cancelled' });
    world.clock.advance(3_600_000);
    expect(await attempt(world, job, 0)).toEqual({ result: 'done' });
    expect(world.graph.calls).toHaveLength(1);
  });

  it('twice, is cancelled once', async () => {
    const job = await createTestJob(world, [A]);
    const first = await cancel(world, job, 'ana');
    world.clock.advance(1_000);
    expect(await cancel(world, job, 'ben')).toEqual(first);
  });

  it('twice, the second time because the first broke off, ends', async () => {
    const job = await createTestJob(world, phones(30));
    const { saveChunk } = world.jobs;
    let saves = 0;
    world.jobs.saveChunk = (...args) => {
      saves += 1;
      return saves > 3 ? Promise.reject(new Error('DynamoDB is down')) : saveChunk.apply(world.jobs, args);
    };
    await expect(cancel(world, job, 'ana')).rejects.toThrow('DynamoDB is down');
    world.jobs.saveChunk = saveChunk;
    expect(await cancel(world, job, 'ben')).toMatchObject({ status: 'cancelled', activity: [{ actor: 'ana' }] });
    expect(await progress(world, job)).toMatchObject({ failed: 30, remaining: 0 });
  });

  it('after its end stays as it is', async () => {
    const job = await createTestJob(world, [A]);
    const ended = await runJob(world, job);
    expect(await cancel(world, job)).toEqual(ended);
    expect(ended).toMatchObject({ status: 'succeeded' });
  });

  it('and does not exist: 404', async () => {
    await expect(cancel(world, { id: `${NUMBER}-none` })).rejects.toMatchObject({ status: 404 });
  });
});

describe('a request that is in progress when its job is cancelled', () => {
  it('finishes, with its outcomes; the other chunks are cancelled', async () => {
    const job = await createTestJob(world, phones(6));
    world.graph.meanwhile = async () => {
      expect(await cancel(world, job)).toMatchObject({ status: 'running', activity: [{ actor: ACTOR }] });
    };
    await runChunk(world, job, 0);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await statusOf(world, job)).toBe('cancelled');
    expect(await progress(world, job)).toMatchObject({ succeeded: 3, failed: 3, remaining: 0 });
    expect(recorded()).toEqual(phones(3));
    expect((await world.store.getSummary(NUMBER))?.size).toBe(3);
  });

  it('leaves the job succeeded if it was the last request', async () => {
    const job = await createTestJob(world, [A, B]);
    world.graph.meanwhile = async () => void (await cancel(world, job));
    expect(await runJob(world, job)).toMatchObject({ status: 'succeeded', activity: [{ actor: ACTOR }] });
  });

  it('retries no user, even if their failure is temporary', async () => {
    world.graph.failures.set(B, [PASSING]);
    const job = await createTestJob(world, [A, B]);
    world.graph.meanwhile = async () => void (await cancel(world, job));
    expect(await runJob(world, job)).toMatchObject({ status: 'cancelled' });
    expect(await outcomes(world, job)).toEqual([`${A} succeeded`, `${B} 139100`]);
    expect(world.graph.calls).toHaveLength(1);
    expect(historyOf(world, B)).toEqual([]);
  });

  it('ends its chunk at once, even if Graph asks to wait for an hour', async () => {
    const job = await createTestJob(world, phones(3));
    world.graph.meanwhile = async () => void (await cancel(world, job));
    world.graph.refuse({ ...LIMITED, retryAfterSeconds: 3_600 });
    expect(await attempt(world, job, 0)).toEqual({ result: 'requeue', requeueAfterSeconds: 1 });
    await runJob(world, job);
    expect(await statusOf(world, job)).toBe('cancelled');
  });

  it('is not sent if the job was cancelled after its chunk was read', async () => {
    const job = await createTestJob(world, [A]);
    const gate = Promise.withResolvers<void>();
    const { credentials } = world.tokens;
    world.tokens.credentials = async () => {
      await gate.promise;
      return credentials.call(world.tokens);
    };
    const late = attempt(world, job, 0);
    await expect.poll(() => statusOf(world, job)).toBe('running');
    expect(await cancel(world, job)).toMatchObject({ status: 'cancelled' });
    gate.resolve();
    expect(await late).toEqual({ result: 'requeue', requeueAfterSeconds: 1 });
    expect(await attempt(world, job, 0)).toEqual({ result: 'done' });
    expect(world.graph.calls).toEqual([]);
  });

  it.each(['before', 'after'])(
    'and began right %s the cancellation looked at its chunk, keeps its outcome',
    async (when) => {
      const answer = Promise.withResolvers<void>();
      const job = await createTestJob(world, [A]);
      const { loadChunks } = world.jobs;
      let late: Promise<unknown> | undefined;
      world.jobs.loadChunks = async (...args) => {
        const loaded = await loadChunks.apply(world.jobs, args);
        const { getJob } = world.jobs;
        // The worker has read the job before it was cancelled.
        world.jobs.getJob = async () => job;
        world.graph.meanwhile = () => answer.promise;
        late = attempt(world, job, 0);
        await expect.poll(() => world.graph.calls.length).toBe(1);
        world.jobs.getJob = getJob;
        return when === 'after' ? loaded : loadChunks.apply(world.jobs, args);
      };
      expect(await cancel(world, job)).toMatchObject({ status: 'running' });
      world.jobs.loadChunks = loadChunks;
      answer.resolve();
      expect(await late).toEqual({ result: 'done' });
      await finishJob(world.deps, { jobId: job.id, run: 1 });
      expect(await statusOf(world, job)).toBe('succeeded');
      expect(await outcomes(world, job)).toEqual([`${A} succeeded`]);
    },
  );
});

describe('a request that died before its job was cancelled', () => {
  it('is uncertain: the outcomes of its users say so, and its number is reconciled', async () => {
    const job = await createTestJob(world, [A, B]);
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    // Somebody may still be at it.
    expect(await cancel(world, job)).toMatchObject({ status: 'running' });
    expect(await runJob(world, job)).toMatchObject({ status: 'cancelled' });
    expect(await outcomes(world, job)).toEqual([`${A} 139100`, `${B} 139100`]);
    expect((await messages(job))[0]).toContain('may or may not');
    expect(operations()).toEqual(['uncertain']);
    expect(historyOf(world, A)).toEqual(['block failed 139100']);
    expect(world.graph.calls).toHaveLength(1);
  });

  it('does not make users of its chunk uncertain who were never sent', async () => {
    world.graph.refuse(LIMITED, LIMITED);
    const job = await createTestJob(world, [A, B, C]);
    await attempt(world, job, 0);
    await attempt(world, job, 0);
    // The batch was halved: A and B were sent.
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    await cancel(world, job);
    await runJob(world, job);
    expect(await outcomes(world, job)).toEqual([`${A} 139100`, `${B} 139100`, `${C} 139100`]);
    expect(recorded()).toEqual([A, B]);
    expect((await messages(job)).map((message) => message?.includes('may or may not'))).toEqual([true, true, false]);
  });

  it('has succeeded if its success was recorded, and then no user is cancelled', async () => {
    const job = await createTestJob(world, [A, B]);
    failOnce(world, 'completeOperation');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    await cancel(world, job);
    expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
    expect(await progress(world, job)).toMatchObject({ succeeded: 2, failed: 0, chunks: { done: 1, failed: 0 } });
    expect((await world.store.getSummary(NUMBER))?.size).toBe(2);
  });
});

describe('a cancelled job whose workflow breaks', () => {
  beforeEach(() => {
    // The cancellation itself got no further than saying so.
    world.jobs.loadChunks = () => Promise.reject(new Error('DynamoDB is down'));
  });

  it.each([
    ['a chunk is given up', (job: Job) => failChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 })],
    ['the job is ended', async () => {}],
  ])('does not make users uncertain who were never sent when %s', async (_, step) => {
    const job = await createTestJob(world, [A, B]);
    await expect(cancel(world, job)).rejects.toThrow('DynamoDB is down');
    await step(job);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await statusOf(world, job)).toBe('cancelled');
    expect([recorded(), operations()]).toEqual([[], []]);
  });
});
