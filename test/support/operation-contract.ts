import { beforeEach, describe, expect, it } from 'vitest';
import { OPERATION_DEADLINE_MS, type Operation } from '../../lambdas/core/blocklist/operation.ts';
import type { BlocklistStore } from '../../lambdas/core/blocklist/store.ts';
import { anOperation, freshNumber } from './contract-fixtures.ts';

/** What core relies on of the operations: written ahead, settled once, and found where nobody settled them. */
export function operationContract(open: () => BlocklistStore): void {
  let store: BlocklistStore;
  let number: string;
  beforeEach(() => {
    store = open();
    number = freshNumber();
  });

  const operation = (change: Partial<Operation> = {}) => anOperation(number, change);
  const settlement = {
    status: 'finished',
    succeeded: 1,
    failed: 1,
    sizeDelta: 3,
    durationMs: 40,
    code: 131047,
  } as const;
  const size = async () => (await store.getSummary(number))?.size;
  const openIds = async () => (await store.listOpenOperations(number)).map(({ operationId }) => operationId).sort();

  describe('operation', () => {
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
      expect(await store.getSummary(number, true)).toEqual({ size: 3 });
    });

    it('may change nothing, and take away; a size never reads below zero', async () => {
      const settle = async (operationId: string, sizeDelta: number) => {
        await store.startOperation(operation({ operationId }));
        await store.settleOperation(operation({ operationId }), { ...settlement, sizeDelta });
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
          const one = operation({ operationId: `op-${index}` });
          await store.startOperation(one);
          await store.settleOperation(one, { ...settlement, sizeDelta: 1 });
        }),
      );
      expect(await size()).toBe(12);
    });
  });

  describe('an operation without a known end', () => {
    it('is found with its users, or with the chunk that holds them', async () => {
      const direct = operation({
        operationId: 'op-1',
        ids: ['16505550001', 'US.1'],
        onBehalfOf: 'ana',
        reason: 'spam',
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

    it('is no other number’s', async () => {
      // The other ids begin alike, and are enough to share every partition that there may be.
      const others = Array.from({ length: 30 }, (_, index) => `${number}${index}`);
      for (const other of others) await store.startOperation(anOperation(other));
      expect(await store.listOpenOperations(number)).toEqual([]);
      await store.startOperation(operation());
      expect(await openIds()).toEqual([operation().operationId]);
    });

    it('is gone once it is settled for certain, and stays, with its users and counts, while it is uncertain', async () => {
      const ids = ['16505550001', '16505550002'];
      for (const status of ['finished', 'failed', 'uncertain'] as const) {
        const one = operation({ operationId: status, ids });
        await store.startOperation(one);
        await store.settleOperation(one, { ...settlement, status, fbtraceId: 'A1' });
      }
      const counts = { succeeded: 1, failed: 1, code: 131047 };
      expect(await store.listOpenOperations(number)).toEqual([
        { ...operation({ operationId: 'uncertain', ids }), ...counts, status: 'uncertain' },
      ]);
    });

    it('makes its number due once it is older than any function may run, and no sooner', async () => {
      const startedMs = Date.parse('2031-01-01T00:00:00.000Z');
      const startedAt = new Date(startedMs).toISOString();
      const at = (ms: number) => new Date(startedMs + ms).toISOString();
      const isDue = async (now: string) => {
        const due = await store.listNumbersWithDueOperations(now);
        return due.filter((one) => one === number).length;
      };
      const [died, uncertain, settled] = ['op-1', 'op-2', 'op-3'].map((id) =>
        operation({ operationId: id, startedAt }),
      );
      if (!died || !uncertain || !settled) throw new Error('Expected three operations');
      for (const one of [died, uncertain, settled]) await store.startOperation(one);
      await store.settleOperation(uncertain, { ...settlement, status: 'uncertain' });
      await store.settleOperation(settled, settlement);
      expect(await isDue(at(OPERATION_DEADLINE_MS - 1))).toBe(0);
      // Once, however many of them there are.
      expect(await isDue(at(OPERATION_DEADLINE_MS))).toBe(1);
      await store.resolveOperation({ ...died, status: 'started' }, { succeeded: 0, failed: 2 });
      expect(await isDue(at(OPERATION_DEADLINE_MS))).toBe(1);
      await store.resolveOperation({ ...uncertain, status: 'uncertain' }, { succeeded: 0, failed: 2 });
      expect(await isDue(at(OPERATION_DEADLINE_MS))).toBe(0);
    });
  });

  describe('an operation that is resolved', () => {
    it.each(['started', 'uncertain'] as const)('was %s, and is open no more', async (status) => {
      const one = operation({ ids: ['16505550001'] });
      await store.startOperation(one);
      if (status === 'uncertain') await store.settleOperation(one, { ...settlement, status, sizeDelta: 0 });
      await store.resolveOperation({ ...one, status }, { succeeded: 1, failed: 1, code: 10 });
      expect(await openIds()).toEqual([]);
    });

    it('stays so, whoever settles, resolves or starts it late', async () => {
      const one = operation();
      await store.startOperation(one);
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 2, failed: 0 });
      await store.settleOperation(one, settlement);
      await store.settleOperation(one, { ...settlement, status: 'uncertain' });
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 0, failed: 2 });
      await store.startOperation(one);
      expect(await openIds()).toEqual([]);
      // The size was the reconciliation's to correct; the late end must not count beside it.
      expect(await size()).toBeUndefined();
    });

    it('was not one that ended, or that was never written', async () => {
      const one = operation();
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 0, failed: 2 });
      expect(await openIds()).toEqual([]);
      await store.startOperation(one);
      expect(await openIds()).toEqual([one.operationId]);
      await store.settleOperation(one, settlement);
      await store.resolveOperation({ ...one, status: 'started' }, { succeeded: 0, failed: 2 });
      expect(await size()).toBe(3);
    });
  });
}
