import { ulid } from 'ulid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../lambdas/core/jobs/job.ts';
import type { JobStore, NewJob } from '../../lambdas/core/ports/job-store.ts';
import { parseEntry } from '../../lambdas/core/users/entries.ts';
import { freshNumber, jobEnded } from './contract-fixtures.ts';

/** What core relies on of the jobs of one request for several numbers. */
export function batchContract(open: () => { jobs: JobStore }): void {
  let jobs: JobStore;
  let batchId: string;
  let numbers: string[];
  beforeEach(() => {
    ({ jobs } = open());
    batchId = ulid();
    numbers = [freshNumber(), freshNumber(), freshNumber()];
  });

  const entries = ['+1 650 555 0001', 'nobody', '16505550002'].map((user) => parseEntry({ user }));
  const idOf = (phoneNumberId = '') => `${phoneNumberId}-${batchId}`;
  const newJob = (phoneNumberId: string, size = 2, change: Partial<Job> = {}): NewJob => {
    const chunks = size === 2 ? [entries.slice(0, 2), entries.slice(2)] : entries.map((entry) => [entry]);
    const job: Job = {
      id: idOf(phoneNumberId),
      batchId,
      sharedUsersKey: `${batchId}#${size}`,
      phoneNumberId,
      action: 'block',
      status: 'queued',
      total: 3,
      chunkCount: chunks.length,
      run: 1,
      execution: 1,
      createdAt: new Date().toISOString(),
      actor: 'ana',
      expiresAt: '2030-01-01T00:00:00.000Z',
      defer: true,
      ...change,
    };
    return { job, chunks };
  };
  const stored = async (jobId: string, size = 2) => {
    const loaded = await jobs.loadChunks(jobId, size === 2 ? [1, 0] : [2, 1, 0]);
    return loaded.reverse().map((chunk) => chunk.entries);
  };

  describe('the jobs of a batch', () => {
    it('are returned with their chunks, each divided for its number', async () => {
      const [a = '', b = '', c = ''] = numbers;
      const batch = [newJob(a), newJob(b, 1), newJob(c)];
      await jobs.createJobs(batch);
      for (const { job } of batch) expect(await jobs.getJob(job.id)).toEqual(job);
      const found = await jobs.getJobs([idOf(c), idOf(a), `${freshNumber()}-${batchId}`]);
      expect(found.map(({ id }) => id).toSorted()).toEqual([idOf(a), idOf(c)]);
      expect(await jobs.getJobs([])).toEqual([]);
      for (const number of [a, c]) expect(await stored(idOf(number))).toEqual([entries.slice(0, 2), entries.slice(2)]);
      expect(await stored(idOf(b), 1)).toEqual(entries.map((entry) => [entry]));
      expect(await jobs.listChunks(idOf(a))).toMatchObject([
        { index: 0, status: 'pending', total: 2, succeeded: 0, failed: 1, deferred: 0, malformed: 1, run: 1 },
        { index: 1, status: 'pending', total: 1, succeeded: 0, failed: 0, deferred: 0, malformed: 0, run: 1 },
      ]);
      expect((await jobs.loadChunk(idOf(b), 1)).outcomes).toEqual({ placed: [] });
      await expect(jobs.loadChunk(idOf(a), 2)).rejects.toThrow('missing');
      await expect(jobs.loadChunk(`${freshNumber()}-${batchId}`, 0)).rejects.toThrow('missing');
    });

    it('are processed independently', async () => {
      const [a = '', b = ''] = numbers;
      await jobs.createJobs([newJob(a), newJob(b)]);
      const { chunk } = await jobs.loadChunk(idOf(a), 1);
      const outcomes = { pending: [], placed: [{ index: 0, code: 131047, message: 'No message in 24 hours' }] };
      expect(await jobs.saveChunk(idOf(a), { ...chunk, status: 'done', failed: 1, revision: 2 }, { outcomes })).toBe(
        true,
      );
      expect(await jobs.loadChunk(idOf(a), 1)).toMatchObject({
        chunk: { status: 'done' },
        entries: entries.slice(2).map(({ input, identity }) => ({ input, identity })),
        outcomes: { placed: [{ index: 0, code: 131047 }] },
      });
      expect(await jobs.loadChunk(idOf(b), 1)).toMatchObject({
        chunk: { status: 'pending', revision: 1 },
        outcomes: { placed: [] },
      });
      await jobs.cancelJob(idOf(b), { at: '2026-11-01T00:00:00.000Z', actor: 'ana' });
      expect(await jobs.getJob(idOf(a))).not.toHaveProperty('cancelledAt');
    });

    it('stay as they are if they are created again, and missing ones are added', async () => {
      const [a = '', b = '', c = ''] = numbers;
      const first = newJob(a);
      await jobs.createJobs([first]);
      await jobs.markRunning(idOf(a), '2026-11-01T00:00:00.000Z');
      const { chunk } = await jobs.loadChunk(idOf(a), 0);
      const done = { ...chunk, status: 'done', succeeded: 1, revision: 2 } as const;
      await jobs.saveChunk(idOf(a), done, { outcomes: { placed: [], pending: [] } });

      const late = { createdAt: new Date(Date.now() + 5_000).toISOString() };
      await jobs.createJobs([a, b, c].map((number) => newJob(number, 2, late)));
      expect(await jobs.getJob(idOf(a))).toEqual({
        ...first.job,
        status: 'running',
        startedAt: '2026-11-01T00:00:00.000Z',
      });
      const after = await jobs.loadChunk(idOf(a), 0);
      expect(after.chunk).toEqual(done);
      expect(after.outcomes.pending).toEqual([]);
      expect(after.entries).toEqual(entries.slice(0, 2));
      for (const number of [b, c]) expect(await jobs.getJob(idOf(number))).toMatchObject(late);
    });

    it('become due and can be retried, as other jobs', async () => {
      const [a = ''] = numbers;
      await jobs.createJobs([newJob(a, 2, { createdAt: '2026-11-01T00:00:00.000Z' })]);
      expect(await jobs.listStalledJobs('2026-11-02T00:00:00.000Z')).toContain(idOf(a));
      const progress = {
        users: { total: 3, succeeded: 0, failed: 3, deferred: 0, remaining: 0 },
        chunks: { total: 2, done: 0, failed: 2 },
      };
      const job = newJob(a).job;
      await jobs.finishJob(
        job,
        { status: 'failed', finishedAt: '2026-11-01T01:00:00.000Z', progress },
        jobEnded(job.id),
      );
      expect(await jobs.listStalledJobs('2026-11-02T00:00:00.000Z')).not.toContain(idOf(a));
      await jobs.reopenJob(job, { at: new Date().toISOString(), actor: 'ana', retriedUsers: 1 });
      expect(await jobs.getJob(idOf(a))).toMatchObject({ status: 'queued', run: 2 });
      expect(await stored(idOf(a))).toEqual([entries.slice(0, 2), entries.slice(2)]);
    });

    it('are found by the batch, in pages, and nothing else is', async () => {
      const all = numbers.toSorted().reverse();
      await jobs.createJobs(numbers.map((number) => newJob(number)));
      const { batchId: _, sharedUsersKey: __, ...alone } = newJob(freshNumber()).job;
      await jobs.createJob(alone, [entries], undefined);
      const pages = async (limit: number) => {
        const found: string[][] = [];
        for (let after: string | undefined; ; ) {
          const page = await jobs.pageJobs({ batchId, after, limit });
          if (page.jobs.length > 0) found.push(page.jobs.map(({ phoneNumberId }) => phoneNumberId));
          after = page.end;
          if (after === undefined) return found;
        }
      };
      expect((await pages(2)).flat()).toEqual(all);
      expect((await pages(1)).flat()).toEqual(all);
      expect(await pages(100)).toEqual([all]);
      expect(await jobs.pageJobs({ batchId: ulid(), limit: 10 })).toEqual({ jobs: [], end: undefined });
      for (const phoneNumberId of numbers) {
        const own = await jobs.pageJobs({ phoneNumberId, limit: 10 });
        expect(own.jobs.map(({ id }) => id)).toEqual([idOf(phoneNumberId)]);
      }
    });
  });

  describe('the record of a batch', () => {
    it('is kept from the first request, and given to every repeat for a day', async () => {
      const key = `key-${batchId}`;
      const now = '2026-11-01T00:00:00.000Z';
      const record = { bodyHash: 'h', batchId, chunkSizes: [1000, 500] };
      expect(await jobs.keepBatch(key, record, now)).toEqual(record);
      const other = { bodyHash: 'other', batchId: ulid(), chunkSizes: [2] };
      expect(await jobs.keepBatch(key, other, now)).toEqual(record);
      expect(await jobs.keepBatch(key, other, '2026-11-01T23:59:59.000Z')).toEqual(record);
      expect(await jobs.keepBatch(`${key}-2`, other, now)).toEqual(other);
      const ofAll = { ...record, phoneNumberIds: numbers };
      expect(await jobs.keepBatch(`${key}-all`, ofAll, now)).toEqual(ofAll);
      expect(await jobs.findBatch(`${key}-all`, now)).toEqual(ofAll);
      expect(await jobs.keepBatch(key, other, '2026-11-02T00:00:00.000Z')).toEqual(other);
      expect(await jobs.keepBatch(key, record, '2026-11-02T00:00:01.000Z')).toEqual(other);
      // A number's key is another one, though it be spelled the same.
      for (const number of numbers) expect(await jobs.findIdempotent(number, key)).toBeUndefined();
    });
  });
}
