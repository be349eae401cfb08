import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { SweepError, sweep } from '../../../lambdas/core/scheduled/sweep.ts';
import {
  createTestJob,
  createWorld,
  finishJob,
  historyOf,
  NUMBER,
  phones,
  runChunk,
  runJob,
  type World,
} from '../../support/world.ts';
import { outcomes, progress, statusOf } from './job-as-answered.ts';
import { attempt, cancel } from './job-steps.ts';
import { failOnce } from './reconciliation-steps.ts';

const MINUTE_MS = 60_000;
const NONE = { healthy: 0, started: 0, resumed: 0, ended: 0 };

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

/** A sweep, a quarter of an hour after the last step. */
async function sweepLater() {
  world.clock.advance(15 * MINUTE_MS);
  return sweep(world.deps);
}

/** The execution of a job ended: by itself, or because it broke. */
const end = ({ id }: Pick<Job, 'id'>, execution = 1) => void world.workflow.ended.add(`${id}/${execution}`);
const executionsOf = ({ id }: Pick<Job, 'id'>) =>
  world.started.filter((name) => name.startsWith(id)).map((name) => name.slice(id.length));

describe('a job', () => {
  it('that was stored and never started is started', async () => {
    world.workflow.faults.push(new Error('Step Functions is down'));
    const job = await createTestJob(world, phones(3));
    expect(await sweepLater()).toEqual({ numbers: 0, jobs: { ...NONE, started: 1 }, events: 0 });
    expect(executionsOf(job)).toEqual(['/1']);
    expect(world.logged.at(-1)).toBe('stalled job recovered');
    expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
  });

  it('that is young is left alone', async () => {
    world.workflow.faults.push(new Error('Step Functions is down'));
    await createTestJob(world, phones(3));
    world.clock.advance(14 * MINUTE_MS);
    expect(await sweep(world.deps)).toEqual({ numbers: 0, jobs: NONE, events: 0 });
  });

  it('that is in progress is left alone, and checked again later', async () => {
    const job = await createTestJob(world, phones(3));
    expect((await sweepLater()).jobs).toEqual({ ...NONE, healthy: 1 });
    expect(world.logged).toEqual(['job started']);
    expect((await sweep(world.deps)).jobs).toEqual(NONE);
    expect((await sweepLater()).jobs).toEqual({ ...NONE, healthy: 1 });
    expect(executionsOf(job)).toEqual(['/1']);
  });

  it('that ended is not recovered', async () => {
    await runJob(world, await createTestJob(world, phones(3)));
    expect((await sweepLater()).jobs).toEqual(NONE);
  });

  it('that ended a moment ago, and is still in the index, stays as it is', async () => {
    const job = await createTestJob(world, phones(3));
    const ended = await runJob(world, job);
    end(job);
    world.jobs.scheduledAt.set(job.id, 0);
    expect((await sweep(world.deps)).jobs).toEqual({ ...NONE, healthy: 1 });
    expect(await world.jobs.getJob(job.id)).toEqual(ended);
    expect(executionsOf(job)).toEqual(['/1']);
  });

  it('that ends with its execution while it is checked is healthy', async () => {
    const job = await createTestJob(world, phones(3));
    const { deps } = world;
    const stateOf = async () => {
      await runJob(world, job);
      return 'ended' as const;
    };
    world.clock.advance(15 * MINUTE_MS);
    const workflow = { start: () => deps.workflow.start(job), stateOf };
    expect((await sweep({ ...deps, workflow })).jobs).toEqual({ ...NONE, healthy: 1 });
    expect(world.logged).toEqual(['job started']);
    expect(executionsOf(job)).toEqual(['/1']);
  });

  it('whose execution died goes on under another one, and only once', async () => {
    const job = await createTestJob(world, phones(6));
    await runChunk(world, job, 0);
    end(job);
    expect((await sweepLater()).jobs).toEqual({ ...NONE, resumed: 1 });
    expect(executionsOf(job)).toEqual(['/1', '/2']);
    expect((await sweepLater()).jobs).toEqual({ ...NONE, healthy: 1 });
    expect(executionsOf(job)).toEqual(['/1', '/2']);
    expect(await runJob(world, job)).toMatchObject({ status: 'succeeded', execution: 2, run: 1 });
    expect(world.graph.calls).toHaveLength(2);
  });

  it('whose next execution could not be started is started by the next sweep, under the same number', async () => {
    const job = await createTestJob(world, phones(3));
    end(job);
    world.workflow.faults.push(new Error('Step Functions is down'));
    await expect(sweepLater()).rejects.toBeInstanceOf(SweepError);
    expect((await sweepLater()).jobs).toEqual({ ...NONE, started: 1 });
    expect(executionsOf(job)).toEqual(['/1', '/2']);
  });

  it('whose chunks all ended is ended', async () => {
    const job = await createTestJob(world, phones(6));
    await runChunk(world, job, 0);
    await runChunk(world, job, 1);
    end(job);
    expect((await sweepLater()).jobs).toEqual({ ...NONE, ended: 1 });
    expect(await statusOf(world, job)).toBe('succeeded');
    expect(executionsOf(job)).toEqual(['/1']);
    expect((await sweepLater()).jobs).toEqual(NONE);
  });

  it('whose execution died, and which is past its deadline, is ended with the outcomes so far', async () => {
    const job = await createTestJob(world, phones(6));
    await runChunk(world, job, 0);
    end(job);
    world.clock.advance(world.deps.jobDeadlineMs);
    expect((await sweepLater()).jobs).toEqual({ ...NONE, ended: 1 });
    expect(await statusOf(world, job)).toBe('partially_failed');
    expect(await progress(world, job)).toMatchObject({ succeeded: 3, failed: 3, remaining: 0 });
    expect((await outcomes(world, job)).at(-1)).toBe(`${phones(6).at(-1)} 139103`);
  });

  it('that was cancelled and whose execution died ends as cancelled', async () => {
    const job = await createTestJob(world, phones(6));
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    expect(await cancel(world, job)).toMatchObject({ status: 'running' });
    end(job);
    world.clock.advance(world.deps.jobDeadlineMs);
    await sweepLater();
    expect(await statusOf(world, job)).toBe('cancelled');
    expect(historyOf(world, phones(6).at(-1) ?? '')).toEqual([]);
  });

  it('that cannot be recovered does not stop the others; it stays due, and the sweep fails', async () => {
    const broken = await createTestJob(world, phones(1));
    const stopped = await createTestJob(world, phones(1));
    for (const job of [broken, stopped]) end(job);
    const { stateOf } = world.workflow;
    world.workflow.stateOf = async (job) => {
      if (job.id === broken.id) throw new Error('Step Functions is down');
      return stateOf.call(world.workflow, job);
    };
    await expect(sweepLater()).rejects.toBeInstanceOf(SweepError);
    expect(executionsOf(stopped)).toEqual(['/1', '/2']);
    expect(world.logged).toContain('stalled job not recovered');
    world.workflow.stateOf = stateOf;
    // At once: it was not put off.
    expect((await sweep(world.deps)).jobs).toEqual({ ...NONE, resumed: 1 });
    expect(executionsOf(broken)).toEqual(['/1', '/2']);
  });
});

describe('a number with an uncertain operation', () => {
  async function abandoned() {
    const job = await createTestJob(world, phones(3));
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    return job;
  }

  it('is reconciled as soon as no worker can still complete the operation', async () => {
    await abandoned();
    world.clock.advance(5 * MINUTE_MS - 1);
    expect(await sweep(world.deps)).toMatchObject({ numbers: 0 });
    world.clock.advance(1);
    expect(await sweep(world.deps)).toMatchObject({ numbers: 1 });
    expect(world.reconciled).toEqual([NUMBER]);
  });

  it('is reconciled even if a job could not be recovered', async () => {
    await abandoned();
    world.workflow.stateOf = () => Promise.reject(new Error('Step Functions is down'));
    await expect(sweepLater()).rejects.toBeInstanceOf(SweepError);
    expect(world.reconciled).toEqual([NUMBER]);
  });

  it('is passed on in groups that fit one execution', async () => {
    const starts: number[] = [];
    world.deps.reconciliations.start = async (numbers) => void starts.push(numbers.length);
    world.store.listOverdueOperations = async () => ({ phoneNumberIds: phones(2_100), jobIds: [] });
    expect(await sweep(world.deps)).toMatchObject({ numbers: 2_100 });
    expect(starts).toEqual([1_000, 1_000, 100]);
  });

  it('is not reconciled if all operations have ended', async () => {
    const job = await createTestJob(world, phones(3));
    await runChunk(world, job, 0);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await sweepLater()).toEqual({ numbers: 0, jobs: NONE, events: 1 });
  });
});
