import { beforeEach, describe, expect, it } from 'vitest';
import type { Completion, OpenOperation } from '../../lambdas/core/changes/operation.ts';
import { NO_TOTALS } from '../../lambdas/core/changes/totals.ts';
import type { ServiceEvent } from '../../lambdas/core/events/event.ts';
import type { BlocklistStore } from '../../lambdas/core/ports/blocklist-store.ts';
import type { EventOutbox, WaitingEvent } from '../../lambdas/core/ports/event-outbox.ts';
import type { JobStore } from '../../lambdas/core/ports/job-store.ts';
import { anOperation, freshNumber, jobEnded, mirrorUser, ofSize } from './contract-fixtures.ts';

export interface OpenStores {
  readonly store: BlocklistStore;
  readonly jobs: JobStore;
  readonly outbox: EventOutbox;
}

const AT = '2026-11-01T12:30:00.000Z';
const END_OF_TIME = '9999';
const SEQUENCE = '01K8ZJQ5Z0N4Q2T5V7W9X1Y3ZA';
const DONE: Completion = { status: 'finished', succeeded: 2, failed: 0, deferred: 0, delta: NO_TOTALS, durationMs: 5 };

/** What core needs so that each event gets out: it is recorded with its change or not at all, and stays until it is published. */
export function eventContract(open: () => OpenStores): void {
  describe('events', () => {
    let store: OpenStores['store'];
    let jobs: OpenStores['jobs'];
    let outbox: OpenStores['outbox'];
    let number: string;
    beforeEach(() => {
      ({ store, jobs, outbox } = open());
      number = freshNumber();
    });

    const waiting = async (before = END_OF_TIME): Promise<WaitingEvent[]> => {
      const found: WaitingEvent[] = [];
      for await (const page of outbox.listEvents(before)) {
        found.push(...page.filter(({ event }) => JSON.stringify(event.detail).includes(number)));
      }
      return found;
    };
    const events = async () => (await waiting()).map(({ event }) => event);
    const common = (id: string) => ({ id: `${id}/${number}`, sequence: SEQUENCE, at: AT, phone_number_id: number });
    const expired = (more: { readonly id?: string; readonly users?: string[] } = {}): ServiceEvent => {
      const { id = 'operation', ...detail } = more;
      return {
        type: 'Block Expired',
        detail: { ...common(id), operation_id: '01K3B9QZ4T7N2V5X8Y1Z3B6C9D', count: 2, ...detail },
      };
    };
    const nearlyFull = (level: 80 | 90 | 95, id = String(level)) => ({
      type: 'List Nearly Full' as const,
      detail: { ...common(id), level, limit: 10 },
    });
    const fail = (code: number, event: ServiceEvent) =>
      store.failReconciliation(number, { at: AT, code, message: 'no' }, event);
    const notReconciled = (code: number, id = String(code)): ServiceEvent => ({
      type: 'Number Not Reconciled',
      detail: { ...common(id), code },
    });

    it('a job that ends has one event, whatever else tries to end that run', async () => {
      const id = `${number}-01ARZ3NDEKTSV4RRFFQ69G5FAV`;
      const counts = { total: 4, chunkCount: 0, run: 1, execution: 1, actor: 'a', createdAt: AT };
      await jobs.createJob({ id, phoneNumberId: number, action: 'block', status: 'queued', ...counts }, [], undefined);
      const users = { total: 4, succeeded: 0, failed: 4, deferred: 0, remaining: 0 };
      const progress = { users, chunks: { total: 0, done: 0, failed: 0 } };
      const end = { status: 'failed', finishedAt: AT, progress } as const;
      await jobs.finishJob({ id, run: 2 }, end, jobEnded(id, 2));
      expect(await events()).toEqual([]);
      await jobs.finishJob({ id, run: 1 }, end, jobEnded(id));
      const { detail, type } = jobEnded(id);
      expect(type).toBe('Job Finished');
      await jobs.finishJob({ id, run: 1 }, end, {
        type: 'Job Finished',
        detail: { ...jobDetail(id), sequence: 'other' },
      });
      expect(await events()).toEqual([{ type, detail }]);
    });

    it('an operation that ends has its event once, with its counts or without', async () => {
      const [one, other] = [anOperation(number), anOperation(number, { operationId: `other-${number}` })];
      for (const operation of [one, other]) await store.startOperation(operation);
      await store.completeOperation(one, { ...DONE, event: expired() });
      await store.completeOperation(one, { ...DONE, event: expired({ id: 'again' }) });
      const counted = { ...DONE, delta: ofSize(2), event: expired({ id: 'counted' }) };
      for (const _ of ['first', 'again']) await store.completeOperation(other, counted);
      expect((await events()).map(({ detail }) => detail.id).sort()).toEqual([
        `counted/${number}`,
        `operation/${number}`,
      ]);
      expect(await store.getSummary(number, true)).toMatchObject({ size: 2 });
    });

    it('an operation that ends together with its records has its event, unless another writer was first', async () => {
      const operation = anOperation(number);
      await store.startOperation(operation);
      const write = { id: '16505550001', prior: undefined, next: mirrorUser('16505550001') };
      const records = { writes: [write], events: [] };
      const stale = { writes: [{ ...write, prior: mirrorUser('16505550001', { revision: 7 }) }], events: [] };
      const completion = { ...DONE, event: expired() };
      expect(await store.completeWithRecords(operation, completion, stale)).toBe(false);
      expect(await events()).toEqual([]);
      expect(await store.completeWithRecords(operation, completion, records)).toBe(true);
      expect(await events()).toEqual([expired()]);
    });

    it('an operation that is resolved has its event once', async () => {
      const operation: OpenOperation = { ...anOperation(number), status: 'started' };
      await store.startOperation(anOperation(number));
      for (const id of ['first', 'second'])
        await store.resolveOperation(operation, { succeeded: 2, failed: 0, event: expired({ id }) });
      expect(await events()).toEqual([expired({ id: 'first' })]);
    });

    it('a reconciliation has its event once, however often its end is recorded', async () => {
      const drift: ServiceEvent = {
        type: 'Drift Found',
        detail: { ...common('drift'), added: 1, removed: 0, reconciled_at: AT },
      };
      const blockCounts = { total: 0, expiring: 0, byReasonCode: {}, olderThanDays: {} };
      const end = { reconciliationId: 'r-1', reconciledAt: AT, drift: { added: 1, removed: 0 }, blockCounts };
      for (const totals of [undefined, { ...NO_TOTALS, over: 0 }, undefined])
        await store.finishReconciliation(number, { ...end, change: NO_TOTALS, totals, event: drift });
      expect(await events()).toEqual([drift]);
    });

    it('a number that cannot be reconciled is told of once, until a reconciliation has succeeded', async () => {
      await fail(10, notReconciled(10));
      await fail(190, notReconciled(190));
      expect(await events()).toEqual([notReconciled(10)]);
      expect(await store.getSummary(number, true)).toMatchObject({ reconcileFailure: { code: 190 } });
      const blockCounts = { total: 0, expiring: 0, byReasonCode: {}, olderThanDays: {} };
      const end = { reconciledAt: AT, drift: { added: 0, removed: 0 }, blockCounts, change: NO_TOTALS };
      await store.finishReconciliation(number, { ...end, reconciliationId: 'r-1' });
      await fail(10, notReconciled(10, 'again'));
      expect((await events()).map(({ detail }) => detail.id).sort()).toEqual([`10/${number}`, `again/${number}`]);
    });

    it('a list that fills up is told of once for each level, and only if it is that full', async () => {
      await store.tellFullness(nearlyFull(80, 'empty'));
      const operation = anOperation(number);
      await store.startOperation(operation);
      await store.completeOperation(operation, { ...DONE, delta: ofSize(8) });
      await store.tellFullness(nearlyFull(90, 'too early'));
      await store.tellFullness(nearlyFull(80));
      await store.tellFullness(nearlyFull(80, 'again'));
      expect(await events()).toEqual([nearlyFull(80)]);
      expect(await store.getSummary(number, true)).toMatchObject({ fullness: 80 });
    });

    it('a list that was seen below a level is told of again', async () => {
      const blockCounts = { total: 0, expiring: 0, byReasonCode: {}, olderThanDays: {} };
      const end = { reconciledAt: AT, drift: { added: 0, removed: 0 }, blockCounts, change: ofSize(9) };
      await store.finishReconciliation(number, { ...end, reconciliationId: 'r-1' });
      await store.tellFullness(nearlyFull(90));
      await store.finishReconciliation(number, { ...end, change: ofSize(-1), reconciliationId: 'r-2', fullness: 80 });
      expect(await store.getSummary(number, true)).toMatchObject({ fullness: 80, size: 8 });
      await store.finishReconciliation(number, { ...end, change: ofSize(1), reconciliationId: 'r-3' });
      await store.tellFullness(nearlyFull(90, 'again'));
      expect((await events()).map(({ detail }) => detail.id).sort()).toEqual([`90/${number}`, `again/${number}`]);
    });

    it('wait until they are removed, are found again by their place, and as they are now', async () => {
      await store.addEvents([expired({ id: 'one' }), expired({ id: 'two' })]);
      const [one, two] = (await waiting()).sort((a, b) => (a.place.id < b.place.id ? -1 : 1));
      if (!one || !two) throw new Error('The events do not wait');
      const nowhere = { ...one.place, id: 'nowhere' };
      expect(await outbox.getEvents([one.place, nowhere])).toEqual([one]);
      await outbox.removeEvents([one.place, nowhere]);
      expect(await outbox.getEvents([one.place, two.place])).toEqual([two]);
    });

    it('are added once while they wait', async () => {
      await store.addEvents([expired({ users: ['1'] })]);
      await store.addEvents([expired({ users: ['2'] })]);
      expect(await events()).toEqual([expired({ users: ['1'] })]);
    });

    it('are late after the time that is asked for, and not at it', async () => {
      await store.addEvents([expired()]);
      expect(await waiting(AT)).toEqual([]);
      expect(await waiting('2026-11-01T12:30:00.001Z')).toHaveLength(1);
    });

    it('do not name a person who is erased while they wait, and still name the others', async () => {
      const [person, other] = [`1${number.slice(-10)}`, '16505550002'];
      await store.addEvents([
        expired({ id: 'both', users: [person, other] }),
        expired({ id: 'other', users: [other] }),
        expired({ id: 'nobody' }),
      ]);
      expect(await store.eraseFromEvents([person, 'US.1'])).toBe(1);
      expect(await store.eraseFromEvents([person])).toBe(0);
      const left = (await events()).sort((a, b) => (a.detail.id < b.detail.id ? -1 : 1));
      expect(left).toEqual([
        expired({ id: 'both', users: [other] }),
        expired({ id: 'nobody' }),
        expired({ id: 'other', users: [other] }),
      ]);
    });
  });
}

function jobDetail(id: string) {
  const event = jobEnded(id);
  if (event.type !== 'Job Finished') throw new Error('Not the end of a job');
  return event.detail;
}
