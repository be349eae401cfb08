import { beforeEach, describe, expect, it } from 'vitest';
import type { ScheduledAction } from '../../lambdas/core/changes/attempt-context.ts';
import type { BlocklistStore, ScheduledUser } from '../../lambdas/core/ports/blocklist-store.ts';
import type { MirrorUser } from '../../lambdas/core/users/mirror.ts';
import { freshNumber, mirrorUser } from './contract-fixtures.ts';

const hour = (n: number) => `2026-11-01T${String(n).padStart(2, '0')}:00:00.000Z`;

/** What core needs for scheduled actions. */
export function scheduledContract(open: () => BlocklistStore): void {
  describe('what is due', () => {
    let store: BlocklistStore;
    let number: string;
    beforeEach(() => {
      store = open();
      number = freshNumber();
    });

    const put = (users: readonly MirrorUser[], prior?: MirrorUser) =>
      store.putUsers(
        number,
        users.map((next) => ({ id: next.user, prior, next })),
      );
    const scheduledAction = async (kind: ScheduledAction, now: string) => {
      const found: string[] = [];
      for await (const page of store.listScheduledUsers(kind, now)) {
        found.push(...page.flatMap((one) => (one.phoneNumberId === number ? [one.user] : [])));
      }
      return found.sort();
    };

    it('comes with the time since which it is due', async () => {
      await put([mirrorUser('16505558888', { expiresAt: hour(2) })]);
      const found: ScheduledUser[] = [];
      for await (const page of store.listScheduledUsers('expiry', hour(3))) found.push(...page);
      expect(found.filter((one) => one.phoneNumberId === number)).toEqual([
        { phoneNumberId: number, user: '16505558888', scheduledAt: hour(2) },
      ]);
    });

    it('is the end of temporary blocks, from its time on', async () => {
      const users = Array.from({ length: 60 }, (_, index) => `1650555${String(index).padStart(4, '0')}`);
      await put(users.map((user) => mirrorUser(user, { expiresAt: hour(2) })));
      await put([mirrorUser('16505559999'), mirrorUser('US.1', { waId: undefined, expiresAt: hour(3) })]);
      expect(await scheduledAction('expiry', hour(1))).toEqual([]);
      expect(await scheduledAction('expiry', hour(2))).toEqual(users);
      expect(await scheduledAction('expiry', hour(3))).toEqual([...users, 'US.1']);
      expect(await scheduledAction('deferral', hour(9))).toEqual([]);
    });

    it('is due later if it was refused, and never if the block was renewed or ended', async () => {
      const first = mirrorUser('16505550001', { expiresAt: hour(2) });
      await put([first]);
      const refused = { ...first, attempts: 1, nextAttemptAt: hour(5), revision: 2 };
      await put([refused], first);
      expect([await scheduledAction('expiry', hour(4)), await scheduledAction('expiry', hour(5))]).toEqual([
        [],
        ['16505550001'],
      ]);
      const renewed = mirrorUser('16505550001', { revision: 3 });
      await put([renewed], refused);
      expect(await scheduledAction('expiry', hour(9))).toEqual([]);
      const again = { ...first, revision: 4 };
      await put([again], renewed);
      await put([mirrorUser('16505550001', { state: 'unblocked', revision: 5 })], again);
      expect(await scheduledAction('expiry', hour(9))).toEqual([]);
    });

    it('is a deferred block at its next attempt, or at its own end if that is earlier', async () => {
      const waiting = { state: 'deferred', deferredAt: hour(1), attempts: 1, nextAttemptAt: hour(4) } as const;
      const [one, other] = [
        mirrorUser('16505550001', waiting),
        mirrorUser('16505550002', { ...waiting, expiresAt: hour(2) }),
      ];
      await put([one, other]);
      expect(await scheduledAction('deferral', hour(1))).toEqual([]);
      expect(await scheduledAction('deferral', hour(2))).toEqual(['16505550002']);
      expect(await scheduledAction('deferral', hour(4))).toEqual(['16505550001', '16505550002']);
      expect(await scheduledAction('expiry', hour(9))).toEqual([]);
      const blocked = mirrorUser('16505550001', { expiresAt: hour(3), revision: 2 });
      await put([blocked], one);
      expect(await scheduledAction('deferral', hour(9))).toEqual(['16505550002']);
      expect(await scheduledAction('expiry', hour(3))).toEqual(['16505550001']);
    });

    it('is written together with an event as well', async () => {
      const prior = mirrorUser('16505550001', { expiresAt: hour(2) });
      await put([prior]);
      const moved = { previousIds: ['16505550009'], movedAt: hour(1), tookOver: true };
      const next = mirrorUser('16505550001', { expiresAt: hour(6), ...moved, revision: 2 });
      const event = {
        user: '16505550001',
        at: hour(1),
        operationId: 'op-1',
        action: 'user_changed_number',
        outcome: 'succeeded',
        actor: 'blocklist',
        source: 'webhook',
        previous: '16505550009',
      } as const;
      expect(await store.putUsersWithEvents(number, [{ id: next.user, prior, next, event }])).toEqual([]);
      expect([await scheduledAction('expiry', hour(5)), await scheduledAction('expiry', hour(6))]).toEqual([
        [],
        ['16505550001'],
      ]);
      expect((await store.getUsers(number, [next.user], true)).get(next.user)).toEqual(next);
      expect(await store.pageEvents(number, [next.user], { limit: 10 })).toEqual([event]);
    });
  });
}
