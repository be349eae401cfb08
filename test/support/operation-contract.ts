import { ulid } from 'ulid';
import { beforeEach, describe, expect, it } from 'vitest';
import { OPERATION_DEADLINE_MS, type Operation } from '../../lambdas/core/changes/operation.ts';
import type { BlocklistStore, OperationPlace } from '../../lambdas/core/ports/blocklist-store.ts';
import type { MirrorUser } from '../../lambdas/core/users/mirror.ts';
import { anOperation, auditEvent, countedAs, freshNumber, mirrorUser, ofSize } from './contract-fixtures.ts';

/** What core needs of the operations: written ahead, completed once, and found if they were never completed. */
export function operationContract(open: () => BlocklistStore): void {
  let store: BlocklistStore;
  let number: string;
  beforeEach(() => {
    store = open();
    number = freshNumber();
  });

  const operation = (change: Partial<Operation> = {}) => anOperation(number, change);
  const completion = {
    status: 'finished',
    succeeded: 1,
    failed: 1,
    deferred: 0,
    delta: ofSize(3),
    durationMs: 40,
    code: 131047,
  } as const;
  const size = async () => (await store.getSummary(number))?.size;
  const openIds = async () => (await store.listOpenOperations(number)).map(({ operationId }) => operationId).sort();

  describe('operation', () => {
    it('adds to the size of the list when it is completed, once, however often it is started and completed', async () => {
      expect(await store.getSummary(number)).toBeUndefined();
      await store.startOperation(operation());
      expect(await size()).toBeUndefined();
      await store.completeOperation(operation(), completion);
      expect(await size()).toBe(3);
      await store.completeOperation(operation(), completion);
      await store.startOperation(operation());
      await store.completeOperation(operation(), { ...completion, status: 'failed' });
      expect(await size()).toBe(3);
      expect(await store.getSummary(number, true)).toEqual(countedAs(3));
    });

    it('is open again when it is resumed after its end, and is not counted a second time', async () => {
      const ofJob = operation({ jobId: 'job-1', chunk: 0, ids: undefined });
      await store.resumeOperation(ofJob);
      await store.completeOperation(ofJob, completion);
      expect(await openIds()).toEqual([]);
      await store.resumeOperation(ofJob);
      await store.resumeOperation(ofJob);
      const { ids: _, ...started } = { ...ofJob, status: 'started' };
      expect(await store.listOpenOperations(number)).toEqual([started]);
      const overdue = await store.listOverdueOperations(
        new Date(Date.parse(ofJob.startedAt) + OPERATION_DEADLINE_MS).toISOString(),
      );
      expect(overdue).toMatchObject({ phoneNumberIds: [number], jobIds: ['job-1'] });
      await store.completeOperation(ofJob, { ...completion, status: 'uncertain', ids: ['16505550001'] });
      expect(await store.listOpenOperations(number)).toMatchObject([{ status: 'uncertain', ids: ['16505550001'] }]);
      expect(await size()).toBe(3);
      await store.resumeOperation(ofJob);
      expect(await store.listOpenOperations(number)).toEqual([started]);
      await store.completeOperation(ofJob, completion);
      expect(await openIds()).toEqual([]);
      expect(await size()).toBe(3);
    });

    it('stays as it is when it is resumed before its end', async () => {
      await store.startOperation(operation());
      await store.resumeOperation(operation({ users: 9 }));
      expect(await store.listOpenOperations(number)).toMatchObject([{ users: operation().users }]);
    });

    it('may change nothing, and take away; a size never reads below zero', async () => {
      const complete = async (operationId: string, size: number) => {
        await store.startOperation(operation({ operationId }));
        await store.completeOperation(operation({ operationId }), { ...completion, delta: ofSize(size) });
      };
      await complete('op-a', 2);
      await complete('op-b', 0);
      await complete('op-c', -1);
      expect(await size()).toBe(1);
      await complete('op-d', -5);
      expect(await size()).toBe(0);
    });

    it('counts each of many that are completed at the same time', async () => {
      await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const one = operation({ operationId: `op-${index}` });
          await store.startOperation(one);
          await store.completeOperation(one, { ...completion, delta: ofSize(1) });
        }),
      );
      expect(await size()).toBe(12);
    });
  });

  describe('an operation that is completed at once with its users', () => {
    const [first, second] = ['16505550001', '16505550002'] as const;
    const write = (user: string, prior?: MirrorUser) => ({
      id: user,
      prior,
      next: mirrorUser(user, { revision: (prior?.revision ?? 0) + 1 }),
    });
    const event = (user: string) =>
      auditEvent(user, '2026-11-01T01:00:00.000Z', { operationId: operation().operationId });
    const stored = async (...users: string[]) => [...(await store.getUsers(number, users, true)).keys()].sort();
    const recorded = async (user: string) => (await store.pageEvents(number, [user], { limit: 10 })).length;
    const status = async () => (await store.pageOperations(number, { limit: 1 })).operations[0]?.status;

    it('writes the users, their history, its end and the counts', async () => {
      await store.startOperation(operation());
      const records = { writes: [write(first), write(second)], events: [event(first)] };
      expect(await store.completeWithRecords(operation(), completion, records)).toBe(true);
      expect(await stored(first, second)).toEqual([first, second]);
      expect([await recorded(first), await recorded(second)]).toEqual([1, 0]);
      expect([await status(), await size()]).toEqual(['finished', 3]);
      expect(await openIds()).toEqual([]);
    });

    it('may write only its end', async () => {
      await store.startOperation(operation());
      const none = { ...completion, delta: ofSize(0) };
      expect(await store.completeWithRecords(operation(), none, { writes: [], events: [] })).toBe(true);
      expect([await status(), await size()]).toEqual(['finished', undefined]);
    });

    it('writes nothing at all if another writer was first at one user', async () => {
      await store.startOperation(operation());
      await store.putUsers(number, [write(second)]);
      const records = { writes: [write(first), write(second)], events: [event(first), event(second)] };
      expect(await store.completeWithRecords(operation(), completion, records)).toBe(false);
      expect(await stored(first, second)).toEqual([second]);
      expect([await recorded(first), await recorded(second)]).toEqual([0, 0]);
      expect([await status(), await size()]).toEqual(['started', undefined]);
      const over = { writes: [write(second, mirrorUser(second))], events: [] };
      expect(await store.completeWithRecords(operation(), completion, over)).toBe(true);
    });

    it('writes nothing if it has ended already', async () => {
      await store.startOperation(operation());
      await store.completeOperation(operation(), completion);
      const records = { writes: [write(first)], events: [event(first)] };
      expect(await store.completeWithRecords(operation(), completion, records)).toBe(false);
      expect([await stored(first), await recorded(first), await size()]).toEqual([[], 0, 3]);
    });
  });

  describe('an operation without a known end', () => {
    it('is found with its users, or with the chunk that holds them', async () => {
      const direct = operation({
        operationId: 'op-1',
        ids: ['16505550001', 'US.1'],
        onBehalfOf: 'ana',
        reason: 'spam',
        reasonCode: 'spam',
        blockedBy: { actor: 'arn:aws:iam::111122223333:role/fraud' },
      });
      const chunk = { source: 'job', jobId: `${number}-01`, chunk: 0, startedAt: '2026-11-02T01:00:00.000Z' } as const;
      const inJob = operation({ operationId: 'op-2', action: 'unblock', ...chunk });
      for (const one of [direct, inJob]) await store.startOperation(one);
      const found = await store.listOpenOperations(number);
      expect(found.sort((a, b) => (a.operationId < b.operationId ? -1 : 1))).toEqual([
        { ...direct, status: 'started' },
        { ...inJob, status: 'started' },
      ]);
    });

    it('is found for its own number only', async () => {
      // The other ids begin alike, and are enough to share every partition that there may be.
      const others = Array.from({ length: 30 }, (_, index) => `${number}${index}`);
      for (const other of others) await store.startOperation(anOperation(other));
      expect(await store.listOpenOperations(number)).toEqual([]);
      await store.startOperation(operation());
      expect(await openIds()).toEqual([operation().operationId]);
    });

    it('is gone once it is completed for certain, and stays, with its users and counts, while it is uncertain', async () => {
      const ids = ['16505550001', '16505550002'];
      for (const status of ['finished', 'failed', 'uncertain'] as const) {
        const one = operation({ operationId: status, ids });
        await store.startOperation(one);
        await store.completeOperation(one, { ...completion, status, fbtraceId: 'A1' });
      }
      const counts = { succeeded: 1, failed: 1, deferred: 0, durationMs: 40, code: 131047 };
      expect(await store.listOpenOperations(number)).toEqual([
        { ...operation({ operationId: 'uncertain', ids }), ...counts, status: 'uncertain' },
      ]);
    });

    it('may be uncertain about some of its users only', async () => {
      const ids = ['16505550001', '16505550002', 'US.1'];
      for (const operationId of ['op-1', 'op-2']) await store.startOperation(operation({ operationId, ids }));
      const inJob = operation({ operationId: 'op-3', source: 'job', jobId: `${number}-01`, chunk: 0 });
      await store.startOperation(inJob);
      const some = { ...completion, status: 'uncertain', ids: ['16505550002', 'US.1'] } as const;
      await store.completeOperation(operation({ operationId: 'op-1', ids }), { ...some, conflicting: ['US.1'] });
      const none = { writes: [], events: [] };
      expect(await store.completeWithRecords(operation({ operationId: 'op-2', ids }), some, none)).toBe(true);
      await store.completeOperation(inJob, some);
      const found = await store.listOpenOperations(number);
      expect(found.sort((a, b) => (a.operationId < b.operationId ? -1 : 1))).toMatchObject([
        { operationId: 'op-1', ids: some.ids, conflicting: ['US.1'] },
        { operationId: 'op-2', ids: some.ids },
        { operationId: 'op-3', ids: some.ids },
      ]);
      expect(found[1]?.conflicting).toBeUndefined();
    });

    it('makes its number due once it is older than a function may run, and no sooner', async () => {
      const startedMs = Date.parse('2031-01-01T00:00:00.000Z');
      const startedAt = new Date(startedMs).toISOString();
      const at = (ms: number) => new Date(startedMs + ms).toISOString();
      const wantsAction = async (now: string) => {
        const { phoneNumberIds } = await store.listOverdueOperations(now);
        return phoneNumberIds.filter((one) => one === number).length;
      };
      const [died, uncertain, completed] = ['op-1', 'op-2', 'op-3'].map((id) =>
        operation({ operationId: id, startedAt }),
      );
      if (!died || !uncertain || !completed) throw new Error('Expected three operations');
      for (const one of [died, uncertain, completed]) await store.startOperation(one);
      await store.completeOperation(uncertain, { ...completion, status: 'uncertain' });
      await store.completeOperation(completed, completion);
      expect(await wantsAction(at(OPERATION_DEADLINE_MS - 1))).toBe(0);
      // Once, however many of them there are.
      expect(await wantsAction(at(OPERATION_DEADLINE_MS))).toBe(1);
      await store.resolveOperation({ ...died, status: 'started' }, { succeeded: 0, failed: 2 });
      expect(await wantsAction(at(OPERATION_DEADLINE_MS))).toBe(1);
      await store.resolveOperation({ ...uncertain, status: 'uncertain' }, { succeeded: 0, failed: 2 });
      expect(await wantsAction(at(OPERATION_DEADLINE_MS))).toBe(0);
    });
  });

  it('tells when the oldest of those that are due began', async () => {
    const [first, second] = ['2001-01-01T00:00:00.000Z', '2001-01-01T00:07:00.000Z'].map((startedAt, index) =>
      operation({ operationId: `op-${index}`, startedAt }),
    );
    if (!first || !second) throw new Error('Expected two operations');
    for (const one of [second, first]) await store.startOperation(one);
    const oldest = async () => (await store.listOverdueOperations('2001-01-02T00:00:00.000Z')).oldestStartedAt;
    expect(await oldest()).toBe(first.startedAt);
    await store.completeOperation(first, completion);
    expect(await oldest()).toBe(second.startedAt);
    await store.completeOperation(second, completion);
    expect(await oldest()).toBeUndefined();
  });

  it('names the jobs that are to go on under one that is due, each once', async () => {
    const startedAt = '2031-02-01T00:00:00.000Z';
    const later = new Date(Date.parse(startedAt) + OPERATION_DEADLINE_MS).toISOString();
    const [going, over] = [`${number}-01`, `${number}-02`];
    const chunk = (operationId: string, jobId: string) => operation({ operationId, startedAt, jobId, source: 'job' });
    const [first, second, third] = [chunk('op-1', going), chunk('op-2', going), chunk('op-3', over)];
    for (const one of [first, second, third, operation({ startedAt })]) await store.startOperation(one);
    await store.completeOperation(third, { ...completion, status: 'uncertain' });
    const jobsOf = async (now: string) =>
      (await store.listOverdueOperations(now)).jobIds.filter((id) => id.startsWith(number));
    expect(await jobsOf(startedAt)).toEqual([]);
    expect(await jobsOf(later)).toEqual([going]);
  });

  describe('an operation that is resolved', () => {
    it.each(['started', 'uncertain'] as const)('is %s, and no longer open', async (status) => {
      const one = operation({ ids: ['16505550001'] });
      await store.startOperation(one);
      if (status === 'uncertain') await store.completeOperation(one, { ...completion, status, delta: ofSize(0) });
      await store.resolveOperation({ ...one, status }, { succeeded: 1, failed: 1, code: 10 });
      expect(await openIds()).toEqual([]);
    });

    it('stays so, even if another worker completes, resolves or starts it late', async () => {
      const one = operation();
      await store.startOperation(one);
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 2, failed: 0 });
      await store.completeOperation(one, completion);
      await store.completeOperation(one, { ...completion, status: 'uncertain' });
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 0, failed: 2 });
      await store.startOperation(one);
      expect(await openIds()).toEqual([]);
      // The size was the reconciliation's to correct; the late end must not count beside it.
      expect(await size()).toBeUndefined();
    });

    it('is refused if it has ended, or was never written', async () => {
      const one = operation();
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 0, failed: 2 });
      expect(await openIds()).toEqual([]);
      await store.startOperation(one);
      expect(await openIds()).toEqual([one.operationId]);
      await store.completeOperation(one, completion);
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 0, failed: 2 });
      expect(await size()).toBe(3);
    });
  });

  describe('operations', () => {
    const BOB = 'arn:aws:iam::111122223333:role/bob';
    /** Started at these times, in another order than that of time. */
    const started = async (...times: readonly (string | [string, Partial<Operation>])[]) => {
      const all = times.map((time) => {
        const [startedAt, change = {}] = typeof time === 'string' ? [time] : time;
        return operation({ operationId: ulid(Date.parse(startedAt)), startedAt, ...change });
      });
      for (const one of [...all].sort((a, b) => (a.operationId.slice(-8) < b.operationId.slice(-8) ? 1 : -1))) {
        await store.startOperation(one);
      }
      return all;
    };
    type Wanted = Omit<Parameters<BlocklistStore['pageOperations']>[1], 'limit' | 'after'>;
    /** Times of every page, from the first to the last. */
    const pages = async (limit: number, wanted: Wanted = {}) => {
      const found: string[][] = [];
      for (let after: OperationPlace | undefined; ; ) {
        const page = await store.pageOperations(number, { ...wanted, limit, after });
        found.push(page.operations.map(({ startedAt }) => startedAt));
        after = page.end;
        if (after === undefined) return found;
        if (found.length > 1_000) throw new Error('The pages never end');
      }
    };
    const DAYS = [
      '2024-02-29T23:59:59.999Z',
      '2026-10-30T08:00:00.000Z',
      '2026-10-30T09:00:00.000Z',
      '2026-10-31T23:59:59.999Z',
      '2026-11-01T00:00:00.000Z',
    ];
    const NEWEST_FIRST = [...DAYS].reverse();

    it('come newest first, over days and years, in pages the last of which says that it is', async () => {
      await started(...DAYS);
      await store.startOperation(anOperation(`${number}1`, { startedAt: DAYS[4] ?? '' }));
      expect(await pages(5)).toEqual([NEWEST_FIRST]);
      expect(await pages(1)).toEqual(NEWEST_FIRST.map((time) => [time]));
      expect(await pages(2)).toEqual([NEWEST_FIRST.slice(0, 2), NEWEST_FIRST.slice(2, 4), NEWEST_FIRST.slice(4)]);
      expect(await pages(1_000)).toEqual([NEWEST_FIRST]);
      number = freshNumber();
      expect(await pages(10)).toEqual([[]]);
    });

    it('are listed in their present state, without the ids of their users', async () => {
      const ids = ['16505550001', 'US.1'];
      const recorded = { reason: 'spam', reasonCode: 'spam', onBehalfOf: 'ana', ids } as const;
      const ofJob = { source: 'job', jobId: `${number}-01ARZ3NDEKTSV4RRFFQ69G5FAV`, chunk: 3 } as const;
      const [first, second, third, fourth] = await started(
        ['2026-11-01T01:00:00.000Z', recorded],
        ['2026-11-01T02:00:00.000Z', { action: 'unblock', source: 'expiry', actor: 'blocklist' }],
        ['2026-11-01T03:00:00.000Z', ofJob],
        ['2026-11-01T04:00:00.000Z', { source: 'webhook' }],
      );
      if (!first || !second || !third || !fourth) throw new Error('Expected four operations');
      const counts = { succeeded: 1, failed: 2, deferred: 3, durationMs: 40 };
      const end = { ...counts, delta: ofSize(0) };
      await store.completeOperation(second, { ...end, status: 'finished', fbtraceId: 'A1' });
      await store.completeOperation(third, { ...end, status: 'uncertain', code: 131000 });
      await store.resolveOperation({ ...fourth, status: 'started' }, { succeeded: 0, failed: 2, code: 10 });
      const { ids: _, ...rest } = first;
      const { operations, end: none } = await store.pageOperations(number, { limit: 10 });
      expect(operations).toEqual([
        { ...fourth, status: 'resolved', succeeded: 0, failed: 2, code: 10 },
        { ...third, ...counts, status: 'uncertain', code: 131000 },
        { ...second, ...counts, status: 'finished' },
        { ...rest, status: 'started' },
      ]);
      expect(none).toBeUndefined();
    });

    it('can be those of a span, to the millisecond, both ends included', async () => {
      const times = ['09:59:59.999', '10:00:00.000', '10:00:00.001', '12:00:00.000', '12:00:00.001'].map(
        (time) => `2026-11-03T${time}Z`,
      );
      await started('2026-11-02T11:00:00.000Z', ...times, '2026-11-04T11:00:00.000Z');
      const span = { since: '2026-11-03T10:00:00.000Z', until: '2026-11-03T12:00:00.000Z' };
      const within = times.slice(1, 4).reverse();
      expect(await pages(10, span)).toEqual([within]);
      expect((await pages(1, span)).flat()).toEqual(within);
      expect((await pages(2, { since: span.since })).flat()).toEqual([
        '2026-11-04T11:00:00.000Z',
        ...times.slice(1).reverse(),
      ]);
      expect((await pages(2, { until: span.until })).flat()).toEqual([
        ...times.slice(0, 4).reverse(),
        '2026-11-02T11:00:00.000Z',
      ]);
      expect(await pages(10, { since: '2026-11-05T00:00:00.000Z' })).toEqual([[]]);
      expect(await pages(10, { until: '2026-11-01T00:00:00.000Z' })).toEqual([[]]);
    });

    it('can be those of one actor', async () => {
      await started(
        ...DAYS.map((time, index): [string, Partial<Operation>] => [time, index % 2 ? { actor: BOB } : {}]),
      );
      const bobs = [DAYS[3], DAYS[1]];
      expect((await pages(10, { actor: BOB })).flat()).toEqual(bobs);
      expect((await pages(1, { actor: BOB })).flat()).toEqual(bobs);
      expect((await pages(1, { actor: BOB, since: DAYS[2] ?? '', until: DAYS[3] ?? '' })).flat()).toEqual([DAYS[3]]);
      // Whole names only.
      expect((await pages(1, { actor: 'bob' })).flat()).toEqual([]);
    });

    it('can be those with one reason code', async () => {
      const codes = ['spam', undefined, 'fraud'];
      await started(
        ...DAYS.map((time, index): [string, Partial<Operation>] => [time, { reasonCode: codes[index % 3] }]),
      );
      const wanted = DAYS.filter((_, index) => index % 3 === 0).toReversed();
      for (const limit of [1, 10]) expect((await pages(limit, { reasonCode: 'spam' })).flat()).toEqual(wanted);
      expect((await pages(10, { reasonCode: 'spam', actor: BOB })).flat()).toEqual([]);
      expect((await pages(10, { reasonCode: 'sp' })).flat()).toEqual([]);
    });

    it('continue after a place without an operation, and from the end of a day, even if others were started in between', async () => {
      const all = await started(...DAYS);
      const behind = async (place: OperationPlace, wanted: Wanted = {}) =>
        (await store.pageOperations(number, { ...wanted, limit: 10, after: place })).operations.map(
          ({ startedAt }) => startedAt,
        );
      const noon = { day: '2026-10-30', operationId: ulid(Date.parse('2026-10-30T08:30:00.000Z')) };
      expect(await behind(noon)).toEqual([DAYS[1], DAYS[0]]);
      expect(await behind({ day: '2026-10-30' })).toEqual([DAYS[0]]);
      expect(await behind({ day: '2026-10-29' })).toEqual([DAYS[0]]);
      await started('2026-11-02T00:00:00.000Z', '2026-11-01T00:00:00.001Z');
      expect(await behind({ day: '2026-11-01', operationId: all[4]?.operationId })).toEqual(NEWEST_FIRST.slice(1));
      // Of another span than the one that the place was in.
      expect(await behind({ day: '2026-10-30' }, { since: '2026-11-01T00:00:00.000Z' })).toEqual([]);
      expect(await behind(noon, { since: '2026-10-30T10:00:00.000Z' })).toEqual([]);
      expect(await behind(noon, { until: '2026-01-01T00:00:00.000Z' })).toEqual([DAYS[0]]);
    });

    it('fill their pages over more days than are read at once', async () => {
      const firstMs = Date.parse('2026-01-01T12:00:00.000Z');
      const times = Array.from({ length: 90 }, (_, day) => new Date(firstMs + day * 86_400_000).toISOString());
      await started(...times, '2026-03-01T13:00:00.000Z');
      const newestFirst = [...times, '2026-03-01T13:00:00.000Z'].sort().reverse();
      expect(await pages(40)).toEqual([newestFirst.slice(0, 40), newestFirst.slice(40, 80), newestFirst.slice(80)]);
      expect((await pages(7, { since: times[30] ?? '', until: times[80] ?? '' })).flat()).toEqual(
        newestFirst.filter((time) => time >= (times[30] ?? '') && time <= (times[80] ?? '')),
      );
      const actor = operation().actor;
      expect((await pages(100, { actor })).flat()).toEqual(newestFirst);
      expect((await pages(9, { actor })).flat()).toEqual(newestFirst);
      expect((await pages(9, { actor: BOB })).flat()).toEqual([]);
    });
  });
}
