import { expect, it } from 'vitest';
import { outcomesItem, parseOutcomes, parseUsers, usersItem } from '../../../lambdas/adapters/dynamo/job-items.ts';
import { keys } from '../../../lambdas/adapters/dynamo/keys.ts';
import { pack } from '../../../lambdas/adapters/dynamo/pack.ts';
import { phone } from '../../support/fake-graph.ts';
import { phones } from '../../support/world.ts';

const KEY = keys.chunkUsers('106540352242922-01ARZ3NDEKTSV4RRFFQ69G5FAV', 7);
const bytes = (item: Record<string, unknown>) =>
  Object.values(item).reduce<number>((sum, value) => sum + (value instanceof Uint8Array ? value.length : 0), 0);

it('keeps a chunk of 1,000 users in a few write units', () => {
  const entries = phones(1000).map((id) => ({ input: `+${id}`, identity: phone(id) }));
  const item = usersItem(KEY, entries);
  expect(bytes(item)).toBeLessThan(8 * 1024);
  expect(parseUsers(item)).toEqual(entries);
});

it('keeps 1,000 of the longest malformed spellings, and their refusals, below the size of an item', () => {
  const random = (index: number) =>
    String.fromCodePoint(...Array.from({ length: 300 }, (_, k) => 0x4e00 + ((index * 7919 + k * 104729) % 20000)));
  const entries = Array.from({ length: 1000 }, (_, index) => ({ input: random(index), identity: undefined }));
  const item = usersItem(KEY, entries);
  expect(bytes(item)).toBeLessThan(400 * 1024);
  expect(parseUsers(item)[0]?.input).toBe(`${random(0).slice(0, 63)}…`);
});

it('cuts no malformed spelling through a character', () => {
  const input = `x${'👋'.repeat(2_000)}`;
  const [user] = parseUsers(usersItem(KEY, [{ input, identity: undefined }]));
  expect(user?.input).toBe(`x${'👋'.repeat(511)}…`);
  const [other] = parseUsers(usersItem(KEY, [{ input: `x${input}`, identity: undefined }]));
  expect(other?.input.isWellFormed()).toBe(true);
});

it('keeps why an entry is malformed, and reads those that were kept before reasons were', () => {
  const malformed = { input: '16505553020.0', identity: undefined, problem: 'decimal' } as const;
  expect(parseUsers(usersItem(KEY, [malformed]))).toEqual([malformed]);
  const kept = (...entry: readonly (string | null)[]) => parseUsers({ ...KEY, users: pack([entry]) });
  expect(kept('nobody', null)).toEqual([{ input: 'nobody' }]);
  expect(kept('nobody', null, 'no name of a problem')).toEqual([{ input: 'nobody' }]);
});

it('stores each message once', () => {
  const placed = Array.from({ length: 1000 }, (_, index) => ({
    index,
    code: 131047,
    message: 'Re-engagement required: no message in the last 24 hours',
    waId: undefined,
    userId: undefined,
  }));
  const item = outcomesItem(KEY, { placed, pending: [] });
  expect(bytes(item)).toBeLessThan(8 * 1024);
  expect(parseOutcomes(item)).toEqual({ placed, pending: [] });
});
