import { ulid } from 'ulid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Job, JobProgress } from '../../lambdas/core/jobs/job.ts';
import type { BlocklistStore } from '../../lambdas/core/ports/blocklist-store.ts';
import type { JobStore } from '../../lambdas/core/ports/job-store.ts';
import type { Asked } from '../../lambdas/core/users/asked.ts';
import { toEntryList } from '../../lambdas/core/users/entries.ts';
import { anOperation, freshNumber, jobEnded } from './contract-fixtures.ts';
import { JOB_IDLE_MS } from './in-memory-store.ts';

const AT = '2026-11-01T01:00:00.000Z';
const LATER = '2026-11-01T02:00:00.000Z';
const ana = { at: AT, actor: 'arn:aws:iam::111122223333:user/ana', onBehalfOf: 'kim' };
/** So many users are sent again. */
const retry = (asked: Asked, retriedUsers = 3) => ({ ...asked, retriedUsers });
const bob = { at: LATER, actor: 'arn:aws:iam::111122223333:user/bob' };

/** What core relies on of jobs: their life, their chunks, and how they are found. */
export function jobContract(open: () => { store: BlocklistStore; jobs: JobStore }): void {
  let store: BlocklistStore;
  let jobs: JobStore;
  let number: string;
  beforeEach(() => {
    ({ store, jobs } = open());
    number = freshNumber();
  });

  const list = toEntryList([
    { input: '+1 650 555 0001', identity: { kind: 'phone', id: '16505550001' } },
    { input: 'US.13491208655302741918', identity: { kind: 'bsuid', id: 'US.13491208655302741918' } },
    { input: 'nobody', identity: undefined },
    { input: '16505550002', identity: { kind: 'phone', id: '16505550002' } },
  ]).distinct;
  const chunks = [list.slice(0, 3), list.slice(3)];
  const progress: JobProgress = {
    users: { total: 4, succeeded: 1, failed: 3, deferred: 0, remaining: 0 },
    chunks: { total: 2, done: 1, failed: 1 },
  };
  const failed = { status: 'failed', finishedAt: LATER, progress } as const;
  const job = (change: Partial<Job> = {}): Job => ({
    id: `${number}-01ARZ3NDEKTSV4RRFFQ69G5FAV`,
    phoneNumberId: number,
    action: 'block',
    status: 'queued',
    total: 4,
    chunkCount: 2,
    run: 1,
    execution: 1,
    createdAt: new Date().toISOString(),
    actor: 'arn:aws:iam::111122223333:role/support',
    reason: 'spam',
    reasonCode: 'spam',
    ...change,
  });
  const created = async (change: Partial<Job> = {}) => {
    const one = job(change);
    expect(await jobs.createJob(one, chunks, undefined)).toBeUndefined();
    return one;
  };

  describe('job', () => {
    it('gives back the job and its chunks', async () => {
      expect(await jobs.getJob(job().id)).toBeUndefined();
      const one = await created();
      expect(await jobs.getJob(one.id)).toEqual(one);
      expect(
        (await jobs.listChunks(one.id)).map(({ index, status, total, failed: no, malformed, run }) => ({
          index,
          status,
          total,
          failed: no,
          malformed,
          run,
        })),
      ).toEqual([
        { index: 0, status: 'pending', total: 3, failed: 1, malformed: 1, run: 1 },
        { index: 1, status: 'pending', total: 1, failed: 0, malformed: 0, run: 1 },
      ]);
      const loaded = await jobs.loadChunk(one.id, 0);
      expect(loaded.entries).toEqual(chunks[0]);
      expect(loaded.outcomes).toEqual({ placed: [] });
      await expect(jobs.loadChunk(one.id, 2)).rejects.toThrow('missing');
    });

    it('gives the earlier record if a key was used before, and creates nothing', async () => {
      const one = job();
      expect(await jobs.createJob(one, chunks, { key: 'k', bodyHash: 'h' })).toBeUndefined();
      const other = job({ id: `${number}-01ARZ3NDEKTSV4RRFFQ69G5FAX` });
      expect(await jobs.createJob(other, chunks, { key: 'k', bodyHash: 'other' })).toMatchObject({
        bodyHash: 'h',
        jobId: one.id,
      });
      expect(await jobs.getJob(other.id)).toBeUndefined();
      expect((await jobs.pageJobs({ phoneNumberId: number, limit: 10 })).jobs).toEqual([one]);
      expect(await jobs.findIdempotent(number, 'k')).toMatchObject({ bodyHash: 'h', jobId: one.id });
      expect(await jobs.findIdempotent(number, 'other')).toBeUndefined();
    });

    it('saves a chunk only over the revision that was loaded', async () => {
      const one = await created();
      const { chunk } = await jobs.loadChunk(one.id, 1);
      const running = {
        ...chunk,
        status: 'running',
        run: 2,
        batchSize: 500,
        lastCode: 130429,
        current: { operationId: 'op-1', startedAt: AT },
        revision: 2,
      } as const;
      expect(await jobs.saveChunk(one.id, running)).toBe(true);
      expect(await jobs.saveChunk(one.id, running)).toBe(false);
      expect((await jobs.loadChunk(one.id, 1)).chunk).toEqual(running);
      const { batchSize: _, lastCode: __, current: ___, ...rest } = running;
      const cancelled = { ...rest, status: 'cancelled', revision: 3 } as const;
      expect(await jobs.saveChunk(one.id, { ...cancelled, current: undefined })).toBe(true);
      expect((await jobs.loadChunk(one.id, 1)).chunk).toEqual(cancelled);
    });

    it('saves outcomes by place together with their chunk, or not at all', async () => {
      const one = await created();
      const outcomes = {
        pending: [1],
        placed: [
          { index: 0, code: 131047, message: 'Re-engagement required', waId: '16505550009', userId: undefined },
          { index: 2, code: undefined, message: undefined, waId: '1650', userId: 'US.1' },
        ],
      };
      const { chunk } = await jobs.loadChunk(one.id, 0);
      const next = { ...chunk, status: 'running', revision: 2 } as const;
      expect(await jobs.saveChunk(one.id, next, { outcomes })).toBe(true);
      // Another attempt was first: neither the chunk nor its outcomes are written.
      expect(await jobs.saveChunk(one.id, next, { outcomes: { pending: [], placed: [] } })).toBe(false);
      expect((await jobs.loadChunk(one.id, 0)).outcomes).toEqual(outcomes);
      expect((await jobs.loadChunks(one.id, [1, 0])).map(({ chunk: { index } }) => index)).toEqual([1, 0]);
    });

    it('stores an operation together with the chunk that names it, or not at all', async () => {
      const one = await created();
      const { chunk } = await jobs.loadChunk(one.id, 0);
      const next = { ...chunk, status: 'running', revision: 2 } as const;
      const operation = { ...anOperation(number), operationId: 'op-1', jobId: one.id, chunk: 0 };
      const outcomes = { pending: [0, 2], placed: [] };
      expect(await jobs.saveChunk(one.id, next, { outcomes, operation })).toBe(true);
      expect(await jobs.saveChunk(one.id, next, { operation: { ...operation, operationId: 'op-2' } })).toBe(false);
      const stored = await store.listOpenOperations(number);
      expect(stored.map(({ operationId, jobId }) => [operationId, jobId])).toEqual([['op-1', one.id]]);
      expect((await jobs.loadChunk(one.id, 0)).outcomes).toEqual(outcomes);
      const { operations } = await store.pageOperations(number, { limit: 10 });
      expect(operations.map(({ operationId }) => operationId)).toEqual(['op-1']);
    });

    it('runs once, stops with the first error, finishes once, with its counts', async () => {
      const one = await created();
      await jobs.markRunning(one.id, AT);
      await jobs.markRunning(one.id, LATER);
      await jobs.stopJob(one, { code: 190, message: 'first' });
      await jobs.stopJob(one, { code: 10, message: 'second' });
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.finishJob(one, { ...failed, status: 'succeeded', finishedAt: AT }, jobEnded(one.id));
      await jobs.stopJob(one, { code: 10, message: 'third' });
      await jobs.markRunning(one.id, LATER);
      const error = { code: 190, message: 'first' };
      expect(await jobs.getJob(one.id)).toEqual({ ...one, ...failed, startedAt: AT, error });
    });

    it('is stopped and finished in its present run only', async () => {
      const one = await created();
      for (const run of [0, 2]) {
        await jobs.stopJob({ id: one.id, run }, { code: 190, message: 'late' });
        await jobs.finishJob({ id: one.id, run }, failed, jobEnded(one.id));
      }
      expect(await jobs.getJob(one.id)).toEqual(one);
    });

    it('is not stopped once it ended', async () => {
      const one = await created();
      await jobs.finishJob(one, { ...failed, status: 'succeeded' }, jobEnded(one.id));
      await jobs.stopJob(one, { code: 190, message: 'late' });
      expect(await jobs.getJob(one.id)).toEqual({ ...one, ...failed, status: 'succeeded' });
    });

    it('that does not exist is not created by a change', async () => {
      const nobody = job();
      await jobs.markRunning(nobody.id, AT);
      await jobs.stopJob(nobody, { code: 190, message: 'x' });
      await jobs.finishJob(nobody, failed, jobEnded(nobody.id));
      await jobs.cancelJob(nobody.id, ana);
      await jobs.reopenJob(nobody, retry(ana));
      await jobs.nextExecution(nobody);
      await jobs.postponeJob(nobody.id, AT);
      expect(await jobs.getJob(nobody.id)).toBeUndefined();
      expect(await jobs.listStalledJobs('2099-01-01T00:00:00.000Z')).not.toContain(nobody.id);
    });
  });

  describe('a cancellation', () => {
    it.each(['queued', 'running'])('of a job that is %s is the first one’s', async (status) => {
      const one = await created();
      if (status === 'running') await jobs.markRunning(one.id, AT);
      await jobs.cancelJob(one.id, ana);
      await jobs.cancelJob(one.id, bob);
      expect(await jobs.getJob(one.id)).toMatchObject({
        status,
        cancelledAt: AT,
        activity: [{ verb: 'cancelled', ...ana }],
      });
    });

    it('comes too late for a job that ended', async () => {
      const one = await created();
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.cancelJob(one.id, ana);
      expect(await jobs.getJob(one.id)).toEqual({ ...one, ...failed });
    });
  });

  describe('a retry', () => {
    it('begins the next run without the end of the last one', async () => {
      const one = await created();
      await jobs.markRunning(one.id, AT);
      await jobs.stopJob(one, { code: 190, message: 'x' });
      await jobs.cancelJob(one.id, ana);
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.reopenJob(one, retry(bob));
      const activity = [
        { verb: 'cancelled', ...ana },
        { verb: 'retried', ...bob },
      ];
      const reopened = { ...one, startedAt: AT, run: 2, execution: 2, retriedAt: LATER, retriedUsers: 3, activity };
      expect(await jobs.getJob(one.id)).toEqual(reopened);
      // It was asked for twice at once, or the answer was lost.
      await jobs.reopenJob(one, retry({ ...ana, at: '2026-11-01T03:00:00.000Z' }));
      expect(await jobs.getJob(one.id)).toEqual(reopened);
    });

    it('keeps the job’s first start, and ends, stops and is cancelled like the first run', async () => {
      const one = await created();
      await jobs.markRunning(one.id, AT);
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.reopenJob(one, retry(bob));
      const second = { ...one, run: 2 };
      await jobs.markRunning(one.id, LATER);
      expect(await jobs.getJob(one.id)).toMatchObject({ status: 'running', startedAt: AT, run: 2 });
      await jobs.stopJob(one, { code: 10, message: 'of the run before' });
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.stopJob(second, { code: 190, message: 'of this run' });
      await jobs.cancelJob(one.id, bob);
      expect(await jobs.getJob(one.id)).toMatchObject({
        status: 'running',
        error: { code: 190 },
        activity: [{ verb: 'retried' }, { verb: 'cancelled', ...bob }],
      });
      await jobs.finishJob(second, { ...failed, status: 'cancelled' }, jobEnded(second.id));
      expect(await jobs.getJob(one.id)).toMatchObject({ status: 'cancelled', finishedAt: LATER, run: 2, progress });
    });

    it('is refused for a job that is open, and for another run than the one that ended', async () => {
      const one = await created();
      await jobs.reopenJob(one, retry(bob));
      expect(await jobs.getJob(one.id)).toEqual(one);
      await jobs.markRunning(one.id, AT);
      await jobs.reopenJob(one, retry(bob));
      expect(await jobs.getJob(one.id)).toMatchObject({ status: 'running', run: 1 });
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.reopenJob({ ...one, run: 2 }, retry(bob));
      expect(await jobs.getJob(one.id)).toMatchObject({ status: 'failed', run: 1, execution: 1 });
    });
  });

  describe('a revert', () => {
    const undo = (of: Job, end = 'W') => ({
      job: job({
        id: `${number}-01ARZ3NDEKTSV4RRFFQ69G5FA${end}`,
        action: 'unblock',
        reverts: of.id,
        total: 1,
        chunkCount: 1,
      }),
      chunks: [list.slice(0, 1)],
    });

    it('is a job, with its chunks, that the job names from then on', async () => {
      const one = await created();
      await jobs.finishJob(one, failed, jobEnded(one.id));
      const revert = undo(one);
      expect(await jobs.createRevert(revert, one, bob)).toBe(true);
      expect(await jobs.getJob(revert.job.id)).toEqual(revert.job);
      expect(await jobs.loadChunk(revert.job.id, 0)).toMatchObject({ chunk: { total: 1 }, entries: list.slice(0, 1) });
      expect(await jobs.getJob(one.id)).toEqual({
        ...one,
        ...failed,
        revertedBy: revert.job.id,
        activity: [{ verb: 'reverted', ...bob }],
      });
      expect((await jobs.pageJobs({ phoneNumberId: number, limit: 10 })).jobs.map(({ id }) => id)).toEqual([
        revert.job.id,
        one.id,
      ]);
      expect((await jobs.listOpenJobs([number])).map(({ id }) => id)).toEqual([revert.job.id]);
    });

    it('happens once, and the job cannot be retried after that', async () => {
      const one = await created();
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.createRevert(undo(one), one, ana);
      const before = await jobs.getJob(one.id);
      expect(await jobs.createRevert(undo(one, 'X'), one, bob)).toBe(false);
      await jobs.reopenJob(one, { ...bob, retriedUsers: 1 });
      expect(await jobs.getJob(one.id)).toEqual(before);
      expect(await jobs.getJob(undo(one, 'X').job.id)).toBeUndefined();
    });

    it('is refused for a job that is open, that was retried since, or that does not exist', async () => {
      const one = await created();
      expect(await jobs.createRevert(undo(one), one, bob)).toBe(false);
      await jobs.markRunning(one.id, AT);
      expect(await jobs.createRevert(undo(one), one, bob)).toBe(false);
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.reopenJob(one, { ...bob, retriedUsers: 1 });
      await jobs.finishJob({ id: one.id, run: 2 }, failed, jobEnded(one.id));
      expect(await jobs.createRevert(undo(one), one, bob)).toBe(false);
      const nobody = job({ id: `${number}-01ARZ3NDEKTSV4RRFFQ69G5FAZ` });
      expect(await jobs.createRevert(undo(nobody), nobody, bob)).toBe(false);
      expect(await jobs.getJob(undo(one).job.id)).toBeUndefined();
      expect(await jobs.getJob(nobody.id)).toBeUndefined();
      expect(await jobs.getJob(one.id)).not.toHaveProperty('revertedBy', expect.anything());
    });
  });

  describe('the next execution', () => {
    it('follows the present one, once, and changes nothing else', async () => {
      const one = await created();
      await jobs.nextExecution(one);
      await jobs.nextExecution(one);
      expect(await jobs.getJob(one.id)).toEqual({ ...one, execution: 2 });
      await jobs.nextExecution({ id: one.id, execution: 2 });
      expect(await jobs.getJob(one.id)).toEqual({ ...one, execution: 3 });
      // A sweep that was late does not go back.
      await jobs.nextExecution(one);
      expect(await jobs.getJob(one.id)).toEqual({ ...one, execution: 3 });
    });

    it('is refused for a job that ended', async () => {
      const one = await created();
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.nextExecution(one);
      expect(await jobs.getJob(one.id)).toMatchObject({ execution: 1 });
    });
  });

  describe('a job is due', () => {
    const createdMs = Date.parse('2026-11-01T00:00:00.000Z');
    const at = (ms: number) => new Date(createdMs + ms).toISOString();
    const wantsAction = async (one: Job, ms: number) =>
      (await jobs.listStalledJobs(at(ms))).filter((id) => id === one.id).length === 1;

    it('some time after it was created, again some time after it was checked, and never after its end', async () => {
      const one = await created({ createdAt: at(0) });
      expect(await wantsAction(one, JOB_IDLE_MS - 1)).toBe(false);
      expect(await wantsAction(one, JOB_IDLE_MS)).toBe(true);
      await jobs.markRunning(one.id, at(JOB_IDLE_MS));
      expect(await wantsAction(one, JOB_IDLE_MS)).toBe(true);
      await jobs.postponeJob(one.id, at(JOB_IDLE_MS));
      expect(await wantsAction(one, 2 * JOB_IDLE_MS - 1)).toBe(false);
      expect(await wantsAction(one, 2 * JOB_IDLE_MS)).toBe(true);
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.postponeJob(one.id, at(0));
      expect(await wantsAction(one, 100 * JOB_IDLE_MS)).toBe(false);
    });

    it('some time after it was retried', async () => {
      const one = await created({ createdAt: at(0) });
      await jobs.finishJob(one, failed, jobEnded(one.id));
      await jobs.reopenJob(one, retry({ ...bob, at: at(5_000) }));
      expect(await wantsAction(one, 5_000 + JOB_IDLE_MS - 1)).toBe(false);
      expect(await wantsAction(one, 5_000 + JOB_IDLE_MS)).toBe(true);
    });
  });

  describe('the open jobs of a number', () => {
    it('are the queued and running ones of that number only', async () => {
      const ids = ['V', 'W', 'X', 'Y', 'Z'].map((end) => `${number}-01ARZ3NDEKTSV4RRFFQ69G5FA${end}`);
      const [queued, running, ended, again, cancelled] = ids;
      for (const id of ids) await created({ id });
      // The other id begins alike.
      await created({ id: `${number}1-01ARZ3NDEKTSV4RRFFQ69G5FAV`, phoneNumberId: `${number}1` });
      await jobs.markRunning(running ?? '', AT);
      for (const id of [ended ?? '', again ?? '']) await jobs.finishJob({ id, run: 1 }, failed, jobEnded(id));
      await jobs.reopenJob(job({ id: again ?? '' }), retry(bob));
      // What is called off has not ended before its chunks have.
      await jobs.cancelJob(cancelled ?? '', ana);
      const open = await jobs.listOpenJobs([number, freshNumber()]);
      expect(open.map(({ id }) => id).sort()).toEqual([queued, running, again, cancelled]);
      for (const one of open) expect(one).toEqual(await jobs.getJob(one.id));
      expect(await jobs.listOpenJobs([freshNumber()])).toEqual([]);
      const both = await jobs.listOpenJobs([`${number}1`, number]);
      expect(both).toHaveLength(5);
    });
  });

  describe('jobs', () => {
    const startMs = Date.parse('2026-11-01T00:00:00.000Z');
    /** Five jobs of two numbers by turns, oldest first, written in another order. */
    const several = async () => {
      const other = freshNumber();
      const five = [0, 1, 2, 3, 4].map((hour) => {
        const phoneNumberId = hour % 2 === 0 ? number : other;
        const ms = startMs + hour * 3_600_000;
        const createdAt = new Date(ms).toISOString();
        return job({ id: `${phoneNumberId}-${ulid(ms)}`, phoneNumberId, createdAt });
      });
      for (const place of [3, 0, 4, 2, 1]) {
        const one = five[place];
        if (one) await jobs.createJob(one, chunks, undefined);
      }
      return { other, ids: five.map(({ id }) => id) };
    };
    /** Ids of every page, from the first to the last. */
    const pages = async (query: { phoneNumberId?: string; limit: number }) => {
      const found: string[][] = [];
      for (let after: string | undefined; ; ) {
        const page = await jobs.pageJobs({ ...query, after });
        found.push(page.jobs.map(({ id }) => id));
        after = page.end;
        if (after === undefined) return found;
        expect(page.jobs.at(-1)?.id).toBe(after);
        if (found.length > 1_000) throw new Error('The pages never end');
      }
    };

    it('of one number come newest first, in pages, the last of which says that it is', async () => {
      const { other, ids } = await several();
      // The partition of the jobs also has other items of the number.
      await store.startOperation(anOperation(number));
      await store.failReconciliation(number, { at: AT, code: 1, message: 'x' });
      const [first, second, third, fourth, fifth] = ids;
      expect(await pages({ phoneNumberId: number, limit: 2 })).toEqual([[fifth, third], [first]]);
      expect(await pages({ phoneNumberId: number, limit: 3 })).toEqual([[fifth, third, first]]);
      expect(await pages({ phoneNumberId: number, limit: 1 })).toEqual([[fifth], [third], [first]]);
      expect(await pages({ phoneNumberId: other, limit: 10 })).toEqual([[fourth, second]]);
      expect(await pages({ phoneNumberId: freshNumber(), limit: 10 })).toEqual([[]]);
    });

    it('of all numbers come newest first, in pages, in their present state', async () => {
      const { ids } = await several();
      const [first, , third] = ids;
      await jobs.markRunning(first ?? '', AT);
      for (const limit of [1, 2, 1_000]) {
        const found = (await pages({ limit })).flat();
        expect(found.filter((id) => ids.includes(id))).toEqual([...ids].reverse());
        expect(new Set(found).size).toBe(found.length);
      }
      const { jobs: behind } = await jobs.pageJobs({ after: third, limit: 1_000 });
      expect(behind.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual([ids[1], ids[0]]);
      expect(behind.find(({ id }) => id === first)).toMatchObject({ status: 'running', startedAt: AT });
    });

    it('go on after a place at which there is no job', async () => {
      const { ids } = await several();
      const after = `${number}-${ulid(startMs + 3 * 3_600_000 + 1)}`;
      const own = await jobs.pageJobs({ phoneNumberId: number, after, limit: 10 });
      expect(own.jobs.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
      const all = await jobs.pageJobs({ after, limit: 1_000 });
      expect(all.jobs.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual([ids[3], ids[2], ids[1], ids[0]]);
    });
  });
}
