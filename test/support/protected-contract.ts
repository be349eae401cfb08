import { describe, expect, it } from 'vitest';
import { EVERY_NUMBER } from '../../lambdas/core/ids.ts';
import type { BlocklistStore } from '../../lambdas/core/ports/blocklist-store.ts';
import type { ProtectedUser } from '../../lambdas/core/protection/protected-user.ts';
import { auditEvent, freshNumber } from './contract-fixtures.ts';

/** What core relies on for protected users. All numbers share them, so each test has users of its own. */
export function protectedContract(open: () => BlocklistStore): void {
  describe('protected users', () => {
    const fresh = (change: Partial<ProtectedUser> = {}): ProtectedUser => {
      const user = freshNumber();
      return {
        user,
        ids: [user, `US.${user}`],
        actor: 'ana',
        protectedAt: '2026-11-01T01:00:00.000Z',
        revision: 1,
        ...change,
      };
    };
    const event = ({ user }: ProtectedUser, action: 'protect' | 'unprotect' = 'protect', operationId = 'op-1') =>
      auditEvent(user, '2026-11-01T01:00:00.000Z', { operationId, action });
    const put = (next: ProtectedUser, prior?: ProtectedUser) =>
      open().changeProtection({ prior, next, event: event(next) });
    const stored = async ({ user }: ProtectedUser) => (await open().listProtected()).find((one) => one.user === user);

    it('are listed by their ids, whole, and each id leads to its user', async () => {
      const held = {
        '16505550001': { since: '2026-11-02T01:00:00.000Z', left: '2026-11-03T01:00:00.000Z' },
        'US.1': {},
      };
      const one = fresh({ reason: 'ours', onBehalfOf: 'ana@support', held });
      const other = fresh();
      expect(await put(other)).toBe(true);
      expect(await put(one)).toBe(true);
      const listed = await open().listProtected();
      expect(listed.filter(({ user }) => [one.user, other.user].includes(user))).toEqual([one, other]);
      const ids = await open().listProtectedIds();
      for (const { user, ids: all } of [one, other]) for (const id of all) expect(ids.get(id)).toBe(user);
      expect(ids.get(freshNumber())).toBeUndefined();
    });

    it('are written with their event, over what was read only, or not at all', async () => {
      const first = fresh();
      await put(first);
      const late = { ...first, reason: 'late' };
      const lateEvent = event(late, 'protect', 'op-late');
      expect(await open().changeProtection({ prior: undefined, next: late, event: lateEvent })).toBe(false);
      const second = { ...first, ids: [first.user], revision: 2 };
      expect(await put(second, first)).toBe(true);
      expect(await open().changeProtection({ prior: first, next: late, event: lateEvent })).toBe(false);
      expect(await open().endProtection({ prior: first, event: lateEvent })).toBe(false);
      expect(await stored(first)).toEqual(second);
      expect((await open().listProtectedIds()).has(`US.${first.user}`)).toBe(false);
      expect(await open().pageEvents(EVERY_NUMBER, [first.user], { limit: 9 })).toEqual([event(first)]);
    });

    it('end with their event', async () => {
      const one = fresh();
      await put(one);
      const ended = event(one, 'unprotect', 'op-2');
      expect(await open().endProtection({ prior: one, event: ended })).toBe(true);
      expect(await stored(one)).toBeUndefined();
      expect((await open().listProtectedIds()).has(one.user)).toBe(false);
      expect(await open().pageEvents(EVERY_NUMBER, [one.user], { limit: 9 })).toEqual([ended, event(one)]);
    });

    it('get another id once, as long as they are protected', async () => {
      const one = fresh();
      await put(one);
      for (const _ of ['first', 'again']) await open().addProtectedId(one.user, 'US.9');
      expect(await stored(one)).toEqual({ ...one, ids: [...one.ids, 'US.9'], revision: 2 });
      const nobody = freshNumber();
      await open().addProtectedId(nobody, 'US.9');
      expect((await open().listProtected()).some(({ user }) => user === nobody)).toBe(false);
    });
  });
}
