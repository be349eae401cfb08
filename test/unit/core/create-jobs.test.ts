import { beforeEach, describe, expect, it } from 'vitest';
import { DependencyError, TokenMissingError } from '../../../lambdas/core/errors.ts';
import { type CreateJobsRequest, LARGEST_BATCH_CHUNKS } from '../../../lambdas/core/jobs/batch-plan.ts';
import { type CreatedJobs, createJobs as createBatchWith } from '../../../lambdas/core/jobs/create-jobs.ts';
import { listJobs } from '../../../lambdas/core/jobs/list-jobs.ts';
import type { Credentials } from '../../../lambdas/core/ports/services.ts';
import { parseEntry, toEntryList } from '../../../lambdas/core/users/entries.ts';
import { codeOf } from '../../support/paired-reasons.ts';
import { ACTOR, createTestJob, createWorld, phones, runJob, type World } from '../../support/world.ts';
import { cancel } from './job-steps.ts';

const NUMBERS = ['106540352242901', '106540352242902', '106540352242903'];
const [A = '', B = '', C = ''] = NUMBERS;

let world: World;
/** By number: fewer users at a time, or a token that is missing. */
let batchLimits: Map<string, number | Error>;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
  batchLimits = new Map();
});

const tokens = {
  async credentials(phoneNumberId: string): Promise<Credentials> {
    const limit = batchLimits.get(phoneNumberId) ?? 1000;
    if (limit instanceof Error) throw limit;
    return { token: 'token-1', provider: 'meta', batchLimit: limit };
  },
  renewed: async () => undefined,
};
const request = (users: readonly string[], change: Partial<CreateJobsRequest> = {}): CreateJobsRequest => ({
  action: 'block',
  phoneNumberIds: NUMBERS,
  list: toEntryList(users.map((user) => parseEntry({ user }))),
  actor: ACTOR,
  ...change,
});
const createJobs = (users: readonly string[], change: Partial<CreateJobsRequest> = {}) =>
  createBatchWith({ ...world.deps, tokens }, request(users, change));
const idsOf = ({ jobs }: { jobs: readonly { job: { id: string } }[] }) => jobs.map(({ job }) => job.id);

describe('a batch', () => {
  it('is a job for each number, in their order, each started, with the id of the batch in its own', async () => {
    const terms = { expiresAt: '2027-01-01T00:00:00.000Z', defer: true, termsAsSent: 'x' };
    const batch = await createJobs([...phones(4), 'nobody', ...phones(1)], {
      phoneNumberIds: [C, A, B],
      reason: 'spam',
      reasonCode: codeOf('spam'),
      onBehalfOf: 'ana',
      ...terms,
    });
    expect(idsOf(batch)).toEqual([C, A, B].map((number) => `${number}-${batch.batchId}`));
    expect(world.started.toSorted()).toEqual(NUMBERS.map((number) => `${number}-${batch.batchId}/1`));
    for (const { job, progress } of batch.jobs) {
      expect(job).toMatchObject({
        batchId: batch.batchId,
        status: 'queued',
        total: 5,
        chunkCount: 2,
        createdAt: world.clock.iso(),
        actor: ACTOR,
        onBehalfOf: 'ana',
        reason: 'spam',
        reasonCode: codeOf('spam'),
        expiresAt: '2027-01-01T00:00:00.000Z',
        defer: true,
      });
      expect(progress.users).toEqual({ total: 5, succeeded: 0, failed: 1, deferred: 0, remaining: 4 });
      expect(await world.jobs.getJob(job.id)).toEqual(job);
    }
  });

  it('cuts the list for each number as its provider takes it', async () => {
    batchLimits.set(B, 2);
    const { jobs } = await createJobs(phones(6));
    expect(jobs.map(({ job }) => [job.phoneNumberId, job.chunkCount])).toEqual([
      [A, 2],
      [B, 3],
      [C, 2],
    ]);
    const [a, b, c] = jobs.map(({ job }) => job.sharedUsersKey);
    expect(a).toBe(c);
    expect(a).not.toBe(b);
    for (const { job } of jobs) expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
    expect(world.graph.calls.filter(({ ids }) => ids.length === 2)).toHaveLength(3);
  });

  it('has a job for a number in use that has lost its token, and only that job fails', async () => {
    await world.store.registerNumber(B, world.clock.iso());
    batchLimits.set(B, new TokenMissingError('No access token yet.'));
    const batch = await createJobs(phones(4));
    expect(batch.jobs.map(({ job }) => job.chunkCount)).toEqual([2, 2, 2]);
    expect(world.started).toHaveLength(3);
  });

  it('is refused, and nothing written, if the tokens cannot be read', async () => {
    batchLimits.set(C, new DependencyError('Secrets Manager is away'));
    await expect(createJobs(phones(2), { idempotencyKey: 'k' })).rejects.toThrow('Secrets Manager is away');
    expect([world.jobs.jobs.size, world.jobs.chunks.size, world.jobs.batches.size]).toEqual([0, 0, 0]);
  });

  it('is refused, and nothing written, if it has more chunks than can be written while a caller waits', async () => {
    world = createWorld({ chunkSize: 1 });
    const phoneNumberIds = Array.from({ length: 100 }, (_, index) => String(index));
    const most = LARGEST_BATCH_CHUNKS / 100;
    await expect(createJobs(phones(most + 1), { phoneNumberIds, idempotencyKey: 'k' })).rejects.toMatchObject({
      status: 400,
      message: `block_users: ${most + 1} entries for 100 numbers make ${LARGEST_BATCH_CHUNKS + 100} chunks, and the limit for one request is ${LARGEST_BATCH_CHUNKS}; send fewer entries, or fewer phone_number_ids, at a time`,
    });
    expect([world.jobs.jobs.size, world.jobs.chunks.size, world.jobs.batches.size]).toEqual([0, 0, 0]);
    expect((await createJobs(phones(most), { phoneNumberIds })).jobs).toHaveLength(100);
  });

  it('is accepted although executions do not start; the others do, and the log says so', async () => {
    world.workflow.faults.push(new Error('Step Functions is down'));
    const batch = await createJobs(phones(2));
    expect(world.started).toHaveLength(2);
    expect(world.logged.toSorted()).toEqual(['job not started; the sweep will start it', 'job started', 'job started']);
    for (const { job } of batch.jobs) expect(await world.jobs.getJob(job.id)).toMatchObject({ status: 'queued' });
  });

  it('does not let its caller wait for a workflow that hangs', async () => {
    const hangs = {
      ...world.workflow,
      stateOf: world.workflow.stateOf,
      start: async () => world.clock.advance(15_000),
    };
    const phoneNumberIds = Array.from({ length: 100 }, (_, index) => String(index));
    const startedMs = world.clock.now();
    const deps = { ...world.deps, tokens, workflow: hangs };
    expect((await createBatchWith(deps, request(phones(1), { phoneNumberIds }))).jobs).toHaveLength(100);
    // Twenty at a time, each of which moves this clock.
    expect(world.clock.now() - startedMs).toBeLessThan(20 * 15_000 + 1);
    expect(world.logged).toEqual(['job started', 'jobs not started in time; the sweep will start them']);
  });

  it('starts nothing before all of it is stored', async () => {
    const stored: number[] = [];
    const start = async () => void stored.push(world.jobs.jobs.size);
    await createBatchWith(
      { ...world.deps, tokens, workflow: { ...world.workflow, start, stateOf: async () => 'missing' } },
      request(phones(2)),
    );
    expect(stored).toEqual([3, 3, 3]);
  });

  it('cancels and fails one job alone', async () => {
    const { jobs } = await createJobs(phones(4));
    const [a, b, c] = jobs.map(({ job }) => job);
    if (!a || !b || !c) throw new Error('Three jobs were asked for');
    await cancel(world, a);
    world.graph.refuse({ kind: 'permission', code: 10, message: 'no permission' });
    expect(await runJob(world, b)).toMatchObject({ status: 'failed', error: { code: 10 } });
    expect(await runJob(world, c)).toMatchObject({ status: 'succeeded' });
    expect(await world.jobs.getJob(a.id)).toMatchObject({ status: 'cancelled' });
  });
});

describe('a repeat with the same key', () => {
  const key = { idempotencyKey: 'k' };

  it('gives the same batch in its present state; nothing is written or started again', async () => {
    const first = await createJobs(phones(4), key);
    const [one] = first.jobs;
    if (one) await runJob(world, one.job);
    world.started.length = 0;
    const chunks = new Map(world.jobs.chunks);
    world.clock.advance(5_000);
    const again = await createJobs(phones(4), key);
    expect(again.batchId).toBe(first.batchId);
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(again.jobs.map(({ job, progress }) => [job.status, progress.users.remaining])).toEqual([
      ['succeeded', 0],
      ['queued', 4],
      ['queued', 4],
    ]);
    expect(world.jobs.chunks).toEqual(chunks);
    expect(world.jobs.jobs.size).toBe(3);
    expect(world.started).toHaveLength(2);
  });

  it('creates the jobs that the first try did not create, with the same chunks', async () => {
    batchLimits.set(C, 2);
    const first = await createJobs(phones(6), key);
    const lockConflicts = `${C}-${first.batchId}`;
    const [kept] = first.jobs;
    if (kept) await runJob(world, kept.job);
    // The first try died when it had written one chunk of the last number, and its provider has changed since.
    world.jobs.jobs.delete(lockConflicts);
    for (const chunk of [1, 2]) world.jobs.chunks.delete(`${lockConflicts}/${chunk}`);
    batchLimits.set(C, 1000);
    world.started.length = 0;

    const again = await createJobs(phones(6), key);
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(again.jobs[0]?.job).toMatchObject({ status: 'succeeded' });
    expect(world.started).toContain(`${lockConflicts}/1`);
    const { job } = again.jobs[2] ?? {};
    expect(job).toMatchObject({ chunkCount: 3, status: 'queued' });
    if (job)
      expect(await runJob(world, job)).toMatchObject({ status: 'succeeded', progress: { users: { succeeded: 6 } } });
  });

  it('changes nothing that the first try, still running, has stored or started', async () => {
    // The other is between its record and its jobs: this one reads that there are none, and is overtaken.
    const { getJobs } = world.jobs;
    await world.deps.jobs.keepBatch(
      `${world.deps.hash(JSON.stringify([ACTOR, null]))}#k`,
      {
        bodyHash: world.deps.hash(JSON.stringify(['block', NUMBERS, null, null, phones(4), null])),
        batchId: BATCH,
        chunkSizes: [3, 3, 3],
      },
      world.clock.iso(),
    );
    let overtaken = false;
    world.jobs.getJobs = async (ids) => {
      const found = await getJobs.call(world.jobs, ids);
      if (overtaken) return found;
      overtaken = true;
      const other = await createJobs(phones(4), key);
      for (const { job } of other.jobs) await runJob(world, job);
      return found;
    };
    const late = await createJobs(phones(4), key);
    expect(late.batchId).toBe(BATCH);
    expect(late.jobs.map(({ job }) => job.status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(late.jobs.map(({ progress }) => progress.users.succeeded)).toEqual([4, 4, 4]);
    for (const { chunk } of world.jobs.chunks.values()) expect(chunk.status).toBe('done');
  });

  it.each<[string, string[], Partial<CreateJobsRequest>]>([
    ['users', phones(3), {}],
    ['another reason', phones(4), { reason: 'x' }],
    ['another reason code', phones(4), { reasonCode: 'spam' }],
    ['another action', phones(4), { action: 'unblock' }],
    ['fewer numbers', phones(4), { phoneNumberIds: [A, B] }],
    ['terms', phones(4), { termsAsSent: 'in an hour' }],
  ])('and other %s is refused', async (_, users, change) => {
    await createJobs(phones(4), key);
    await expect(createJobs(users, { ...key, ...change })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('Idempotency-Key'),
    });
    expect(world.jobs.jobs.size).toBe(3);
  });

  it('of another caller, or for another person, is another batch', async () => {
    const mine = await createJobs(phones(4), key);
    const theirs = await createJobs(phones(5), { ...key, actor: 'arn:aws:iam::111122223333:role/fraud' });
    const anas = await createJobs(phones(6), { ...key, onBehalfOf: 'ana' });
    expect(new Set([mine, theirs, anas].map(({ batchId }) => batchId)).size).toBe(3);
    await expect(createJobs(phones(5), key)).rejects.toMatchObject({ status: 409 });
  });

  it('and the same expires_in gives the same batch, although the end is later by now', async () => {
    const terms = { expiresAt: '2027-01-01T00:00:00.000Z', termsAsSent: 'in an hour' };
    const first = await createJobs(phones(1), { ...key, ...terms });
    const again = await createJobs(phones(1), { ...key, ...terms, expiresAt: '2027-01-01T00:00:05.000Z' });
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(again.jobs[0]?.job.expiresAt).toBe('2027-01-01T00:00:00.000Z');
  });

  it('is a new batch without the key, or if the key was used on the route of one number', async () => {
    const first = await createJobs(phones(1));
    expect((await createJobs(phones(1))).batchId).not.toBe(first.batchId);
    await createTestJob(world, phones(1), { ...key, phoneNumberId: A });
    expect((await createJobs(phones(2), key)).jobs).toHaveLength(3);
  });
});

describe('a batch for all numbers', () => {
  const all = { phoneNumberIds: 'all', idempotencyKey: 'k' } as const;
  const register = async (...numbers: readonly string[]) => {
    for (const number of numbers) await world.store.registerNumber(number, world.clock.iso());
  };
  const numbersOf = ({ jobs }: CreatedJobs) => jobs.map(({ job }) => job.phoneNumberId);

  it('has a job for each number in use, and asks Graph about none of them', async () => {
    await register(C, A);
    expect(numbersOf(await createJobs(phones(2), all))).toEqual([A, C]);
    expect(world.graph.listings).toEqual([]);
  });

  it('is the same on a repeat, although a number was added and another is out of use by then', async () => {
    await register(A, B);
    const first = await createJobs(phones(2), all);
    await world.store.takeOutOfUse(A, world.clock.iso());
    await register(C);
    expect(idsOf(await createJobs(phones(2), all))).toEqual(idsOf(first));
    expect(world.jobs.jobs.size).toBe(2);
    expect(numbersOf(await createJobs(phones(2), { ...all, idempotencyKey: 'other' }))).toEqual([B, C]);
    // One that names the same numbers is another request.
    const named = { ...all, phoneNumberIds: [A, B] };
    await expect(createJobs(phones(2), named)).rejects.toMatchObject({ status: 409 });
  });

  it('is that of the repeat that came first, if two are sent at once', async () => {
    await register(A);
    const jobs = new Proxy(world.jobs, {
      get: (target, name) =>
        name === 'findBatch' ? async () => undefined : Reflect.get(target, name, target)?.bind?.(target),
    });
    const deps = { ...world.deps, tokens, jobs };
    const first = await createBatchWith(deps, request(phones(2), all));
    await register(B);
    expect(idsOf(await createBatchWith(deps, request(phones(2), all)))).toEqual(idsOf(first));
  });

  it('is refused while no number is in use, and beyond 1,000 of them', async () => {
    await expect(createJobs(phones(2), all)).rejects.toMatchObject({
      status: 400,
      message: 'all_numbers: no number is in use yet; send phone_number_ids',
    });
    await register(...Array.from({ length: 1_001 }, (_, index) => String(index)));
    await expect(createJobs(phones(2), all)).rejects.toMatchObject({
      status: 400,
      message:
        'all_numbers: 1001 numbers are in use, and the limit for one request is 1000; send phone_number_ids, up to 1000 at a time',
    });
    expect([world.jobs.jobs.size, world.jobs.batches.size]).toEqual([0, 0]);
  });

  it('may have as many open jobs as any, on each number', async () => {
    await register(A, B);
    await createTestJob(world, phones(1), { phoneNumberId: B });
    const deps = { ...world.deps, tokens, openJobLimits: { perNumber: 1, perCaller: 1 } };
    await expect(createBatchWith(deps, request(phones(2), all))).rejects.toThrow(`${B} has 1 open jobs`);
    expect(world.jobs.jobs.size).toBe(1);
  });
});

describe('the jobs of a batch', () => {
  it('are listed, by status and number too, with nothing else among them', async () => {
    const { batchId, jobs } = await createJobs(phones(2));
    await createJobs(phones(2));
    await createTestJob(world, phones(2), { phoneNumberId: A });
    if (jobs[1]) await runJob(world, jobs[1].job);
    const listed = async (wanted: object) =>
      (await listJobs(world.deps, { batchId, limit: 100, ...wanted })).jobs.map(({ job }) => job.phoneNumberId);
    expect(await listed({})).toEqual([C, B, A]);
    expect(await listed({ status: 'succeeded' })).toEqual([B]);
    expect(await listed({ status: 'queued' })).toEqual([C, A]);
    expect(await listed({ status: 'failed' })).toEqual([]);
    expect(await listed({ phoneNumberId: B })).toEqual([B]);
    expect(await listed({ phoneNumberId: A, status: 'succeeded' })).toEqual([]);
    expect(await listed({ phoneNumberId: '1' })).toEqual([]);
  });

  it('come in pages', async () => {
    const { batchId } = await createJobs(phones(1));
    const first = await listJobs(world.deps, { batchId, limit: 2 });
    const rest = await listJobs(world.deps, { batchId, limit: 2, after: first.end });
    expect([first, rest].map((page) => page.jobs.map(({ job }) => job.phoneNumberId))).toEqual([[C, B], [A]]);
    expect(rest.end).toBeUndefined();
    expect(await listJobs(world.deps, { batchId, limit: 2, after: `${A}-${batchId}` })).toMatchObject({ jobs: [] });
  });

  it('cannot be listed for an unknown batch, or for a job that belongs to no batch', async () => {
    const { id } = await createTestJob(world, phones(1));
    for (const batchId of [BATCH, id.slice(-26)]) {
      await expect(listJobs(world.deps, { batchId, limit: 10 })).rejects.toMatchObject({
        status: 404,
        message: `batch_id: there is no batch ${batchId}, or it was too old to be kept`,
      });
    }
  });
});

const BATCH = '01JZ5W8Q6M3N4P5R6S7T8V9WXY';
