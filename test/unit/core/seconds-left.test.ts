import { beforeEach, describe, expect, it } from 'vitest';
import { getJobWithProgress } from '../../../lambdas/core/jobs/get-job.ts';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { listJobs } from '../../../lambdas/core/jobs/list-jobs.ts';
import { createTestJob, createWorld, finishJob, phones, runChunk, type World } from '../../support/world.ts';
import { cancel, retry } from './job-steps.ts';

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 10 });
});

/** What is said of the job, by itself and in the list. */
async function left({ id }: Pick<Job, 'id'>): Promise<number | undefined> {
  const alone = (await getJobWithProgress(world.deps, id)).secondsLeft;
  const { jobs } = await listJobs(world.deps, { limit: 100 });
  expect(jobs.find(({ job }) => job.id === id)?.secondsLeft).toBe(alone);
  return alone;
}
/** One chunk takes so many seconds, in the job's present run. */
async function take(job: Job, chunk: number, seconds: number): Promise<void> {
  const { run } = (await world.jobs.getJob(job.id)) ?? job;
  await runChunk(world, { ...job, run }, chunk);
  world.clock.advance(seconds * 1_000);
}
const refuse = (users: readonly string[]) => {
  for (const user of users) world.graph.failures.set(user, [{ code: 131021, message: 'no' }]);
};

describe('how long a job still takes', () => {
  it('follows from the pace of its users so far', async () => {
    const job = await createTestJob(world, phones(40));
    expect(await left(job)).toBeUndefined();
    world.clock.advance(60_000);
    await take(job, 0, 5);
    // The minute before its start does not count.
    expect(await left(job)).toBe(15);
    await take(job, 1, 5);
    expect(await left(job)).toBe(10);
    await take(job, 2, 20);
    expect(await left(job)).toBe(10);
    await take(job, 3, 0);
    expect(await left(job)).toBe(0);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await left(job)).toBeUndefined();
  });

  it('is not known before the first users have an outcome', async () => {
    const job = await createTestJob(world, [...phones(20), 'nobody', 'call me']);
    await world.jobs.markRunning(job.id, world.clock.iso());
    world.clock.advance(30_000);
    expect(await left(job)).toBeUndefined();
  });

  it('does not take entries that name nobody for a pace', async () => {
    const malformed = Array.from({ length: 20 }, (_, index) => `nobody ${index}`);
    const job = await createTestJob(world, [...malformed, ...phones(20)]);
    await take(job, 2, 6);
    expect(await left(job)).toBe(6);
  });

  it('counts users whom Graph refuses, and those whose block waits', async () => {
    refuse(phones(5));
    for (const user of phones(5, 16_505_550_005)) world.graph.failures.set(user, [{ code: 131047, message: 'no' }]);
    const job = await createTestJob(world, phones(20), { defer: true });
    await take(job, 0, 7);
    expect(await left(job)).toBe(7);
  });

  it('follows from the present run alone after a retry', async () => {
    refuse([...phones(5), ...phones(5, 16_505_550_010)]);
    const job = await createTestJob(world, phones(20));
    await take(job, 0, 1);
    await take(job, 1, 1);
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    world.clock.advance(3_600_000);
    expect(await retry(world, job)).toMatchObject({ run: 2, retriedUsers: 10 });
    expect(await left(job)).toBeUndefined();
    await take(job, 0, 8);
    // Five of the ten that are sent again.
    expect(await left(job)).toBe(8);
    // A second retry is a run of its own, too.
    refuse(phones(3, 16_505_550_010));
    await take(job, 1, 1);
    await finishJob(world.deps, { jobId: job.id, run: 2 });
    expect(await retry(world, job)).toMatchObject({ run: 3, retriedUsers: 3 });
  });

  it('is not known of a job that is cancelled, or cannot go on: it ends at once', async () => {
    const [one, other] = [await createTestJob(world, phones(20)), await createTestJob(world, phones(20))];
    for (const job of [one, other]) await take(job, 0, 5);
    await world.jobs.cancelJob(one.id, { at: world.clock.iso(), actor: 'ana' });
    await world.jobs.stopJob(other, { code: 190, message: 'no token' });
    for (const job of [one, other]) expect(await left(job)).toBeUndefined();
    expect(await cancel(world, one)).toMatchObject({ status: 'cancelled' });
  });
});
