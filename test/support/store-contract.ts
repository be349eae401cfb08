import { beforeEach, describe, expect, it } from 'vitest';
import type { BlocklistStore } from '../../lambdas/core/ports/blocklist-store.ts';
import type { EventOutbox } from '../../lambdas/core/ports/event-outbox.ts';
import type { JobStore } from '../../lambdas/core/ports/job-store.ts';
import type { MirrorItem, MirrorUser } from '../../lambdas/core/users/mirror.ts';
import { batchContract } from './batch-contract.ts';
import { auditEvent, freshNumber, mirrorUser } from './contract-fixtures.ts';
import { eraseContract } from './erase-contract.ts';
import { eventContract, type OpenStores } from './event-contract.ts';
import { jobContract } from './job-contract.ts';
import { operationContract } from './operation-contract.ts';
import { protectedContract } from './protected-contract.ts';
import { reconciliationContract } from './reconciliation-contract.ts';
import { recordContract } from './record-contract.ts';
import { scheduledContract } from './scheduled-contract.ts';

/** What core relies on, for every implementation of the stores. */
export function storeContract(name: string, open: () => OpenStores): void {
  describe(`${name} keeps the contract of the stores`, () => {
    let store: BlocklistStore;
    let jobs: JobStore;
    let outbox: EventOutbox;
    let number: string;
    beforeEach(() => {
      ({ store, jobs, outbox } = open());
      number = freshNumber();
    });

    const put = (...users: MirrorUser[]) =>
      store.putUsers(
        number,
        users.map((next) => ({ id: next.user, prior: undefined, next })),
      );

    describe('mirror', () => {
      it('returns what was put, and nothing for other ids', async () => {
        const user = mirrorUser('16505550001', {
          reason: 'abuse "quoted"',
          reasonCode: 'abuse',
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

      it('returns users and aliases of many numbers in one call, each once, and no number without any', async () => {
        const [other, empty] = [freshNumber(), freshNumber()];
        const users = Array.from({ length: 130 }, (_, index) => mirrorUser(String(16_505_550_000 + index)));
        await put(...users);
        const alias = { aliasOf: 'US.1', revision: 1 };
        await store.putUsers(other, [{ id: '16505550001', prior: undefined, next: alias }]);
        const ids = users.map(({ user }) => user);
        const wanted = new Map([number, other, empty].map((one) => [one, [...ids, ...ids.slice(0, 3)]]));
        for (const consistent of [false, true]) {
          expect(await store.getUsersOfNumbers(wanted, consistent)).toEqual(
            new Map<string, Map<string, MirrorItem>>([
              [number, new Map(users.map((user) => [user.user, user]))],
              [other, new Map([['16505550001', alias]])],
            ]),
          );
        }
        expect(await store.getUsersOfNumbers(new Map())).toEqual(new Map());
      });

      it('refuses a put if an item exists already, and names it', async () => {
        await put(mirrorUser('16505550001'));
        expect(await put(mirrorUser('16505550001', { reason: 'late' }), mirrorUser('16505550002'))).toEqual([
          '16505550001',
        ]);
        const found = await store.getUsers(number, ['16505550001', '16505550002'], true);
        expect(found.get('16505550001')).toEqual(mirrorUser('16505550001'));
        expect(found.get('16505550002')).toEqual(mirrorUser('16505550002'));
      });

      it('replaces the whole item, and only over the revision that was read', async () => {
        const first = mirrorUser('16505550001', { reason: 'abuse', reasonCode: 'abuse', onBehalfOf: 'ana' });
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

      it('pages through all blocked users once, forward and back, for any page size', async () => {
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

      it('gives the users that a filter lets through, forward and back, and says where it stopped', async () => {
        const [at, later] = ['2026-11-01T12:00:00.000Z', '2026-11-02T12:00:00.000Z'];
        const ana = 'arn:aws:sts::111122223333:assumed-role/support/ana';
        const some = {
          '16505550001': { reasonCode: 'spam', blockedAt: at },
          '16505550002': { reasonCode: 'fraud', actor: ana, blockedAt: later, expiresAt: later },
          '16505550003': { source: 'job', blockedAt: later, expiresAt: '2026-12-01T00:00:00.000Z' },
          '16505550004': { reasonCode: 'spam', source: 'job', blockedAt: later },
        } as const;
        await put(
          ...Object.entries(some).map(([user, change]) => mirrorUser(user, change)),
          mirrorUser('16505550005', { state: 'unblocked', reasonCode: 'spam' }),
          mirrorUser('16505550006', { state: 'deferred', reasonCode: 'spam' }),
        );
        for (const [filter, wanted] of [
          [{ reasonCode: 'spam' }, [1, 4]],
          [{ reasonCode: 'sp' }, []],
          [{ actor: ana }, [2]],
          [{ actor: 'arn:aws:sts::111122223333:assumed-role/support' }, []],
          [{ source: 'job' }, [3, 4]],
          [{ source: 'job', reasonCode: 'spam' }, [4]],
          [{ expiresBefore: '2026-11-03T00:00:00.000Z' }, [2]],
          [{ expiresBefore: later }, []],
          [{ blockedAfter: later }, [2, 3, 4]],
          [{ blockedBefore: later }, [1]],
          [{ blockedAfter: at, blockedBefore: later }, [1]],
        ] as const) {
          const users = wanted.map((one) => `1650555000${one}`);
          for (const backward of [false, true]) {
            const page = await store.pageBlocked(number, { limit: 10, filter, backward });
            expect(page.users.map(({ user }) => user).sort()).toEqual(users);
            expect(page).toMatchObject({ more: false, end: { user: backward ? '!' : '~' } });
            // Nothing is on that side of the end, and everything on the other.
            const beyond = await store.pageBlocked(number, { limit: 10, filter, backward, from: page.end });
            expect(beyond.users).toEqual([]);
            const back = await store.pageBlocked(number, { limit: 10, filter, backward: !backward, from: page.end });
            expect(back.users).toEqual(page.users);
          }
        }
        const one = await store.pageBlocked(number, { limit: 1, filter: { reasonCode: 'spam' } });
        expect([one.users.length, one.more, one.end]).toEqual([1, true, undefined]);
        const rest = { limit: 1, filter: { reasonCode: 'spam' }, from: one.users[0] };
        expect(await store.pageBlocked(number, rest)).toMatchObject({ users: [{ reasonCode: 'spam' }], more: false });
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
      it('is newest first, in pages, over several ids', async () => {
        const all = [1, 2, 3, 4, 5].map((hour) =>
          auditEvent(hour % 2 ? '16505550001' : '5491100000001', `2026-11-01T0${hour}:00:00.000Z`, {
            operationId: `op-${hour}`,
          }),
        );
        await store.appendEvents(number, all);
        const users = ['16505550001', '5491100000001'];
        const first = await store.pageEvents(number, users, { limit: 3 });
        expect(first.map(({ operationId }) => operationId)).toEqual(['op-5', 'op-4', 'op-3']);
        const rest = await store.pageEvents(number, users, { limit: 3, before: '2026-11-01T03:00:00.000Z#op-3' });
        expect(rest).toEqual([all[1], all[0]]);
        expect(await store.pageEvents(number, ['16505550009'], { limit: 3 })).toEqual([]);
      });

      it('ends for an id at the moment until which it counts', async () => {
        const [left, present] = ['16505550001', '16505550002'];
        const at = (hour: number) => `2026-11-01T0${hour}:00:00.000Z`;
        const event = (user: string, hour: number) => auditEvent(user, at(hour), { operationId: `op-${hour}` });
        const block = mirrorUser(left, { operationId: 'op-5', source: 'api' });
        await store.appendEvents(
          number,
          [1, 2, 4].map((hour) => event(left, hour)),
        );
        await store.appendEvents(number, [event(present, 3)]);
        await store.putRecords(number, {
          writes: [{ id: left, prior: undefined, next: block }],
          events: [event(left, 5)],
        });
        const until = (id: string, of: string) => (id === left && of === number ? at(2) : undefined);
        const all = [event(present, 3), event(left, 2), event(left, 1)];
        expect(await store.pageEvents(number, [left, present], { limit: 9, until })).toEqual(all);
        expect(await store.pageEvents(number, [left, present], { limit: 2, until })).toEqual(all.slice(0, 2));
        const before = `${at(2)}#op-2`;
        expect(await store.pageEvents(number, [left, present], { limit: 9, until, before })).toEqual(all.slice(2));
        const found = await store.pageEventsOfNumbers(new Map([[number, [left, present]]]), { limit: 9, until });
        expect(found).toEqual(all.map((one) => ({ ...one, phoneNumberId: number })));
      });

      it('has an event once, even if it is appended again', async () => {
        const recorded = {
          source: 'job',
          jobId: 'job-1',
          reason: 'spam',
          reasonCode: 'spam',
          onBehalfOf: 'ana',
        } as const;
        const one = auditEvent('16505550001', '2026-11-01T01:00:00.000Z', { operationId: 'op-1', ...recorded });
        await store.appendEvents(number, [one]);
        await store.appendEvents(number, [one]);
        expect(await store.pageEvents(number, ['16505550001'], { limit: 10 })).toEqual([one]);
      });
    });

    describe('several numbers', () => {
      it('have one history, newest first, in pages, the present block among it', async () => {
        const [other, empty] = [freshNumber(), freshNumber()];
        const [wa, bsuid] = ['16505550001', 'US.1'];
        const at = (hour: number) => `2026-11-01T0${hour}:00:00.000Z`;
        const event = (user: string, hour: number) => auditEvent(user, at(hour), { operationId: `op-${hour}` });
        await store.appendEvents(number, [event(wa, 1), event(bsuid, 4), event('16505550009', 6)]);
        await store.appendEvents(other, [event(wa, 2), event(wa, 5)]);
        const block = mirrorUser(wa, { operationId: 'op-3', source: 'api' });
        await store.putRecords(number, {
          writes: [{ id: wa, prior: undefined, next: block }],
          events: [auditEvent(wa, at(3), { operationId: 'op-3' })],
        });
        const wanted = new Map([number, other, empty].map((one) => [one, [wa, bsuid, wa]]));
        const all = [
          { phoneNumberId: other, ...event(wa, 5) },
          { phoneNumberId: number, ...event(bsuid, 4) },
          { phoneNumberId: number, ...event(wa, 3) },
          { phoneNumberId: other, ...event(wa, 2) },
          { phoneNumberId: number, ...event(wa, 1) },
        ];
        expect(await store.pageEventsOfNumbers(wanted, { limit: 100 })).toEqual(all);
        expect(await store.pageEventsOfNumbers(wanted, { limit: 2 })).toEqual(all.slice(0, 2));
        expect(await store.pageEventsOfNumbers(wanted, { limit: 2, before: `${at(4)}#op-4` })).toEqual(all.slice(2, 4));
        expect(await store.pageEventsOfNumbers(wanted, { limit: 9, before: `${at(3)}#op-3` })).toEqual(all.slice(3));
        expect(await store.pageEventsOfNumbers(new Map(), { limit: 9 })).toEqual([]);
      });

      it('have their summaries, those of which anything is known', async () => {
        const numbers = Array.from({ length: 120 }, freshNumber);
        const [first = '', second = ''] = numbers;
        await store.noteGone(first, '2026-11-01T01:00:00.000Z');
        await store.failReconciliation(second, { at: '2026-11-01T01:00:00.000Z', code: 1, message: 'x' });
        const found = await store.getSummaries([...numbers, first]);
        expect([...found.keys()].sort()).toEqual([first, second]);
        for (const [number, summary] of found) expect(summary).toEqual(await store.getSummary(number));
      });
    });

    describe('number', () => {
      it('can be registered again', async () => {
        await store.registerNumber(number, '2026-11-01T01:00:00.000Z');
        await expect(store.registerNumber(number, '2026-11-02T01:00:00.000Z')).resolves.toBeUndefined();
      });
    });

    operationContract(() => store);
    reconciliationContract(() => store);
    scheduledContract(() => store);
    recordContract(() => store);
    protectedContract(() => store);
    eraseContract(() => store);
    jobContract(() => ({ store, jobs }));
    batchContract(() => ({ jobs }));
    eventContract(() => ({ store, jobs, outbox }));
  });
}
