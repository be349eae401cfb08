import { describe, expect, it } from 'vitest';
import type { ApiKey } from '../../lambdas/core/keys/api-key.ts';
import type { KeyStore } from '../../lambdas/core/ports/key-store.ts';

export const A_KEY: ApiKey = {
  id: 'Aa0000000001',
  name: 'Support-Desk',
  scopes: ['read', 'webhook'],
  phoneNumberIds: ['106540352242922', '106540352242923'],
  lifeSeconds: 3600,
  secrets: [{ hash: 'a'.repeat(64), createdAt: '2027-01-31T10:00:00.000Z', expiresAt: '2027-01-31T11:00:00.000Z' }],
  activity: [{ at: '2027-01-31T10:00:00.000Z', verb: 'created', actor: 'arn:aws:iam::1:role/x', onBehalfOf: 'ana' }],
};
const ROTATED = { at: '2027-01-31T10:30:00.000Z', verb: 'rotated', actor: 'arn:aws:iam::1:role/y' } as const;

/** What core relies on, of every store of keys. `create` gives an empty one. */
export function keyStoreContract(create: () => Promise<KeyStore>): void {
  describe('a store of keys', () => {
    it('gives a key back as it was added, and nothing for an id that nobody has', async () => {
      const store = await create();
      expect(await store.addKey(A_KEY)).toBe(true);
      expect(await store.getKey(A_KEY.id)).toEqual(A_KEY);
      const { phoneNumberIds: _, ...ofAll } = { ...A_KEY, id: 'Aa0000000002', name: 'all' };
      await store.addKey(ofAll);
      expect(await store.getKey('Aa0000000002')).toEqual(ofAll);
      expect(await store.getKey('aa0000000001')).toBeUndefined();
    });

    it('takes a name once, in whatever case, and stores nothing of a key whose name is taken', async () => {
      const store = await create();
      await store.addKey(A_KEY);
      expect(await store.addKey({ ...A_KEY, id: 'Aa0000000003', name: 'support-desk' })).toBe(false);
      expect(await store.getKey('Aa0000000003')).toBeUndefined();
      expect(await store.listKeys({ limit: 10 })).toEqual([A_KEY]);
    });

    it('lists keys by their ids, page by page', async () => {
      const store = await create();
      const ids = ['3b0000000000', '0a0000000000', 'Z00000000000', 'a00000000000'];
      for (const id of ids) await store.addKey({ ...A_KEY, id, name: id });
      const first = await store.listKeys({ limit: 3 });
      expect(first.map(({ id }) => id)).toEqual(['0a0000000000', '3b0000000000', 'Z00000000000']);
      expect((await store.listKeys({ limit: 3, after: 'Z00000000000' })).map(({ id }) => id)).toEqual(['a00000000000']);
      expect(await store.listKeys({ limit: 3, after: 'a00000000000' })).toEqual([]);
    });

    it('changes a key as it was read, and not one that somebody else has changed since', async () => {
      const store = await create();
      await store.addKey(A_KEY);
      const change = { secrets: [], activity: ROTATED };
      expect(await store.changeKey(A_KEY, change)).toBe(true);
      const changed = { ...A_KEY, secrets: [], activity: [...A_KEY.activity, ROTATED] };
      expect(await store.getKey(A_KEY.id)).toEqual(changed);
      expect(await store.changeKey(A_KEY, { ...change, secrets: A_KEY.secrets })).toBe(false);
      expect(await store.getKey(A_KEY.id)).toEqual(changed);
    });

    it('notes a use, unless one was noted later than that, and makes no key by it', async () => {
      const store = await create();
      await store.addKey(A_KEY);
      await store.recordUse(A_KEY.id, '2027-01-31T12:00:00.000Z', '2027-01-31T11:00:00.000Z');
      await store.recordUse(A_KEY.id, '2027-01-31T12:30:00.000Z', '2027-01-31T11:30:00.000Z');
      expect(await store.getKey(A_KEY.id)).toEqual({ ...A_KEY, lastUsedAt: '2027-01-31T12:00:00.000Z' });
      await store.recordUse(A_KEY.id, '2027-01-31T13:00:00.000Z', '2027-01-31T12:00:00.000Z');
      expect((await store.getKey(A_KEY.id))?.lastUsedAt).toBe('2027-01-31T13:00:00.000Z');
      await store.recordUse('Aa0000000009', '2027-01-31T13:00:00.000Z', '2027-01-31T12:00:00.000Z');
      expect(await store.getKey('Aa0000000009')).toBeUndefined();
    });
  });
}
