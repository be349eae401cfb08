import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { processChunk } from '../../../lambdas/core/jobs/process-chunk.ts';
import { failLaneChunk, type LaneDeps, type LaneInput, processLane } from '../../../lambdas/core/jobs/process-lane.ts';
import { createTestJob, createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import { cancel } from './job-steps.ts';

const USERS = phones(6);
const RATE_LIMITED = {
  kind: 'rate_limited',
  code: 80007,
  message: 'Too many calls',
  retryAfterSeconds: 2_400,
} as const;

let world: World;
let job: Job;
/** Three chunks of two users. */
beforeEach(async () => {
  world = createWorld({ chunkSize: 2 });
  job = await createTestJob(world, USERS);
});

function pass(input: Partial<LaneInput> = {}, deps: Partial<LaneDeps> = {}) {
  const attempt: LaneDeps['attempt'] = (graph, one) => processChunk({ ...world.deps, graph }, one);
  return processLane(
    { ...world.deps, attempt, laneBudgetMs: 120_000, ...deps },
    { jobId: job.id, run: job.run, chunk: 0, lanes: 1, ...input },
  );
}

const sent = () => world.graph.calls.map(({ ids }) => ids);
const chunkOf = (index: number) => USERS.slice(2 * index, 2 * index + 2);
const statuses = async () => (await world.jobs.listChunks(job.id)).map(({ status }) => status);
/** Everything that can happen without what a test holds back. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Holds back the end of the next call of a method of the store. */
function holdBack(method: 'putUsers' | 'appendEvents'): () => void {
  const real: (...args: never[]) => Promise<unknown> = world.store[method];
  const held = Promise.withResolvers<void>();
  Object.assign(world.store, {
    [method]: async (...args: never[]) => {
      Object.assign(world.store, { [method]: real });
      await held.promise;
      return real.apply(world.store, args);
    },
  });
  return held.resolve;
}

function failsAlways(method: 'putUsers', users: readonly string[]): void {
  const real = world.store[method];
  world.store[method] = async (...args) => {
    if (args[1].some(({ id }) => users.includes(id))) throw new Error('DynamoDB is down');
    return real.apply(world.store, args);
  };
}

describe('a pass over a lane', () => {
  it('carries out all of its chunks, in their order, and no other', async () => {
    expect(await pass({ chunk: 0, lanes: 2 })).toEqual({ result: 'done' });
    expect(sent()).toEqual([chunkOf(0), chunkOf(2)]);
    expect(await statuses()).toEqual(['done', 'pending', 'done']);
    expect(await pass({ chunk: 1, lanes: 2 })).toEqual({ result: 'done' });
    expect(await pass({ chunk: 0, lanes: 2 })).toEqual({ result: 'done' });
    expect(sent()).toHaveLength(3);
  });

  it('sends the next chunk while the last one is recorded, and at most two are in progress', async () => {
    const release = holdBack('putUsers');
    const ended = pass();
    await settled();
    expect(sent()).toEqual([chunkOf(0), chunkOf(1)]);
    expect(await statuses()).toEqual(['running', 'done', 'pending']);
    release();
    expect(await ended).toEqual({ result: 'done' });
    expect(sent()).toHaveLength(3);
  });

  it('records what Graph answered once the next request is sent, and the last answer at once', async () => {
    const steps: string[] = [];
    const { putUsers } = world.store;
    world.store.putUsers = (...args) => {
      steps.push(`recorded ${args[1].map(({ id }) => id)}`);
      return putUsers.apply(world.store, args);
    };
    const changeUsers: LaneDeps['graph']['changeUsers'] = async (...args) => {
      steps.push(`sent ${args[2].map(({ id }) => id)}`);
      await settled();
      return world.graph.changeUsers(...args);
    };
    expect(await pass({}, { graph: { changeUsers } })).toEqual({ result: 'done' });
    const [first, second, third] = [chunkOf(0), chunkOf(1), chunkOf(2)];
    const records = [`recorded ${second}`, `recorded ${third}`];
    expect(steps).toEqual([`sent ${first}`, `sent ${second}`, `recorded ${first}`, `sent ${third}`, ...records]);
  });

  it('reads the next chunk while Graph works on one, and again if somebody changed it meanwhile', async () => {
    const { loadChunk } = world.jobs;
    const loaded: number[] = [];
    world.jobs.loadChunk = (...args) => {
      loaded.push(args[1]);
      return loadChunk.apply(world.jobs, args);
    };
    let isFirst = true;
    const changeUsers: LaneDeps['graph']['changeUsers'] = async (...args) => {
      await settled();
      if (isFirst) {
        expect(loaded).toContain(1);
        const { chunk } = await loadChunk.call(world.jobs, job.id, 1);
        await world.jobs.saveChunk(job.id, { ...chunk, attempts: 1, revision: chunk.revision + 1 });
      }
      isFirst = false;
      return world.graph.changeUsers(...args);
    };
    expect(await pass({}, { graph: { changeUsers } })).toEqual({ result: 'done' });
    expect(sent()).toEqual([chunkOf(0), chunkOf(1), chunkOf(2)]);
    expect(await statuses()).toEqual(['done', 'done', 'done']);
  });

  it('has one call to Graph in progress at a time', async () => {
    let calls = 0;
    let most = 0;
    const changeUsers: LaneDeps['graph']['changeUsers'] = async (...args) => {
      calls += 1;
      most = Math.max(most, calls);
      await settled();
      calls -= 1;
      return world.graph.changeUsers(...args);
    };
    expect(await pass({}, { graph: { changeUsers } })).toEqual({ result: 'done' });
    expect([most, sent().length]).toEqual([1, 3]);
  });

  it('waits as a whole if Graph asks to, and goes on where it was', async () => {
    world.graph.refuse(undefined, RATE_LIMITED);
    expect(await pass()).toEqual({ result: 'requeue', requeueAfterSeconds: 2_400 });
    expect(sent()).toEqual([chunkOf(0), chunkOf(1)]);
    expect(await statuses()).toEqual(['done', 'running', 'pending']);
    expect(await pass()).toEqual({ result: 'done' });
    expect(sent()).toEqual([chunkOf(0), chunkOf(1), chunkOf(1), chunkOf(2)]);
  });

  it('ends with the time that it has, and asks to be called again at once', async () => {
    world.graph.meanwhile = async () => world.clock.advance(1_000);
    expect(await pass({}, { laneBudgetMs: 1_000 })).toEqual({ result: 'requeue', requeueAfterSeconds: 1 });
    expect(await statuses()).toEqual(['done', 'pending', 'pending']);
  });

  it('sends no further chunk of a job that was cancelled meanwhile', async () => {
    world.graph.meanwhile = async () => void (await cancel(world, job));
    expect(await pass()).toEqual({ result: 'done' });
    expect(sent()).toEqual([chunkOf(0)]);
    expect(await statuses()).toEqual(['done', 'cancelled', 'cancelled']);
  });

  it('does nothing for another run of the job, or when it has ended', async () => {
    expect(await pass({ run: 2 })).toEqual({ result: 'done' });
    expect(sent()).toEqual([]);
    await expect(pass({ jobId: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXY` })).rejects.toThrow('is missing');
  });
});

describe('a chunk that cannot be recorded', () => {
  beforeEach(() => failsAlways('putUsers', chunkOf(0)));

  it('lets the chunk that was begun end, begins no other, and fails the pass', async () => {
    await expect(pass()).rejects.toThrow('DynamoDB is down');
    expect(sent()).toEqual([chunkOf(0), chunkOf(1)]);
    expect(await statuses()).toEqual(['running', 'done', 'pending']);
  });

  it('is repeated alone, under the same operation', async () => {
    await expect(pass()).rejects.toThrow('DynamoDB is down');
    await expect(pass()).rejects.toThrow('DynamoDB is down');
    expect(sent()).toEqual([chunkOf(0), chunkOf(1), chunkOf(0)]);
    expect(world.store.operations.size).toBe(2);
  });

  it('is failed alone, and the lane goes on', async () => {
    await expect(pass()).rejects.toThrow('DynamoDB is down');
    await failLaneChunk(world.deps, { jobId: job.id, run: 1, chunk: 0, lanes: 1 }).catch(() => undefined);
    // It can be written off once its users can be recorded.
    Reflect.deleteProperty(world.store, 'putUsers');
    await failLaneChunk(world.deps, { jobId: job.id, run: 1, chunk: 0, lanes: 1 });
    expect(await statuses()).toEqual(['failed', 'done', 'pending']);
    expect(await pass()).toEqual({ result: 'done' });
    expect(await statuses()).toEqual(['failed', 'done', 'done']);
    await failLaneChunk(world.deps, { jobId: job.id, run: 1, chunk: 0, lanes: 1 });
    expect(await statuses()).toEqual(['failed', 'done', 'done']);
  });
});
