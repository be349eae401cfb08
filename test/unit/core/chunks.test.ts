import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { MAX_ATTEMPTS } from '../../../lambdas/core/jobs/chunk-policy.ts';
import { listChunks, newChunk } from '../../../lambdas/core/jobs/chunks.ts';
import {
  createTestJob,
  createWorld,
  failChunk,
  finishJob,
  historyOf,
  phones,
  runChunk,
  runJob,
  type World,
} from '../../support/world.ts';
import { outcomes, progress } from './job-as-answered.ts';

const LIMITED: GraphErrorFields = { kind: 'rate_limited', code: 130429, message: '(#130429) Rate limit hit' };
const DOWN: GraphErrorFields = { kind: 'transient', code: 2, message: 'down', maybeApplied: true };

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

describe('a chunk', () => {
  it('that is processed twice changes nothing the second time', async () => {
    const job = await createTestJob(world, phones(3));
    await runChunk(world, job, 0);
    const events = world.store.events.size;
    await runChunk(world, job, 0);
    expect(world.graph.calls).toHaveLength(1);
    expect([events, world.store.events.size]).toEqual([3, 3]);
  });

  it('sends no more users at once than the provider takes now', async () => {
    world = createWorld({ chunkSize: 10 });
    const job = await createTestJob(world, phones(10));
    world.tokens.current = { ...world.tokens.current, provider: 'splashify', batchLimit: 4 };
    await runChunk(world, job, 0);
    expect(world.graph.calls.map(({ ids }) => ids.length)).toEqual([4, 4, 2]);
  });

  it('retries users whose failure is temporary, and nobody else', async () => {
    const [a = '', b = '', c = ''] = phones(3);
    world.graph.failures.set(b, [{ code: 139103, message: 'Internal error' }]);
    const job = await createTestJob(world, [a, b, c]);
    expect((await runChunk(world, job, 0)).length).toBe(1);
    expect(world.graph.calls.map(({ ids }) => ids)).toEqual([[a, b, c], [b]]);
    expect(await progress(world, job)).toMatchObject({ succeeded: 3, remaining: 0 });
  });

  it('gives up a user whose failure persists, with its code', async () => {
    const [a = ''] = phones(1);
    world.graph.failures.set(
      a,
      Array.from({ length: 99 }, () => ({ code: 139103, message: 'Internal error' })),
    );
    const job = await createTestJob(world, [a]);
    await runChunk(world, job, 0);
    expect(world.graph.calls).toHaveLength(MAX_ATTEMPTS);
    expect(await outcomes(world, job)).toEqual([`${a} 139103`]);
    expect(historyOf(world, a)).toEqual(['block failed 139103']);
  });

  it('waits as long as Graph asks, and does not halve its batch for that', async () => {
    const named = { ...LIMITED, retryAfterSeconds: 120 };
    world.graph.refuse(named, named, named);
    const job = await createTestJob(world, phones(3));
    expect(await runChunk(world, job, 0)).toEqual([120, 120, 120]);
    expect(world.graph.calls.every(({ ids }) => ids.length === 3)).toBe(true);
  });

  it('halves the batch if 130429 repeats, and never sends the same batch forever', async () => {
    world = createWorld({ chunkSize: 8 });
    world.graph.refuse(LIMITED, LIMITED, LIMITED);
    const job = await createTestJob(world, phones(8));
    await runChunk(world, job, 0);
    expect(world.graph.calls.map(({ ids }) => ids.length)).toEqual([8, 8, 4, 2, 2, 2, 2]);
    expect(await progress(world, job)).toMatchObject({ succeeded: 8, remaining: 0 });
    expect(world.store.events.size).toBe(8);
  });

  it('waits longer each time, up to a bound, then gives up with the code that it saw last', async () => {
    world.graph.refuse(...Array.from({ length: 99 }, () => DOWN));
    const job = await createTestJob(world, phones(2));
    const waits = await runChunk(world, job, 0);
    expect(waits).toHaveLength(MAX_ATTEMPTS - 1);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(Math.max(...waits)).toBeLessThanOrEqual(300);
    expect(await outcomes(world, job)).toEqual(phones(2).map((user) => `${user} 2`));
    expect(await progress(world, job)).toMatchObject({ failed: 2, remaining: 0, chunks: { failed: 1 } });
  });

  it('leaves each operation uncertain that Graph may have carried out', async () => {
    world.graph.refuse(DOWN, LIMITED, DOWN);
    const job = await createTestJob(world, phones(1));
    await runChunk(world, job, 0);
    const statuses = [...world.store.operations.values()].map(({ status }) => status);
    expect(statuses).toEqual(['uncertain', 'failed', 'uncertain', 'finished']);
  });

  it('waits until the deadline of the job at most, and then gives up', async () => {
    world.graph.refuse({ ...LIMITED, retryAfterSeconds: 7 * 60 * 60 });
    const job = await createTestJob(world, phones(1));
    expect(await runChunk(world, job, 0)).toEqual([6 * 60 * 60 + 1]);
    expect(world.graph.calls).toHaveLength(1);
    expect(await outcomes(world, job)).toEqual([`${phones(1)[0]} 130429`]);
  });

  it('that cannot be processed does not stop the other chunks', async () => {
    world.graph.refuse({ kind: 'permanent', code: 100, message: '(#100) Invalid parameter' });
    const job = await createTestJob(world, phones(6));
    expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed' });
    expect(await progress(world, job)).toMatchObject({ succeeded: 3, failed: 3, chunks: { done: 1, failed: 1 } });
  });

  it('that crashes every time is given up, with an outcome for each user', async () => {
    const job = await createTestJob(world, phones(6));
    await runChunk(world, job, 0);
    await failChunk(world.deps, { jobId: job.id, run: 1, chunk: 1 });
    await failChunk(world.deps, { jobId: job.id, run: 1, chunk: 1 });
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await world.jobs.getJob(job.id)).toMatchObject({ status: 'partially_failed' });
    expect(await progress(world, job)).toMatchObject({ succeeded: 3, failed: 3, remaining: 0, chunks: { failed: 1 } });
  });
});

describe('the chunks of a job', () => {
  it('are in their order, however the keys of a store sort', async () => {
    const inOrder = [0, 1, 2, 1_000, 1_001, 9_999, 10_000, 10_001];
    const byKey = inOrder
      .map((index) => newChunk(index, [], 1))
      .sort((one, other) => (`${one.index}` < `${other.index}` ? -1 : 1));
    const job = await createTestJob(world, phones(3));
    const listed = await listChunks({ listChunks: async () => byKey }, job);
    expect(listed.map(({ index }) => index)).toEqual(inOrder);
  });
});
