import { ulid } from 'ulid';
import { expect, test } from 'vitest';
import { tellExpiringKeys } from '../../../lambdas/core/events/key-expiring.ts';
import type { ApiKey } from '../../../lambdas/core/keys/api-key.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { InMemoryKeyStore } from '../../support/in-memory-key-store.ts';
import { InMemoryBlocklistStore } from '../../support/in-memory-store.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const clock = new FakeClock();
const inDays = (days: number) => new Date(clock.ms + days * DAY_MS).toISOString();

function key(id: string, ...ends: number[]): ApiKey {
  const secrets = ends.map((days) => ({ hash: 'h', createdAt: inDays(-90), expiresAt: inDays(days) }));
  const created = { at: inDays(-90), verb: 'created', actor: 'a' } as const;
  return { id, name: `name of ${id}`, scopes: ['read'], lifeSeconds: 1, secrets, activity: [created] };
}

async function toldOf(...keys: ApiKey[]) {
  const store = new InMemoryBlocklistStore();
  const stored = new InMemoryKeyStore();
  for (const one of keys) await stored.addKey(one);
  const deps = { clock, newId: ulid, warningDays: 14, store };
  for (const _ of ['today', 'today again']) await tellExpiringKeys({ ...deps, keys: stored });
  return store.outbox.recorded;
}

test('a key that ends within the warning days is told of, once a day', async () => {
  const day = new Date(clock.ms).toISOString().slice(0, 10);
  expect(await toldOf(key('soon', 14), key('later', 15))).toMatchObject([
    {
      type: 'Key Expiring',
      detail: { id: `key-expiring/soon/${day}`, key_id: 'soon', name: 'name of soon', expires_at: inDays(14) },
    },
  ]);
});

test('nobody is told of a key that was rotated, revoked, or has ended', async () => {
  const revoked = { at: inDays(-1), verb: 'revoked', actor: 'a' } as const;
  const ended = { ...key('revoked', 3), activity: [...key('revoked').activity, revoked] as ApiKey['activity'] };
  expect(await toldOf(key('rotated', 1, 90), ended, key('gone', -1))).toEqual([]);
});

test('every key is looked at, however many there are', async () => {
  const many = Array.from({ length: 230 }, (_, index) => key(`key-${index}`, 1));
  expect(await toldOf(...many)).toHaveLength(230);
});

test('where callers have no keys, there is nothing to tell', async () => {
  const store = new InMemoryBlocklistStore();
  await tellExpiringKeys({ clock, newId: ulid, warningDays: 14, store, keys: undefined });
  expect(store.outbox.recorded).toEqual([]);
});
