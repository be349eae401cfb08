import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lambdas/contract/limits.ts';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { getJob } from '../../../lambdas/core/jobs/get-job.ts';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { listJobs } from '../../../lambdas/core/jobs/list-jobs.ts';
import { processChunk } from '../../../lambdas/core/jobs/process-chunk.ts';
import { retryJob } from '../../../lambdas/core/jobs/retry-job.ts';
import type { Requester } from '../../../lambdas/core/users/mirror.ts';
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
import { attempt, cancel, retry, watchCounts } from './job-steps.ts';
import { failOnce } from './reconciliation-steps.ts';

const AGAIN = { code: 131047, message: 'Re-engagement required' };
const BAD_TOKEN: GraphErrorFields = { kind: 'token', code: 190, message: 'expired' };
const HOUR_MS = 60 * 60 * 1000;
const [A = '', B = '', C = '', D = '', E = ''] = phones(5);

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

/** Runs the present run of a job to its end. */
const runAgain = async (job: Pick<Job, 'id'>) => runJob(world, await getJob(world.jobs, job.id));
const sent = () => world.graph.calls.map(({ ids }) => ids);

/** A job that ended: B and E were refused, once. The malformed entry is in the first chunk, C, D and E in the second. */
async function partlyFailed(): Promise<Job> {
  world.graph.failures.set(B, [AGAIN]).set(E, [AGAIN]);
  const job = await createTestJob(world, [A, B, 'nobody', C, D, E]);
  expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed' });
  world.graph.calls.length = 0;
  world.clock.advance(1_000);
  return job;
}

describe('a retry', () => {
  it('sends only the users that Graph refused', async () => {
    const job = await partlyFailed();
    expect(await retry(world, job)).toMatchObject({ status: 'queued', run: 2, retriedAt: world.clock.iso() });
    expect(await runAgain(job)).toMatchObject({ status: 'partially_failed', run: 2 });
    expect(sent()).toEqual([[B], [E]]);
    expect(await outcomes(world, job)).toEqual([
      `${A} succeeded`,
      `${B} succeeded`,
      'nobody 100',
      `${C} succeeded`,
      `${D} succeeded`,
      `${E} succeeded`,
    ]);
    expect(await progress(world, job)).toMatchObject({ total: 6, succeeded: 5, failed: 1, remaining: 0 });
    expect(historyOf(world, B)).toEqual(['block failed 131047', 'block succeeded']);
    expect((await world.store.getSummary(NUMBER))?.size).toBe(5);
  });

  it('is recorded under the caller who retried, and earlier changes keep their caller', async () => {
    world.graph.failures.set(B, [AGAIN]);
    const job = await createTestJob(world, [A, B], { actor: 'ana', onBehalfOf: 'kim', reason: 'spam' });
    await runJob(world, job);
    world.clock.advance(1_000);
    await retryJob(world.deps, { id: job.id, actor: 'bob', onBehalfOf: 'lee' });
    await runAgain(job);

    const whose = ({ actor, onBehalfOf, reason }: Requester) => [actor, onBehalfOf, reason];
    expect([...world.store.operations.values()].map(whose)).toEqual([
      ['ana', 'kim', 'spam'],
      ['bob', 'lee', 'spam'],
    ]);
    const ofB = [...world.store.events.values()].filter(({ user }) => user === B);
    expect(ofB.map((event) => [event.outcome, ...whose(event)])).toEqual([
      ['failed', 'ana', 'kim', 'spam'],
      ['succeeded', 'bob', 'lee', 'spam'],
    ]);
    const users = await world.store.getUsers(NUMBER, [A, B]);
    expect(users.get(A)).toMatchObject({ actor: 'ana', onBehalfOf: 'kim' });
    expect(users.get(B)).toMatchObject({ actor: 'bob', onBehalfOf: 'lee' });
    // The job itself is still who asked for it first.
    expect(await getJob(world.jobs, job.id)).toMatchObject({ actor: 'ana', onBehalfOf: 'kim' });
  });

  it('keeps the earlier activity of the job', async () => {
    const job = await createTestJob(world, [A, B]);
    await cancel(world, job, 'ana');
    await retry(world, job, 'bob');
    await cancel(world, job, 'cy');
    await retry(world, job, 'bob');
    const { activity } = await getJob(world.jobs, job.id);
    expect(activity?.map(({ verb, actor }) => `${verb} ${actor}`)).toEqual([
      'cancelled ana',
      'retried bob',
      'cancelled cy',
      'retried bob',
    ]);
  });

  it('is refused the fifty-first time, and nothing is changed', async () => {
    const job = await createTestJob(world, [A]);
    for (let run = 1; run <= LIMITS.retriesPerJob; run += 1) {
      await cancel(world, job);
      await retry(world, job);
    }
    const ended = await cancel(world, job);
    expect(ended.activity).toHaveLength(2 * LIMITS.retriesPerJob + 1);
    await expect(retry(world, job)).rejects.toMatchObject({
      status: 409,
      message: 'id: this job was retried 50 times, which is the limit; send the users that failed as a new job',
    });
    expect(await getJob(world.jobs, job.id)).toEqual(ended);
  });

  it('is the next execution of the workflow, once', async () => {
    const job = await partlyFailed();
    await retry(world, job);
    expect(world.started).toEqual([`${job.id}/1`, `${job.id}/2`]);
  });

  it('keeps the counts right at every moment', async () => {
    const job = await partlyFailed();
    const counts = watchCounts(world, job);
    await retry(world, job);
    expect(await progress(world, job)).toMatchObject({ succeeded: 3, failed: 1, remaining: 2, chunks: { done: 0 } });
    world.graph.failures.set(E, [AGAIN]);
    await runAgain(job);
    expect(counts.writes).toBeGreaterThan(4);
    expect(await progress(world, job)).toMatchObject({ succeeded: 4, failed: 2, remaining: 0, chunks: { done: 2 } });
  });

  it('does not process a chunk in which nobody failed', async () => {
    world.graph.failures.set(A, [AGAIN]);
    const job = await createTestJob(world, [A, B, C, D, 'nobody']);
    await runJob(world, job);
    await retry(world, job);
    expect(await progress(world, job)).toMatchObject({ chunks: { total: 2, done: 1 } });
  });

  it('hides outcomes that are open again, in its users and in the list of jobs', async () => {
    const job = await partlyFailed();
    await retry(world, job);
    expect(await outcomes(world, job)).toEqual([`${A} succeeded`, 'nobody 100', `${C} succeeded`, `${D} succeeded`]);
    const { jobs } = await listJobs(world.deps, { limit: 10 });
    expect(jobs[0]).toMatchObject({ job: { status: 'queued' }, progress: { users: { failed: 1, remaining: 2 } } });
    await attempt(world, job, 0);
    expect(await outcomes(world, job)).toContain(`${B} succeeded`);
    expect(await outcomes(world, job)).not.toContain(`${E} 131047`);
  });

  it('keeps the ids that Graph gave in an earlier run', async () => {
    world.graph.names.set(A, { waId: '541123456789' });
    const job = await partlyFailed();
    await retry(world, job);
    await runAgain(job);
    const { outcomes: kept } = await world.jobs.loadChunk(job.id, 0);
    expect(kept.placed).toEqual([
      { index: 0, waId: '541123456789', code: undefined, message: undefined, userId: undefined },
    ]);
  });

  it('that fails again can be retried again', async () => {
    world.graph.failures.set(A, [AGAIN, AGAIN]);
    const job = await createTestJob(world, [A, B]);
    await runJob(world, job);
    await retry(world, job);
    expect(await runAgain(job)).toMatchObject({ status: 'partially_failed', run: 2 });
    await retry(world, job);
    expect(await runAgain(job)).toMatchObject({ status: 'succeeded', run: 3 });
    expect(sent()).toEqual([[A, B], [A], [A]]);
  });

  it('whose worker dies goes on in the same run, under the same operation', async () => {
    const job = await partlyFailed();
    await retry(world, job);
    const before = world.store.operations.size;
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    await runAgain(job);
    expect(world.store.operations.size).toBe(before + 2);
    expect(await progress(world, job)).toMatchObject({ succeeded: 5, failed: 1, remaining: 0 });
  });

  it('has its own deadline', async () => {
    const job = await partlyFailed();
    world.clock.advance(30 * 24 * HOUR_MS);
    await retry(world, job);
    world.clock.advance(5 * HOUR_MS);
    await attempt(world, job, 0);
    expect(sent()).toEqual([[B]]);
    world.clock.advance(2 * HOUR_MS);
    await attempt(world, job, 1);
    expect(sent()).toEqual([[B]]);
    expect(await outcomes(world, job)).toContain(`${E} 139103`);
  });
});

describe('a retry changes nothing', () => {
  it('while the job is in progress', async () => {
    const job = await createTestJob(world, phones(6));
    world.graph.failures.set(A, [AGAIN]);
    await runChunk(world, job, 0);
    expect(await retry(world, job)).toMatchObject({ status: 'running', run: 1 });
    expect(world.started).toEqual([`${job.id}/1`]);
    expect(await outcomes(world, job)).toContain(`${A} 131047`);
  });

  it('if nobody failed, or only malformed entries did', async () => {
    const healthy = await createTestJob(world, [A]);
    const malformed = await createTestJob(world, ['nobody', A]);
    const none = await createTestJob(world, ['nobody']);
    for (const job of [healthy, malformed, none]) {
      const ended = await runJob(world, job);
      expect(await retry(world, job)).toEqual(ended);
    }
    expect(world.started).toHaveLength(3);
  });

  it('if the job does not exist: 404', async () => {
    await expect(retry(world, { id: `${NUMBER}-none` })).rejects.toMatchObject({ status: 404 });
  });
});

describe('two retries', () => {
  it('at once are one more run', async () => {
    const job = await partlyFailed();
    const { reopenJob } = world.jobs;
    let second: Promise<Job> | undefined;
    world.jobs.reopenJob = async (...args) => {
      world.jobs.reopenJob = reopenJob;
      second = retry(world, job);
      await second;
      await runAgain(job);
      return reopenJob.apply(world.jobs, args);
    };
    expect(await retry(world, job)).toMatchObject({ run: 2, status: 'partially_failed' });
    expect(await second).toMatchObject({ run: 2, status: 'queued' });
    expect(sent()).toEqual([[B], [E]]);
    expect(world.started).toEqual([`${job.id}/1`, `${job.id}/2`]);
  });

  it('one after the other are one more run, and the second starts what the first could not', async () => {
    const job = await partlyFailed();
    world.workflow.faults.push(new Error('Step Functions is down'));
    expect(await retry(world, job)).toMatchObject({ status: 'queued', run: 2 });
    expect(world.started).toEqual([`${job.id}/1`]);
    expect(world.logged.at(-1)).toContain('job not started');
    expect(await retry(world, job)).toMatchObject({ run: 2 });
    expect(world.started).toEqual([`${job.id}/1`, `${job.id}/2`]);
  });
});

describe('a retry of a job', () => {
  it('that was cancelled sends the users that were left', async () => {
    const job = await createTestJob(world, [A, B, C, D]);
    await runChunk(world, job, 1);
    await cancel(world, job);
    const again = await retry(world, job);
    expect(again).toMatchObject({ status: 'queued' });
    expect(again.cancelledAt ?? again.finishedAt).toBeUndefined();
    expect(await runAgain(job)).toMatchObject({ status: 'succeeded' });
    expect(sent()).toEqual([[D], [A, B, C]]);
  });

  it('that was stopped for its token sends the users that were not sent', async () => {
    const job = await createTestJob(world, [A, B, C, D]);
    await runChunk(world, job, 0);
    world.graph.refuse(BAD_TOKEN);
    expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed', error: { code: 190 } });
    world.tokens.replace('token-2');
    expect((await retry(world, job)).error).toBeUndefined();
    expect(await runAgain(job)).toMatchObject({ status: 'succeeded' });
    expect(world.graph.calls.at(-1)).toMatchObject({ ids: [D], token: 'token-2' });
  });

  it('can be cancelled, and earlier successes stay', async () => {
    const job = await partlyFailed();
    await retry(world, job);
    await attempt(world, job, 0);
    expect(await cancel(world, job)).toMatchObject({ status: 'cancelled' });
    expect(await progress(world, job)).toMatchObject({ total: 6, succeeded: 4, failed: 2, remaining: 0 });
    expect(await outcomes(world, job)).toContain(`${E} 139100`);
  });
});

describe('what is left of an earlier execution', () => {
  it('touches neither the job nor its chunks in a later run', async () => {
    const job = await partlyFailed();
    await retry(world, job);
    const before = JSON.stringify([...world.jobs.chunks, ...world.jobs.jobs]);
    expect(await processChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 })).toEqual({ result: 'done' });
    await failChunk(world.deps, { jobId: job.id, run: 1, chunk: 1 });
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(JSON.stringify([...world.jobs.chunks, ...world.jobs.jobs])).toBe(before);
    expect(sent()).toEqual([]);
  });

  it('and has its answer only now, does not end the chunk of a later run', async () => {
    const answer = Promise.withResolvers<void>();
    const job = await createTestJob(world, [A, B]);
    world.graph.meanwhile = () => answer.promise;
    const late = attempt(world, job, 0);
    await expect.poll(() => world.graph.calls.length).toBe(1);
    await failChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 });
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    await retry(world, job);
    world.graph.failures.set(B, [AGAIN]);
    answer.resolve();
    expect(await late).toEqual({ result: 'requeue', requeueAfterSeconds: 1 });
    expect(await progress(world, job)).toMatchObject({ succeeded: 0, failed: 0, remaining: 2 });
    expect(await statusOf(world, job)).toBe('queued');
    expect(await runAgain(job)).toMatchObject({ status: 'succeeded' });
  });
});
