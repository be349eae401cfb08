import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { listJobs } from '../../../lambdas/core/jobs/list-jobs.ts';
import { createTestJob, createWorld, NUMBER, phones, runChunk, runJob, type World } from '../../support/world.ts';
import { cancel } from './job-steps.ts';

const OTHER = '106540352242999';

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 2 });
});

/** A job that is newer than all before it. */
async function aJob(users = phones(1), phoneNumberId = NUMBER): Promise<Job> {
  world.clock.advance(1);
  return createTestJob(world, users, { phoneNumberId });
}

async function jobs(count: number): Promise<Job[]> {
  const created: Job[] = [];
  for (let index = 0; index < count; index += 1) created.unshift(await aJob());
  return created;
}

const idsOf = (listed: readonly { job: Job }[]) => listed.map(({ job }) => job.id);

/** Every page, until there is no next one. */
async function pages(wanted: Omit<Parameters<typeof listJobs>[1], 'after'>): Promise<string[][]> {
  const found: string[][] = [];
  let after: string | undefined;
  do {
    const page = await listJobs(world.deps, { ...wanted, after });
    found.push(idsOf(page.jobs));
    after = page.end;
    if (found.length > 100) throw new Error('The list never ends');
  } while (after !== undefined);
  return found;
}

describe('the list of jobs', () => {
  it('is empty if there are none', async () => {
    expect(await listJobs(world.deps, { limit: 10 })).toEqual({ jobs: [], end: undefined });
  });

  it('is newest first, in pages, of all numbers or of one', async () => {
    const first = await aJob();
    const second = await aJob(phones(1), OTHER);
    const third = await aJob();
    expect(await pages({ limit: 2 })).toEqual([[third.id, second.id], [first.id]]);
    expect(await pages({ limit: 2, phoneNumberId: OTHER })).toEqual([[second.id]]);
  });

  it('has pages that fit an answer, even if each job has long texts', async () => {
    const ids = idsOf((await jobs(130)).map((job) => ({ job })));
    const asked = { at: world.clock.iso(), actor: 'ana', verb: 'retried' } as const;
    for (const job of world.jobs.jobs.values()) {
      world.jobs.jobs.set(job.id, { ...job, activity: Array.from({ length: 100 }, () => asked) });
    }
    const found = await pages({ limit: 100 });
    expect(found.flat()).toEqual(ids);
    for (const page of found) expect(page.length).toBeLessThanOrEqual(20);
    // The same if most jobs that are read do not match.
    expect((await pages({ limit: 100, status: 'queued' })).flat()).toEqual(ids);
  });

  it('has only the jobs of numbers that the caller may use, with every combination of filters', async () => {
    const own = await aJob();
    for (let index = 0; index < 3; index += 1) await aJob(phones(1), OTHER);
    const newest = await aJob();
    const within = new Set([NUMBER]);
    expect((await pages({ limit: 2, within })).flat()).toEqual([newest.id, own.id]);
    expect((await pages({ limit: 2, within, status: 'queued' })).flat()).toEqual([newest.id, own.id]);
    expect((await pages({ limit: 2, within, phoneNumberId: NUMBER })).flat()).toEqual([newest.id, own.id]);
    expect((await pages({ limit: 2, within: new Set() })).flat()).toEqual([]);
    expect((await pages({ limit: 10 })).flat()).toHaveLength(5);
  });

  it('shows the progress of each job', async () => {
    const ended = await aJob(phones(2));
    await runJob(world, ended);
    const running = await aJob(phones(4));
    await runChunk(world, running, 0);
    const queued = await aJob(phones(3));
    const { jobs: listed } = await listJobs(world.deps, { limit: 10 });
    expect(
      listed.map(({ job, progress }) => [job.id, job.status, progress.users.succeeded, progress.users.remaining]),
    ).toEqual([
      [queued.id, 'queued', 0, 3],
      [running.id, 'running', 2, 2],
      [ended.id, 'succeeded', 2, 0],
    ]);
  });

  it('reads no chunk of a job that ended', async () => {
    await runJob(world, await aJob());
    world.jobs.listChunks = () => Promise.reject(new Error('Chunks were read'));
    expect((await listJobs(world.deps, { limit: 10 })).jobs[0]?.progress.users).toMatchObject({
      total: 1,
      succeeded: 1,
    });
  });
});

describe('the list of jobs with one status', () => {
  it('has each of them once, with other jobs in between', async () => {
    const all = await jobs(25);
    const cancelled = all.filter((_, index) => index % 5 < 3);
    for (const job of cancelled) await cancel(world, job);
    const found = await pages({ status: 'cancelled', limit: 4 });
    expect(found.flat()).toEqual(cancelled.map(({ id }) => id));
    expect(Math.max(...found.map(({ length }) => length))).toBe(4);
    expect((await pages({ status: 'failed', limit: 3 })).flat()).toEqual([]);
  });

  it('gives a short page and a cursor instead of reading all jobs', async () => {
    const all = await jobs(1_050);
    const last = all.at(-1);
    if (last) await cancel(world, last);
    const { pageJobs } = world.jobs;
    let read = 0;
    world.jobs.pageJobs = async (page) => {
      const found = await pageJobs.call(world.jobs, page);
      read += found.jobs.length;
      return found;
    };
    const first = await listJobs(world.deps, { status: 'cancelled', limit: 100 });
    expect(first.jobs).toEqual([]);
    expect(first.end).toBeDefined();
    expect(read).toBeLessThanOrEqual(1_000);
    const second = await listJobs(world.deps, { status: 'cancelled', limit: 100, after: first.end });
    expect(idsOf(second.jobs)).toEqual([last?.id]);
    expect(second.end).toBeUndefined();
  });
});
