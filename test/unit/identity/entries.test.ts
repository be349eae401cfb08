import { describe, expect, test } from 'vitest';
import { parseEntry, toEntryList } from '../../../lambdas/core/users/entries.ts';

const phone = (id: string) => ({ kind: 'phone', id });

describe('an entry', () => {
  test('keeps the spelling of its caller beside the user it names', () => {
    expect(parseEntry({ user: '+1 (650) 555-1234' })).toEqual({
      input: '+1 (650) 555-1234',
      identity: phone('16505551234'),
    });
  });

  test('can name a user by user_id', () => {
    expect(parseEntry({ user_id: 'US.13491208655302741918' })).toEqual({
      input: 'US.13491208655302741918',
      identity: { kind: 'bsuid', id: 'US.13491208655302741918' },
    });
  });

  test('can name a user id in user', () => {
    expect(parseEntry({ user: 'US.ENT.118' }).identity).toEqual({ kind: 'bsuid', id: 'US.ENT.118' });
  });

  test('is read from user if it has both fields', () => {
    expect(parseEntry({ user: '+16505551234', user_id: 'US.134' })).toEqual({
      input: '+16505551234',
      identity: phone('16505551234'),
    });
  });

  test('is malformed if its user is, even if its user_id is valid', () => {
    expect(parseEntry({ user: 'no number', user_id: 'US.134' })).toEqual({ input: 'no number', problem: 'nobody' });
  });

  test('is read from user_id if its user is empty', () => {
    const entry = parseEntry({ user: '', user_id: 'US.134' });
    expect(entry).toEqual({ input: 'US.134', identity: { kind: 'bsuid', id: 'US.134' } });
    expect(parseEntry({ user: '' })).toEqual({ input: '', problem: 'empty' });
  });

  test('is malformed if user_id is a phone number', () => {
    expect(parseEntry({ user_id: '+16505551234' })).toEqual({ input: '+16505551234', problem: 'userId' });
  });
});

describe('a list', () => {
  const list = (...users: string[]) => toEntryList(users.map((user) => parseEntry({ user })));

  test('holds each user once, by the first spelling, and every entry in order', () => {
    const { entries, distinct, users } = list('+1 650 555 1234', '14155559876', '16505551234', '+1 (415) 555-9876');
    expect(entries.map(({ input }) => input)).toEqual([
      '+1 650 555 1234',
      '14155559876',
      '16505551234',
      '+1 (415) 555-9876',
    ]);
    expect(distinct.map(({ input }) => input)).toEqual(['+1 650 555 1234', '14155559876']);
    expect(users).toBe(2);
  });

  test('holds a user id once, whether it came as user or as user_id', () => {
    const both = toEntryList([parseEntry({ user: 'US.134' }), parseEntry({ user_id: 'US.134' })]);
    expect(both.distinct).toHaveLength(1);
    expect(both.users).toBe(1);
  });

  test('holds each malformed text once, and counts none of them as a user', () => {
    const { entries, distinct, users } = list('nobody', '+16505551234', 'nobody', 'nobody else', '');
    expect(entries).toHaveLength(5);
    expect(distinct.map(({ input }) => input)).toEqual(['nobody', '+16505551234', 'nobody else', '']);
    expect(users).toBe(1);
  });

  test('of 64,000 entries is read in well under a second', () => {
    const entries = Array.from({ length: 64_000 }, (_, i) => ({ user: `+1 650-${1_000_000 + (i % 40_000)}` }));
    const started = process.cpuUsage();
    const { distinct, users } = toEntryList(entries.map(parseEntry));
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(1_000);
    expect(distinct).toHaveLength(40_000);
    expect(users).toBe(40_000);
  });
});
