import { beforeEach, describe, expect, it } from 'vitest';
import { toEntryList } from '../../lambdas/core/blocklist/entries.ts';
import type { AuditEvent, MirrorUser } from '../../lambdas/core/blocklist/mirror.ts';
import type { Operation } from '../../lambdas/core/blocklist/operation.ts';
import type { Job } from '../../lambdas/core/jobs/job.ts';
import type { JobStore } from '../../lambdas/core/jobs/ports.ts';
import type { BlocklistStore } from '../../lambdas/core/ports.ts';

let serial = 0;

/** A phone number id that no other test uses. */
export function freshNumber(): string {
  serial += 1;
  return `1065403${process.pid}${String(serial).padStart(4, '0')}`;
}

export function mirrorUser(user: string, change: Partial<MirrorUser> = {}): MirrorUser {
  return {
    user,
    state: 'blocked',
    input: `+${user}`,
    waId: user,
    blockedAt: '2026-11-01T12:00:00.000Z',
    actor: 'arn:aws:iam::111122223333:role/support',
    source: 'api',
    operationId: 'op-1',
    observedAt: '2026-11-01T12:00:00.000Z',
    change: 'added',
    revision: 1,
    ...change,
  };
}

/** What core relies on of its stores, whatever they are made of. */
export function storeContract(name: string, open: () => { store: BlocklistStore; jobs: JobStore }): void {
  describe(`${name} keeps the contract of the stores`, () => {
    let store: BlocklistStore;
    let jobs: JobStore;
    let number: string;
    beforeEach(() => {
      ({ store, jobs } = open());
      number = freshNumber();
    });

    const put = (...users: MirrorUser[]) =>
      store.putUsers(
        number,
        users.map((next) => ({ id: next.user, prior: undefined, next })),
      );

    describe('mirror', () => {
      it('gives back what was put, and nothing for the rest', async () => {
        const user = mirrorUser('16505550001', {
          reason: 'abuse "quoted"',
          onBehalfOf: 'ana',
          userId: 'US.1',
          lastFailure: { action: 'unblock', code: 1, at: 'x', operationId: 'op-0', actor: 'a' },
        });
        expect(await put(user)).toEqual([]);
        expect(await store.getUsers(number, ['16505550001', '16505550002'])).toEqual(new Map([['16505550001', user]]));
      });

      it('keeps numbers apart', async () => {
        await put(mirrorUser('16505550001'));
        expect(await store.getUsers(freshNumber(), ['16505550001'])).toEqual(new Map());
      });

      it('refuses a put where an item stands already, and names it', async () => {
        await put(mirrorUser('16505550001'));
        expect(await put(mirrorUser('16505550001', { reason: 'late' }), mirrorUser('16505550002'))).toEqual([
          '16505550001',
        ]);
        const found = await store.getUsers(number, ['16505550001', '16505550002'], true);
        expect(found.get('16505550001')).toEqual(mirrorUser('16505550001'));
        expect(found.get('16505550002')).toEqual(mirrorUser('16505550002'));
      });

      it('replaces an item whole, and only over the revision that was read', async () => {
        const first = mirrorUser('16505550001', { reason: 'abuse', onBehalfOf: 'ana' });
        await put(first);
        const second = mirrorUser('16505550001', { state: 'unblocked', blockedAt: undefined, revision: 2 });
        expect(await store.putUsers(number, [{ id: first.user, prior: first, next: second }])).toEqual([]);
        const third = mirrorUser('16505550001', { revision: 2 });
        expect(await store.putUsers(number, [{ id: first.user, prior: first, next: third }])).toEqual(['16505550001']);
        const found = (await store.getUsers(number, [first.user], true)).get(first.user);
        expect(found).toMatchObject({ state: 'unblocked', revision: 2 });
        expect(found).not.toHaveProperty('reason', 'abuse');
        expect(found).not.toHaveProperty('onBehalfOf', 'ana');
      });

      it('turns an item into an alias and back', async () => {
        const refused = mirrorUser('5491100000001', { state: 'unknown', change: 'none' });
        await put(refused);
        const alias = { aliasOf: '541100000001', revision: 2 };
        expect(await store.putUsers(number, [{ id: refused.user, prior: refused, next: alias }])).toEqual([]);
        expect((await store.getUsers(number, [refused.user], true)).get(refused.user)).toEqual(alias);
        const user = mirrorUser(refused.user, { revision: 3 });
        expect(await store.putUsers(number, [{ id: refused.user, prior: alias, next: user }])).toEqual([]);
        expect((await store.getUsers(number, [refused.user], true)).get(refused.user)).toEqual(user);
      });

      it('writes and reads 250 users in one call', async () => {
        const users = Array.from({ length: 250 }, (_, index) => mirrorUser(`1650555${String(index).padStart(4, '0')}`));
        expect(await put(...users)).toEqual([]);
        const found = await store.getUsers(
          number,
          users.map(({ user }) => user),
          true,
        );
        expect(found.size).toBe(250);
      });

      it('pages through everyone who is blocked once, forward and back, whatever the page size', async () => {
        const users = Array.from({ length: 57 }, (_, index) => mirrorUser(`1650555${String(index).padStart(4, '0')}`));
        await put(
          ...users,
          mirrorUser('16505559998', { state: 'unblocked' }),
          mirrorUser('16505559999', { state: 'unknown' }),
        );
        await store.putUsers(number, [
          { id: '16505558888', prior: undefined, next: { aliasOf: '16505550000', revision: 1 } },
        ]);
        for (const limit of [1, 10, 57, 100]) {
          const forward: string[] = [];
          let from: { shard: number; user: string } | undefined;
          for (let more = true; more; ) {
            const page = await store.pageBlocked(number, { limit, from });
            expect(page.users.length).toBeLessThanOrEqual(limit);
            forward.push(...page.users.map(({ user }) => user));
            from = page.users.at(-1);
            more = page.more;
          }
          expect([...forward].sort()).toEqual(users.map(({ user }) => user));
          const back: string[] = [];
          for (let more = true; more; ) {
            const page = await store.pageBlocked(number, { limit, from, backward: true });
            back.unshift(...page.users.map(({ user }) => user));
            from = page.users[0];
            more = page.more;
          }
          expect(back).toEqual(forward.slice(0, -1));
        }
      });

      it('keeps a place in the list although the user there was unblocked meanwhile', async () => {
        const users = Array.from({ length: 20 }, (_, index) => mirrorUser(`1650555${String(index).padStart(4, '0')}`));
        await put(...users);
        const first = await store.pageBlocked(number, { limit: 5 });
        const last = first.users.at(-1);
        expect(last).toBeDefined();
        if (!last) return;
        const { shard, ...prior } = last;
        await store.putUsers(number, [
          { id: last.user, prior, next: { ...prior, state: 'unblocked', revision: prior.revision + 1 } },
        ]);
        const rest = await store.pageBlocked(number, { limit: 100, from: { shard, user: last.user } });
        expect(rest.users).toHaveLength(15);
      });
    });

    describe('history', () => {
      const event = (user: string, at: string, operationId: string): AuditEvent => ({
        user,
        at,
        operationId,
        action: 'block',
        outcome: 'succeeded',
        actor: 'arn:aws:iam::111122223333:role/support',
        source: 'job',
        jobId: 'job-1',
      });

      it('is newest first, in pages, over several ids', async () => {
        const all = [1, 2, 3, 4, 5].map((hour) =>
          event(hour % 2 ? '16505550001' : '5491100000001', `2026-11-01T0${hour}:00:00.000Z`, `op-${hour}`),
        );
        await store.appendEvents(number, all);
        const users = ['16505550001', '5491100000001'];
        const first = await store.pageEvents(number, users, { limit: 3 });
        expect(first.map(({ operationId }) => operationId)).toEqual(['op-5', 'op-4', 'op-3']);
        const rest = await store.pageEvents(number, users, { limit: 3, before: '2026-11-01T03:00:00.000Z#op-3' });
        expect(rest).toEqual([all[1], all[0]]);
        expect(await store.pageEvents(number, ['16505550009'], { limit: 3 })).toEqual([]);
      });

      it('holds an event once, however often it is appended', async () => {
        const one = event('16505550001', '2026-11-01T01:00:00.000Z', 'op-1');
        await store.appendEvents(number, [one]);
        await store.appendEvents(number, [one]);
        expect(await store.pageEvents(number, ['16505550001'], { limit: 10 })).toEqual([one]);
      });
    });

    describe('number', () => {
      it('can be registered again', async () => {
        await store.registerNumber(number, '2026-11-01T01:00:00.000Z');
        await expect(store.registerNumber(number, '2026-11-02T01:00:00.000Z')).resolves.toBeUndefined();
      });
    });

    describe('operation', () => {
      const operation = (): Operation => ({
        operationId: `op-${number}`,
        phoneNumberId: number,
        action: 'block',
        startedAt: '2026-11-01T01:00:00.000Z',
        source: 'api',
        users: 2,
        actor: 'arn:aws:iam::111122223333:role/support',
      });
      const settlement = {
        status: 'finished',
        succeeded: 1,
        failed: 1,
        sizeDelta: 3,
        durationMs: 40,
        code: 131047,
      } as const;

      const size = async () => (await store.getSummary(number))?.size;

      it('adds to the size of the list when it is settled, once, however often it is started and settled', async () => {
        expect(await store.getSummary(number)).toBeUndefined();
        await store.startOperation(operation());
        expect(await size()).toBeUndefined();
        await store.settleOperation(operation(), settlement);
        expect(await size()).toBe(3);
        await store.settleOperation(operation(), settlement);
        await store.startOperation(operation());
        await store.settleOperation(operation(), { ...settlement, status: 'failed' });
        expect(await size()).toBe(3);
      });

      it('may change nothing, and take away; a size never reads below zero', async () => {
        const settle = async (operationId: string, sizeDelta: number) => {
          const one = { ...operation(), operationId };
          await store.startOperation(one);
          await store.settleOperation(one, { ...settlement, sizeDelta });
        };
        await settle('op-a', 2);
        await settle('op-b', 0);
        await settle('op-c', -1);
        expect(await size()).toBe(1);
        await settle('op-d', -5);
        expect(await size()).toBe(0);
      });

      it('counts each of many that are settled at the same time', async () => {
        await Promise.all(
          Array.from({ length: 12 }, async (_, index) => {
            const one = { ...operation(), operationId: `op-${index}` };
            await store.startOperation(one);
            await store.settleOperation(one, { ...settlement, sizeDelta: 1 });
          }),
        );
        expect(await size()).toBe(12);
      });
    });

    describe('job', () => {
      const job = (): Job => ({
        id: `${number}-01ARZ3NDEKTSV4RRFFQ69G5FAV`,
        phoneNumberId: number,
        action: 'block',
        status: 'queued',
        total: 4,
        chunkCount: 2,
        createdAt: new Date().toISOString(),
        actor: 'arn:aws:iam::111122223333:role/support',
        reason: 'spam',
      });
      const list = toEntryList([
        { input: '+1 650 555 0001', identity: { kind: 'phone', id: '16505550001' } },
        { input: 'US.13491208655302741918', identity: { kind: 'bsuid', id: 'US.13491208655302741918' } },
        { input: 'nobody', identity: undefined },
        { input: '16505550002', identity: { kind: 'phone', id: '16505550002' } },
      ]).distinct;
      const chunks = [list.slice(0, 3), list.slice(3)];

      it('gives back the job and its chunks', async () => {
        expect(await jobs.getJob(job().id)).toBeUndefined();
        const created = job();
        expect(await jobs.createJob(created, chunks, undefined)).toBeUndefined();
        expect(await jobs.getJob(created.id)).toEqual(created);
        expect(
          (await jobs.listChunks(created.id)).map(({ index, status, total, failed }) => [index, status, total, failed]),
        ).toEqual([
          [0, 'pending', 3, 1],
          [1, 'pending', 1, 0],
        ]);
        const loaded = await jobs.loadChunk(created.id, 0);
        expect(loaded.entries).toEqual(chunks[0]);
        expect(loaded.outcomes).toEqual({ placed: [] });
        await expect(jobs.loadChunk(created.id, 2)).rejects.toThrow('missing');
      });

      it('gives the earlier record where a key was used, and creates nothing', async () => {
        const created = job();
        expect(await jobs.createJob(created, chunks, { key: 'k', bodyHash: 'h' })).toBeUndefined();
        const other = { ...job(), id: `${number}-01ARZ3NDEKTSV4RRFFQ69G5FAX` };
        expect(await jobs.createJob(other, chunks, { key: 'k', bodyHash: 'other' })).toMatchObject({
          bodyHash: 'h',
          jobId: created.id,
        });
        expect(await jobs.getJob(other.id)).toBeUndefined();
        expect(await jobs.findIdempotent(number, 'k')).toMatchObject({ bodyHash: 'h', jobId: created.id });
        expect(await jobs.findIdempotent(number, 'other')).toBeUndefined();
      });

      it('saves a chunk only over the revision that was loaded', async () => {
        const created = job();
        await jobs.createJob(created, chunks, undefined);
        const { chunk } = await jobs.loadChunk(created.id, 1);
        const running = {
          ...chunk,
          status: 'running',
          batchSize: 500,
          lastCode: 130429,
          current: { operationId: 'op-1', startedAt: '2026-11-01T01:00:00.000Z' },
          revision: 2,
        } as const;
        expect(await jobs.saveChunk(created.id, running)).toBe(true);
        expect(await jobs.saveChunk(created.id, running)).toBe(false);
        expect((await jobs.loadChunk(created.id, 1)).chunk).toEqual(running);
        expect(await jobs.saveChunk(created.id, { ...running, current: undefined, revision: 3 })).toBe(true);
        expect((await jobs.loadChunk(created.id, 1)).chunk.current).toBeUndefined();
      });

      it('saves outcomes by place together with their chunk, or not at all', async () => {
        const created = job();
        await jobs.createJob(created, chunks, undefined);
        const outcomes = {
          pending: [1],
          placed: [
            { index: 0, code: 131047, message: 'Re-engagement required', waId: '16505550009', userId: undefined },
            { index: 2, code: undefined, message: undefined, waId: '1650', userId: 'US.1' },
          ],
        };
        const { chunk } = await jobs.loadChunk(created.id, 0);
        const next = { ...chunk, status: 'running', revision: 2 } as const;
        expect(await jobs.saveChunk(created.id, next, outcomes)).toBe(true);
        // Another pass was first: neither the chunk nor its outcomes are written.
        expect(await jobs.saveChunk(created.id, next, { pending: [], placed: [] })).toBe(false);
        expect((await jobs.loadChunk(created.id, 0)).outcomes).toEqual(outcomes);
        expect((await jobs.loadChunks(created.id, [1, 0])).map(({ chunk }) => chunk.index)).toEqual([1, 0]);
      });

      it('runs once, stops with the first error, finishes once', async () => {
        const created = job();
        await jobs.createJob(created, chunks, undefined);
        await jobs.markRunning(created.id, '2026-11-01T01:00:00.000Z');
        await jobs.markRunning(created.id, '2026-11-01T02:00:00.000Z');
        await jobs.stopJob(created.id, { code: 190, message: 'first' });
        await jobs.stopJob(created.id, { code: 10, message: 'second' });
        await jobs.finishJob(created.id, 'failed', '2026-11-01T03:00:00.000Z');
        await jobs.finishJob(created.id, 'succeeded', '2026-11-01T04:00:00.000Z');
        expect(await jobs.getJob(created.id)).toMatchObject({
          status: 'failed',
          startedAt: '2026-11-01T01:00:00.000Z',
          finishedAt: '2026-11-01T03:00:00.000Z',
          error: { code: 190, message: 'first' },
        });
      });
    });
  });
}
