import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../lambdas/core/history/audit-event.ts';
import type { BlocklistStore } from '../../lambdas/core/ports/blocklist-store.ts';
import type { MirrorItem, MirrorUser } from '../../lambdas/core/users/mirror.ts';
import { anOperation, auditEvent, freshNumber, mirrorUser, ofSize } from './contract-fixtures.ts';

const USER = '16505550001';
const hour = (n: number) => `2026-11-01T${String(n).padStart(2, '0')}:00:00.000Z`;

/** What core needs of users who are written with their history: wherever a store keeps an event, the history has it. */
export function recordContract(open: () => BlocklistStore): void {
  describe('what is recorded of a user', () => {
    let store: BlocklistStore;
    let number: string;
    beforeEach(() => {
      store = open();
      number = freshNumber();
    });

    const stored = async (user = USER): Promise<MirrorItem | undefined> =>
      (await store.getUsers(number, [user], true)).get(user);
    const history = (user = USER) => store.pageEvents(number, [user], { limit: 10 });
    const blocked = (n: number, change: Partial<MirrorUser> = {}) =>
      mirrorUser(USER, {
        operationId: `op-${n}`,
        source: 'job',
        jobId: 'job-1',
        reason: 'abuse',
        reasonCode: 'abuse',
        expiresAt: hour(20),
        ...change,
      });
    const anEvent = (n: number, change: Partial<AuditEvent> = {}) =>
      auditEvent(USER, hour(n), {
        operationId: `op-${n}`,
        source: 'job',
        reason: 'abuse',
        reasonCode: 'abuse',
        jobId: 'job-1',
        expiresAt: hour(20),
        ...change,
      });
    /** Writes over what is there, as core does. */
    const record = async (next: MirrorItem, ...events: AuditEvent[]) => {
      const prior = await stored();
      const revision = (prior?.revision ?? 0) + 1;
      return store.putRecords(number, { writes: [{ id: USER, prior, next: { ...next, revision } }], events });
    };
    const unblocked = () =>
      mirrorUser(USER, { state: 'unblocked', blockedAt: undefined, operationId: 'op-2', revision: 2 });
    const unblock = anEvent(2, {
      action: 'unblock',
      source: 'api',
      reason: undefined,
      reasonCode: 'other',
      jobId: undefined,
    });

    it('is their whole item and their history', async () => {
      expect(await record(blocked(1), anEvent(1))).toEqual([]);
      expect(await stored()).toMatchObject(blocked(1));
      expect(await history()).toEqual([anEvent(1)]);
    });

    it('keeps the audit event of a block through what comes after it', async () => {
      await record(blocked(1), anEvent(1));
      await record(unblocked(), unblock);
      expect(await history()).toEqual([unblock, anEvent(1)]);
      const again = { reason: 'again', reasonCode: 'fraud' };
      await record(blocked(3, again), anEvent(3, again));
      expect(await history()).toEqual([anEvent(3, again), unblock, anEvent(1)]);
    });

    it.each([
      ['is confirmed by another operation', blocked(2)],
      ['is confirmed, and nothing is known of its reason any more', blocked(2, { reason: undefined })],
      ['is confirmed, and nothing is known of its code any more', blocked(2, { reasonCode: undefined })],
      ['has another end', blocked(1, { expiresAt: hour(21) })],
      ['comes from elsewhere', blocked(1, { source: 'external', actor: 'external' })],
      ['is the work of another job', blocked(1, { jobId: 'job-2' })],
      ['is the work of no job', blocked(1, { jobId: undefined })],
      ['becomes another name of somebody', { aliasOf: '16505550002', revision: 2 }],
    ] as const)('keeps the audit event of a block that %s', async (_, next) => {
      await record(blocked(1), anEvent(1));
      await record(next);
      await record(blocked(4), anEvent(4));
      expect(await history()).toEqual([anEvent(4), anEvent(1)]);
    });

    it.each([
      ['a refusal', anEvent(2, { outcome: 'failed', code: 131047 })],
      ['a deferral', anEvent(2, { outcome: 'deferred', code: 131047 })],
      ['the news of another number', anEvent(2, { action: 'user_changed_number', previous: '16505550009' })],
      ['an unblock', anEvent(2, { action: 'unblock' })],
    ])('has every event: a block, then %s', async (_, event) => {
      await record(blocked(1), anEvent(1));
      await record(blocked(2), event);
      expect(await history()).toEqual([event, anEvent(1)]);
    });

    it.each(['blocked', 'unblocked', 'deferred'] as const)(
      'has the job behind a user who is %s, whatever event comes with it',
      async (state) => {
        const next = blocked(1, { state });
        await record(next, anEvent(1, { actor: 'a forwarder', jobId: 'job-2' }));
        expect(await stored()).toMatchObject({ state, jobId: 'job-1' });
        await record({ ...next, jobId: undefined }, anEvent(2, { jobId: 'job-2' }));
        expect(await stored()).not.toHaveProperty('jobId', expect.anything());
        expect(await history()).toEqual([
          anEvent(2, { jobId: 'job-2' }),
          anEvent(1, { actor: 'a forwarder', jobId: 'job-2' }),
        ]);
      },
    );

    it('has the event once, even if it is written again', async () => {
      await record(blocked(1), anEvent(1));
      await store.appendEvents(number, [anEvent(1)]);
      await record(blocked(1), anEvent(1));
      expect(await history()).toEqual([anEvent(1)]);
    });

    it('has events of users without an item, and several of one user', async () => {
      const others = [
        anEvent(1),
        anEvent(2, { action: 'unblock' }),
        auditEvent('US.1', hour(3), { operationId: 'op-3' }),
      ];
      await store.putRecords(number, { writes: [{ id: USER, prior: undefined, next: blocked(2) }], events: others });
      expect(await history()).toEqual([anEvent(2, { action: 'unblock' }), anEvent(1)]);
      expect(await history('US.1')).toEqual([auditEvent('US.1', hour(3), { operationId: 'op-3' })]);
    });

    it('is paged from before a place, newest first, of several ids together', async () => {
      await record(blocked(3), anEvent(3));
      const other = mirrorUser('US.1', { waId: undefined, operationId: 'op-2' });
      const event = auditEvent('US.1', hour(2), { operationId: 'op-2' });
      await store.putRecords(number, { writes: [{ id: 'US.1', prior: undefined, next: other }], events: [event] });
      const page = (limit: number, before?: string) => store.pageEvents(number, [USER, 'US.1'], { limit, before });
      expect(await page(2)).toEqual([anEvent(3), event]);
      expect(await page(1)).toEqual([anEvent(3)]);
      expect(await page(2, `${hour(3)}#op-3`)).toEqual([event]);
      expect(await page(2, `${hour(2)}#op-2`)).toEqual([]);
    });

    it('has no event of a block if another writer was first', async () => {
      await record(blocked(1), anEvent(1));
      const late = { id: USER, prior: undefined, next: blocked(2) };
      expect(await store.putRecords(number, { writes: [late], events: [] })).toEqual([USER]);
      expect(await history()).toEqual([anEvent(1)]);
    });

    it.each(['putUsers', 'putUsersWithEvents', 'completeWithRecords'] as const)(
      'keeps the audit event of a block when %s writes over it',
      async (method) => {
        await record(blocked(1), anEvent(1));
        const write = { id: USER, prior: await stored(), next: unblocked() };
        if (method === 'putUsers') await store.putUsers(number, [write]);
        if (method === 'putUsersWithEvents') await store.putUsersWithEvents(number, [{ ...write, event: unblock }]);
        if (method === 'completeWithRecords') {
          const operation = anOperation(number);
          const end = { succeeded: 1, failed: 0, deferred: 0, delta: ofSize(-1), durationMs: 1 };
          await store.startOperation(operation);
          const records = { writes: [write], events: [unblock] };
          expect(await store.completeWithRecords(operation, { status: 'finished', ...end }, records)).toBe(true);
        }
        expect(await history()).toEqual(method === 'putUsers' ? [anEvent(1)] : [unblock, anEvent(1)]);
      },
    );
  });
}
