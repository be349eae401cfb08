import { beforeEach, describe, expect, it } from 'vitest';
import type { BlocklistStore, ListedItem, ReconciliationEnd } from '../../lambdas/core/ports/blocklist-store.ts';
import type { MirrorUser } from '../../lambdas/core/users/mirror.ts';
import { anOperation, auditEvent, countedAs, freshNumber, mirrorUser, ofSize } from './contract-fixtures.ts';

const AT = '2026-11-01T13:00:00.000Z';
const COUNTED = {
  total: 9,
  expiring: 2,
  byReasonCode: { spam: 4, opt_out: 1 },
  olderThanDays: { 7: 5, 30: 4, 90: 2, 180: 0, 365: 0 },
};

/** What core needs in order to compare the mirror with Graph's list. */
export function reconciliationContract(open: () => BlocklistStore): void {
  let store: BlocklistStore;
  let number: string;
  beforeEach(() => {
    store = open();
    number = freshNumber();
  });

  const put = (...users: MirrorUser[]) =>
    store.putUsers(
      number,
      users.map((next) => ({ id: next.user, prior: undefined, next })),
    );

  describe('the mirror of a number', () => {
    const { blockedAt } = mirrorUser('16505550001');
    const listed = async () => {
      const all: ListedItem[] = [];
      for await (const page of store.listMirror(number)) all.push(...page);
      const idOf = (item: ListedItem) => ('aliasOf' in item ? item.id : item.user);
      return all
        .map((item) => {
          if ('aliasOf' in item) return item;
          const { user, state, waId, userId, expiresAt, blockedAt, reasonCode } = item;
          return { user, state, waId, userId, expiresAt, blockedAt, reasonCode };
        })
        .sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
    };

    it('is listed completely, each user once, with their ids', async () => {
      const users = Array.from({ length: 120 }, (_, index) => mirrorUser(`1650555${String(index).padStart(4, '0')}`));
      const both = mirrorUser('16505551000', { userId: 'US.1' });
      const nameless = mirrorUser('US.2', { waId: undefined, userId: 'US.2' });
      await put(...users, both, nameless);
      expect(await listed()).toEqual([
        ...users.map(({ user }) => ({ user, state: 'blocked', waId: user, blockedAt })),
        { user: both.user, state: 'blocked', waId: both.user, userId: 'US.1', blockedAt },
        { user: 'US.2', state: 'blocked', userId: 'US.2', blockedAt },
      ]);
    });

    it('has the state, time, code and end of each user, and the user of each alias, of this number only', async () => {
      const expiresAt = '2026-12-01T00:00:00.000Z';
      await put(
        mirrorUser('16505550001', { expiresAt, reasonCode: 'spam' }),
        mirrorUser('16505550002', { state: 'unblocked', blockedAt: undefined }),
        mirrorUser('16505550003', { state: 'unknown', blockedAt: undefined }),
        mirrorUser('16505550004', { state: 'deferred', blockedAt: undefined, expiresAt }),
      );
      await store.putUsers(number, [
        { id: 'US.1', prior: undefined, next: { aliasOf: '16505550001', revision: 1 } },
        { id: 'US.2', prior: undefined, next: { aliasOf: '16505550009', isPreviousId: true, ends: true, revision: 1 } },
      ]);
      const next = mirrorUser('16505550005');
      await store.putUsers(`${number}1`, [{ id: next.user, prior: undefined, next }]);
      expect(await listed()).toEqual([
        { user: '16505550001', state: 'blocked', waId: '16505550001', expiresAt, blockedAt, reasonCode: 'spam' },
        { user: '16505550002', state: 'unblocked', waId: '16505550002' },
        { user: '16505550003', state: 'unknown', waId: '16505550003' },
        { user: '16505550004', state: 'deferred', waId: '16505550004', expiresAt },
        { id: 'US.1', aliasOf: '16505550001', ends: false },
        { id: 'US.2', aliasOf: '16505550009', isPreviousId: true, ends: true },
      ]);
    });

    it('is empty if nothing is known of the number', async () => {
      expect(await listed()).toEqual([]);
    });
  });

  describe('a correction', () => {
    const event = (user: string) =>
      auditEvent(user, AT, { operationId: 'reconciliation-1', source: 'external', actor: 'external' });
    const history = (user: string) => store.pageEvents(number, [user], { limit: 10 });
    const external = { source: 'external', actor: 'external', operationId: 'reconciliation-1' } as const;

    it('writes each user with the audit event, over the item that was read, or as a new item', async () => {
      const prior = mirrorUser('16505550001', { reason: 'abuse', reasonCode: 'abuse', onBehalfOf: 'ana' });
      await put(prior);
      const gone = mirrorUser(prior.user, { ...external, state: 'unblocked', blockedAt: undefined, revision: 2 });
      const found = mirrorUser('16505550002', external);
      const unblocked = { ...event(gone.user), action: 'unblock' } as const;
      const lockConflicts = await store.putUsersWithEvents(number, [
        { id: gone.user, prior, next: gone, event: unblocked },
        { id: found.user, prior: undefined, next: found, event: event(found.user) },
      ]);
      expect(lockConflicts).toEqual([]);
      const stored = await store.getUsers(number, [gone.user, found.user], true);
      expect(stored.get(gone.user)).toEqual({ ...gone, blockedAt: undefined });
      expect(stored.get(gone.user)).not.toHaveProperty('reason');
      expect(stored.get(found.user)).toMatchObject(found);
      expect(await history(gone.user)).toEqual([unblocked]);
      expect(await history(found.user)).toEqual([event(found.user)]);
    });

    it('is not written if another writer was first, and does not stop the others', async () => {
      const known = mirrorUser('16505550001');
      const changed = mirrorUser('16505550002', { revision: 2 });
      await put(known, changed);
      const write = (user: string, prior: MirrorUser | undefined) => {
        const revision = (prior?.revision ?? 0) + 1;
        const next = mirrorUser(user, { ...external, state: 'unblocked', blockedAt: undefined, revision });
        return { id: user, prior, next, event: event(user) };
      };
      const lockConflicts = await store.putUsersWithEvents(number, [
        write(known.user, undefined),
        write(changed.user, { ...changed, revision: 1 }),
        write('16505550003', mirrorUser('16505550003')),
        write('16505550004', undefined),
      ]);
      expect(lockConflicts.sort()).toEqual(['16505550001', '16505550002', '16505550003']);
      const stored = await store.getUsers(number, [known.user, changed.user, '16505550003', '16505550004'], true);
      expect([...stored.keys()].sort()).toEqual(['16505550001', '16505550002', '16505550004']);
      expect(stored.get(known.user)).toEqual(known);
      expect(stored.get(changed.user)).toEqual(changed);
      for (const user of lockConflicts) expect(await history(user)).toEqual([]);
      expect(await history('16505550004')).toEqual([event('16505550004')]);
    });

    it('takes the place of an alias', async () => {
      const alias = { aliasOf: '541100000001', revision: 1 };
      await store.putUsers(number, [{ id: '5491100000001', prior: undefined, next: alias }]);
      const next = mirrorUser('5491100000001', { ...external, revision: 2 });
      const write = { id: next.user, prior: alias, next, event: event(next.user) };
      expect(await store.putUsersWithEvents(number, [write])).toEqual([]);
      expect((await store.getUsers(number, [next.user], true)).get(next.user)).toMatchObject(next);
      expect(await store.putUsersWithEvents(number, [write])).toEqual([next.user]);
    });

    it('of 150 users is written in one call', async () => {
      const users = Array.from({ length: 150 }, (_, index) => mirrorUser(`1650555${String(index).padStart(4, '0')}`));
      const writes = users.map((next) => ({ id: next.user, prior: undefined, next, event: event(next.user) }));
      expect(await store.putUsersWithEvents(number, writes)).toEqual([]);
      const ids = users.map(({ user }) => user);
      expect((await store.getUsers(number, ids, true)).size).toBe(150);
      expect(await store.pageEvents(number, ids, { limit: 1000 })).toHaveLength(150);
      expect(await store.putUsersWithEvents(number, [])).toEqual([]);
    });
  });

  describe('a reconciliation', () => {
    let operations = 0;
    /** An operation that brings the size to something else. */
    const complete = async (size: number) => {
      operations += 1;
      const operation = anOperation(number, { operationId: `op-${operations}` });
      await store.startOperation(operation);
      await store.completeOperation(operation, {
        status: 'finished',
        succeeded: 1,
        failed: 0,
        deferred: 0,
        delta: ofSize(size),
        durationMs: 40,
      });
    };
    const end = (
      size: { over: number; to: number } | undefined,
      change: Partial<ReconciliationEnd> = {},
    ): ReconciliationEnd => ({
      reconciliationId: 'reconciliation-1',
      reconciledAt: AT,
      drift: { added: 4, removed: 1 },
      blockCounts: COUNTED,
      change: ofSize(3),
      totals: size && { ...ofSize(size.to), over: size.over },
      ...change,
    });
    const failure = { at: AT, code: 190, message: 'Error validating access token' };
    const summary = () => store.getSummary(number, true);
    const revision = async () => (await summary())?.countsRevision ?? 0;

    it('records its time, its drift, and the counted size', async () => {
      await complete(3);
      await store.finishReconciliation(number, end({ over: 1, to: 10 }));
      expect(await summary()).toEqual({
        ...countedAs(10),
        reconciledAt: AT,
        drift: { added: 4, removed: 1 },
        blockCounts: COUNTED,
      });
    });

    it('may be the first that is known of its number', async () => {
      await store.finishReconciliation(number, end({ over: 0, to: 7 }));
      expect(await summary()).toEqual({
        ...countedAs(7),
        reconciledAt: AT,
        drift: { added: 4, removed: 1 },
        blockCounts: COUNTED,
      });
    });

    it('adds its drift to a size that an operation changed meanwhile', async () => {
      await complete(3);
      await complete(2);
      await store.finishReconciliation(number, end({ over: 1, to: 10 }));
      expect(await summary()).toMatchObject({ size: 8, reconciledAt: AT });
    });

    it('adds its drift to a size that was unknown before, and is not now', async () => {
      await complete(2);
      await store.finishReconciliation(number, end({ over: 0, to: 10 }));
      expect(await summary()).toMatchObject({ size: 5 });
    });

    it('adds its drift if it did not count the size', async () => {
      await complete(3);
      await store.finishReconciliation(number, end(undefined));
      expect(await summary()).toMatchObject({ size: 6, drift: { added: 4, removed: 1 } });
      const other = freshNumber();
      await store.finishReconciliation(other, end(undefined));
      expect(await store.getSummary(other, true)).toMatchObject({ size: 3 });
    });

    it.each([
      ['corrects the size', { over: 1, to: 10 }, 10],
      ['adds to the size', undefined, 6],
    ])('%s once, however often it is recorded', async (_, size, after) => {
      await complete(3);
      await store.finishReconciliation(number, end(size));
      await store.finishReconciliation(number, end(size));
      expect(await summary()).toMatchObject({ size: after });
      await complete(1);
      await store.finishReconciliation(number, end(size));
      expect(await summary()).toMatchObject({ size: after + 1 });
      // Another one does count.
      await store.finishReconciliation(number, end(undefined, { reconciliationId: 'reconciliation-2' }));
      expect(await summary()).toMatchObject({ size: after + 4 });
    });

    it('repairs a size that had fallen below zero', async () => {
      await complete(-2);
      expect(await summary()).toEqual(countedAs(0));
      await store.finishReconciliation(number, end({ over: await revision(), to: 7 }));
      expect(await summary()).toMatchObject(ofSize(7));
    });

    it('adds its drift to a size that was changed meanwhile and is what it was again', async () => {
      await complete(3);
      const before = await revision();
      await complete(1);
      await complete(-1);
      await store.finishReconciliation(number, end({ over: before, to: 10 }));
      expect(await summary()).toMatchObject({ size: 6 });
    });

    it('adds its drift to what another one has corrected meanwhile', async () => {
      await complete(3);
      const before = await revision();
      await store.finishReconciliation(number, end({ over: before, to: 10 }));
      await store.finishReconciliation(number, end({ over: before, to: 10 }, { reconciliationId: 'reconciliation-2' }));
      expect(await summary()).toMatchObject({ size: 13 });
    });

    it('that failed says why, and changes nothing else', async () => {
      await complete(3);
      const drift = { added: 0, removed: 0 };
      await store.finishReconciliation(number, end({ over: 1, to: 3 }, { drift }));
      await store.failReconciliation(number, failure);
      const { code, ...later } = failure;
      expect(await summary()).toEqual({
        ...countedAs(3),
        reconciledAt: AT,
        drift,
        blockCounts: COUNTED,
        reconcileFailure: { code, ...later },
        failingSince: failure.at,
      });
      await complete(1);
      expect(await summary()).toMatchObject({ size: 4, reconcileFailure: failure });
    });

    it('that succeeds after a failure clears it, and corrects the size', async () => {
      await store.failReconciliation(number, failure);
      expect(await summary()).toEqual({ ...ofSize(0), reconcileFailure: failure, failingSince: failure.at });
      await store.finishReconciliation(number, end({ over: 0, to: 7 }, { drift: { added: 0, removed: 0 } }));
      expect(await summary()).toEqual({
        ...countedAs(7),
        reconciledAt: AT,
        drift: { added: 0, removed: 0 },
        blockCounts: COUNTED,
      });
    });

    it('that fails says since when the mirror was not compared: since the last one, or since the first that failed', async () => {
      const again = { ...failure, at: '2026-11-05T09:00:00.000Z' };
      expect(await store.failReconciliation(number, failure)).toBe(failure.at);
      expect(await store.failReconciliation(number, again)).toBe(failure.at);
      await store.finishReconciliation(number, end({ over: 0, to: 7 }));
      expect(await store.failReconciliation(number, again)).toBe(AT);
    });

    describe('a number that Graph says is none', () => {
      it('has the time of Graph’s first such answer, until it is reconciled', async () => {
        const later = '2026-11-05T01:00:00.000Z';
        expect(await store.noteGone(number, AT)).toBe(AT);
        expect(await store.noteGone(number, later)).toBe(AT);
        await store.finishReconciliation(number, end({ over: 0, to: 7 }));
        expect(await summary()).not.toHaveProperty('goneSince');
        expect(await store.noteGone(number, later)).toBe(later);
      });

      it('is left alone by the schedules when it is taken out of use, and is in use again once it is registered again', async () => {
        await store.registerNumber(number, AT);
        await store.finishReconciliation(number, end({ over: 0, to: 7 }));
        await store.noteGone(number, AT);
        await store.failReconciliation(number, failure);
        await store.takeOutOfUse(number, AT);
        expect(await store.isRegistered(number)).toBe(false);
        expect(await store.listNumbers({ limit: 1_000 })).not.toContain(number);
        const outOfUse = await summary();
        expect(outOfUse).toMatchObject({ ...ofSize(0), outOfUseSince: AT, reconcileFailure: failure });
        expect(outOfUse).not.toHaveProperty('goneSince');
        expect(outOfUse).not.toHaveProperty('blockCounts');
        await store.takeOutOfUse(number, '2026-11-05T01:00:00.000Z');
        expect(await summary()).toMatchObject({ outOfUseSince: AT });

        await store.registerNumber(number, AT);
        expect(await store.isRegistered(number)).toBe(true);
        expect(await store.listNumbers({ limit: 1_000 })).toContain(number);
        expect(await summary()).not.toHaveProperty('outOfUseSince');
        await store.takeOutOfUse(number, AT);
        expect(await store.isRegistered(number)).toBe(false);
      });
    });

    it('gives an expiry to an alias, and removes it again; a user that replaces it has none', async () => {
      const id = '5491100000001';
      const found = async () => (await store.getUsers(number, [id], true)).get(id);
      const alias = { aliasOf: '541100000001', isPreviousId: true, observedAt: AT, callDurationMs: 80, revision: 1 };
      const ends = { ...alias, ends: true, revision: 2 };
      const stays = { ...alias, revision: 3 };
      const endsAgain = { ...ends, revision: 4 };
      const user = mirrorUser(id, { revision: 5 });
      for (const [prior, next] of [
        [undefined, alias],
        [alias, ends],
        [ends, stays],
        [stays, endsAgain],
        [endsAgain, user],
      ] as const) {
        expect(await store.putUsers(number, [{ id, prior, next }])).toEqual([]);
        expect(await found()).toEqual(next);
      }
    });

    describe('a request for a reconciliation', () => {
      const request = { execution: 'one', at: AT, actor: 'ana', onBehalfOf: 'kim', ofHour: 1 };

      it('is recorded once, over the one that was read, and outlives the reconciliation', async () => {
        expect(await store.requestReconciliation(number, request, undefined)).toBe(true);
        const next = { ...request, execution: 'two', actor: 'bob' };
        // The same request once more, as by an answer that was lost, and another that read nothing.
        expect(await store.requestReconciliation(number, request, undefined)).toBe(false);
        expect(await store.requestReconciliation(number, next, undefined)).toBe(false);
        expect(await store.requestReconciliation(number, next, 'zero')).toBe(false);
        expect(await summary()).toEqual({ ...ofSize(0), reconcileRequest: request });
        await store.finishReconciliation(number, end({ over: 0, to: 7 }));
        expect(await summary()).toMatchObject({ ...ofSize(7), reconcileRequest: request });
        expect(await store.requestReconciliation(number, next, 'one')).toBe(true);
        expect(await summary()).toMatchObject({ ...ofSize(7), reconciledAt: AT, reconcileRequest: next });
      });
    });
  });

  describe('numbers', () => {
    it('are in use from when they are registered', async () => {
      expect(await store.isRegistered(number)).toBe(false);
      await store.registerNumber(number, AT);
      expect(await store.isRegistered(number)).toBe(true);
      expect(await store.isRegistered(freshNumber())).toBe(false);
    });

    it('are listed in pages, each once', async () => {
      const numbers = Array.from({ length: 5 }, () => freshNumber());
      for (const one of [...numbers].reverse()) await store.registerNumber(one, AT);
      await store.registerNumber(numbers[2] ?? '', AT);
      const pages: string[][] = [];
      for (let after: string | undefined = number; after !== undefined; after = pages.at(-1)?.at(-1)) {
        pages.push(await store.listNumbers({ limit: 2, after }));
        if (pages.length > 10) throw new Error('The pages never end');
      }
      expect(pages).toEqual([numbers.slice(0, 2), numbers.slice(2, 4), numbers.slice(4), []]);
    });

    it('are listed from the first one on', async () => {
      await store.registerNumber(number, AT);
      const all = await store.listNumbers({ limit: 1_000 });
      expect(all).toContain(number);
      expect(all).toEqual([...all].sort());
      expect(await store.listNumbers({ limit: 1 })).toEqual(all.slice(0, 1));
    });
  });
}
