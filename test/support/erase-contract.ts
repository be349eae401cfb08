import { beforeEach, describe, expect, it } from 'vitest';
import type { BlocklistStore } from '../../lambdas/core/ports/blocklist-store.ts';
import type { MirrorItem } from '../../lambdas/core/users/mirror.ts';
import { auditEvent, freshNumber, mirrorUser, ofSize } from './contract-fixtures.ts';

const [USER, SENT, BEFORE, OTHER] = ['16505550001', '4915112345678', '16505550009', '16505550002'] as const;
const hour = (n: number) => `2026-11-01T0${n}:00:00.000Z`;

/** What core needs to erase a person: to find everything, and to remove it for good. */
export function eraseContract(open: () => BlocklistStore): void {
  describe('what is erased', () => {
    let store: BlocklistStore;
    let number: string;
    beforeEach(() => {
      store = open();
      number = freshNumber();
    });
    const put = (id: string, next: MirrorItem) => store.putUsers(number, [{ id, prior: undefined, next }]);
    const stored = async (id: string) => (await store.getUsers(number, [id], true)).get(id);
    const history = (id: string = USER) => store.pageEvents(number, [id], { limit: 100 });

    it('are aliases that lead to one of these users, wherever on the list they are, and no other', async () => {
      await put(USER, mirrorUser(USER));
      await put(SENT, { aliasOf: USER, revision: 1 });
      await put('US.1', { aliasOf: USER, ends: true, revision: 2 });
      await put(BEFORE, { aliasOf: 'US.2', isPreviousId: true, revision: 1 });
      await put(OTHER, { aliasOf: '16505550003', revision: 1 });
      const found = await store.listAliasesOf(number, [USER, 'US.2']);
      expect(found.map(({ id, isPreviousId, ends }) => [id, isPreviousId, ends]).sort()).toEqual([
        [BEFORE, true, false],
        [SENT, undefined, false],
        ['US.1', undefined, true],
      ]);
      expect(await store.listAliasesOf(freshNumber(), [USER])).toEqual([]);
    });

    it('are events of an id, however many there are, each once, and of no other', async () => {
      const many = Array.from({ length: 60 }, (_, index) =>
        auditEvent(USER, hour(1), { operationId: `op-${index}`, ...(index === 7 && { jobId: 'job-7' }) }),
      );
      const kept = auditEvent(OTHER, hour(1), { operationId: 'op-1' });
      await store.appendEvents(number, [...many, kept, auditEvent('US.1', hour(2), { operationId: 'op-1' })]);
      const places = await store.listEventPlaces(number, [USER, 'US.1', USER]);
      expect(places).toHaveLength(61);
      expect(places.filter(({ jobId }) => jobId !== undefined)).toEqual([
        { user: USER, at: hour(1), operationId: 'op-7', jobId: 'job-7' },
      ]);
      await store.eraseEvents(number, places);
      expect(await history()).toEqual([]);
      expect(await history(OTHER)).toEqual([kept]);
      expect(await store.listEventPlaces(number, [USER, 'US.1'])).toEqual([]);
      await store.eraseEvents(number, []);
    });

    it('leave an id to the user who had it before', async () => {
      await put(OTHER, mirrorUser(OTHER, { leftBy: USER }));
      const prior = await stored(OTHER);
      if (!prior) throw new Error('Expected an item');
      const next = { aliasOf: USER, isPreviousId: true, hadNextOwner: true, movedAt: hour(1), revision: 2 };
      expect((await store.eraseUsers(number, [{ id: OTHER, prior, next }])).lockConflicts).toEqual([]);
      expect(await stored(OTHER)).toEqual(next);
    });

    it('are items, and the event of the present block with them, over what was read and nothing else', async () => {
      const event = (user: string) => auditEvent(user, hour(1), { operationId: 'op-1' });
      for (const user of [USER, OTHER]) {
        const write = { id: user, prior: undefined, next: mirrorUser(user, { reason: undefined }) };
        await store.putRecords(number, { writes: [write], events: [event(user)] });
      }
      await put(SENT, { aliasOf: USER, revision: 1 });
      const [user, other, alias] = await Promise.all([USER, OTHER, SENT].map(stored));
      if (!user || !other || !alias) throw new Error('Expected three items');
      const next = mirrorUser(OTHER, { revision: 2 });
      const late = { ...user, revision: 9 };
      expect((await store.eraseUsers(number, [{ id: USER, prior: late }])).lockConflicts).toEqual([USER]);
      expect(await stored(USER)).toEqual(user);
      const { events, lockConflicts } = await store.eraseUsers(number, [
        { id: USER, prior: user },
        { id: OTHER, prior: other, next },
        { id: SENT, prior: alias },
      ]);
      expect(lockConflicts).toEqual([]);
      expect([await stored(USER), await stored(SENT)]).toEqual([undefined, undefined]);
      expect(await stored(OTHER)).toEqual(next);
      // Wherever the store had the events: they are gone with the items, or are found by themselves.
      const places = await store.listEventPlaces(number, [USER, OTHER]);
      expect(events + places.length).toBe(2);
      await store.eraseEvents(number, places);
      expect([await history(), await history(OTHER)]).toEqual([[], []]);
    });

    it('is recorded as an operation, which no schedule finds, and which ends once', async () => {
      const key = { operationId: 'op-1', phoneNumberId: number, startedAt: hour(1) };
      await store.startErasure({ ...key, actor: 'ana', onBehalfOf: 'dpo' });
      const listed = async () => (await store.pageOperations(number, { limit: 10 })).operations;
      const record = { ...key, action: 'erase', source: 'api', users: 1, actor: 'ana', onBehalfOf: 'dpo' };
      expect(await listed()).toEqual([{ ...record, status: 'started' }]);
      expect(await store.listOpenOperations(number)).toEqual([]);
      expect((await store.listOverdueOperations('2040-01-01T00:00:00.000Z')).phoneNumberIds).not.toContain(number);
      const counts = { succeeded: 1, failed: 0, deferred: 0, durationMs: 5 };
      for (const durationMs of [5, 6]) {
        await store.completeOperation(key, { ...counts, durationMs, status: 'finished', delta: ofSize(0) });
      }
      expect(await listed()).toEqual([{ ...record, status: 'finished', ...counts }]);
    });
  });
}
