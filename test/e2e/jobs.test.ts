/** Lists that are too long to wait for: accepted at once, watched while they run, and accounted for user by user. */
import { expect, test } from 'vitest';
import type { Job } from '../../lambdas/openapi/job.ts';
import { businessScopedIds, phoneNumberId, phoneNumbers, spelled } from './support/numbers.ts';
import { acceptedJob, Blocklist, endOf, follow, getJob, jobUsers } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

/** What people have in the column of phone numbers. */
const NO_NUMBERS = ['', 'call me', 'n/a', '+49', '0151 2345678', 'ana@example.com', '+1 650 253 0000 ext. 12', '???'];

/** 2,500 entries as real lists have them, in no order, and what must become of each distinct user. */
function mixedList() {
  const [own = '', business = '', ...numbers] = phoneNumbers(2_410);
  const notOnWhatsApp = numbers.slice(0, 60);
  const silent = numbers.slice(60, 100);
  const renamed = numbers.slice(100, 120);
  const fine = numbers.slice(120);
  const waIds = Object.fromEntries(renamed.map((user, index) => [user, `5255${80_000_000 + index}`]));
  const bsuids = businessScopedIds(6);
  const repeated = [...fine.slice(0, 70), ...silent.slice(0, 6)].map(spelled);
  const entries = [...numbers, own, business, ...bsuids, ...NO_NUMBERS, ...repeated];
  const outcomes = new Map<string, { outcome: string; code?: number; wa_id?: string; user_id?: string }>();
  for (const user of fine) outcomes.set(user, { outcome: 'succeeded', wa_id: user });
  for (const user of renamed) outcomes.set(user, { outcome: 'succeeded', wa_id: waIds[user] ?? '' });
  for (const user of bsuids) outcomes.set(user, { outcome: 'succeeded', user_id: user });
  for (const user of [...notOnWhatsApp, ...silent]) outcomes.set(user, { outcome: 'failed', code: 131047 });
  outcomes.set(own, { outcome: 'failed', code: 131021 });
  for (const user of [business, ...NO_NUMBERS]) outcomes.set(user, { outcome: 'failed', code: 100 });
  return { entries: shuffled(entries), outcomes, own, business, notOnWhatsApp, silent, waIds };
}

/** In another order, always the same one. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, place: (index * 7_919) % items.length }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

/** The user of an entry as the test knows it: digits, or the entry unchanged. */
function userOf(input: string): string {
  return /^\+?[1-9][\d ()-]{7,}$/.test(input) ? input.replaceAll(/\D/g, '') : input;
}

test('2,500 entries of a real list: accepted at once, visible progress, an outcome for every user', async () => {
  const id = phoneNumberId('mixed job');
  const blocklist = new Blocklist(id);
  const list = mixedList();
  expect(list.entries).toHaveLength(2_500);
  // Chunks of 1,000 take twice as long as the rest of the list, so there is a state between the first and the last.
  await simulator.setOptions({ numbers: { [id]: { ownNumber: list.own } }, latency: { fixedMs: 200, perUserMs: 1.2 } });
  await simulator.changeUsers({
    invalidNumbers: { add: list.notOnWhatsApp },
    lastInboundAt: { users: list.silent, at: Date.now() - 25 * 3_600_000 },
    businessAccounts: { add: [list.business] },
    waIds: list.waIds,
  });

  const answer = await blocklist.block(list.entries, {
    reason: 'imported',
    headers: { 'x-on-behalf-of': 'ana@support' },
  });
  const job = acceptedJob(answer);
  expect(await simulator.changes(id), 'Graph had answered before the caller was').toEqual([]);
  const total = list.outcomes.size;
  // Graph is never asked about these, so their outcome is known from the start.
  const malformed = NO_NUMBERS.length;
  expect(job).toMatchObject({
    phone_number_id: id,
    action: 'block',
    status: 'queued',
    users: { total, succeeded: 0, failed: malformed, deferred: 0, remaining: total - malformed },
    chunks: { total: 3, done: 0, failed: 0 },
    requested_by: expect.stringMatching(/^arn:aws:iam::/),
    on_behalf_of: 'ana@support',
    reason: 'imported',
  });
  expect((await follow(answer.headers.get('location') ?? '')).body).toMatchObject({ id: job.id });

  const seen: Job[] = [];
  const ended = await endOf(job, 60_000, (state) => seen.push(state));
  expect(seen.some(({ status, chunks, users }) => status === 'running' && chunks.done > 0 && users.remaining > 0)).toBe(
    true,
  );
  const remaining = seen.map(({ users }) => users.remaining);
  expect(remaining).toEqual(remaining.toSorted((one, other) => other - one));
  const failed = [...list.outcomes.values()].filter(({ outcome }) => outcome === 'failed').length;
  expect(ended).toMatchObject({
    status: 'partially_failed',
    users: { total, succeeded: total - failed, failed, deferred: 0, remaining: 0 },
    chunks: { total: 3, done: 3, failed: 0 },
  });
  expect(ended.error).toBeUndefined();
  const times = [ended.created_at, ended.started_at ?? '', ended.finished_at ?? ''].map(Date.parse);
  expect(times).toEqual(times.toSorted((one, other) => one - other));

  const users = await jobUsers(job);
  expect(new Set(users.map(({ input }) => userOf(input))).size).toBe(users.length);
  const outcomes = users.map(({ input, message: _, ...outcome }) => [userOf(input), outcome] as const);
  expect(new Map(outcomes)).toEqual(list.outcomes);
  for (const { outcome, message } of users) expect(message === undefined).toBe(outcome === 'succeeded');
  const failures = await jobUsers(job, '?outcome=failed&limit=25');
  expect(failures).toEqual(users.filter(({ outcome }) => outcome === 'failed'));
  expect(failures).toHaveLength(failed);
  expect(await jobUsers(job, '?outcome=succeeded&limit=1000')).toHaveLength(total - failed);
  expect(await jobUsers(job, '?outcome=deferred')).toEqual([]);

  await expectMirrorOfGraph(id, total - failed);
  const event = { action: 'block', source: 'job', job_id: job.id, reason: 'imported', on_behalf_of: 'ana@support' };
  const [moved = ''] = Object.keys(list.waIds);
  for (const user of [
    list.entries.find((input) => list.outcomes.get(userOf(input))?.outcome === 'succeeded') ?? '',
    moved,
  ]) {
    expect(await blocklist.history(user)).toMatchObject([{ ...event, outcome: 'succeeded' }]);
  }
  expect(await blocklist.history(list.silent[0] ?? '')).toMatchObject([{ ...event, outcome: 'failed', code: 131047 }]);

  // And back again: the same list, duplicates and all, comes off.
  const undone = await endOf(acceptedJob(await blocklist.unblock(list.entries, { reason: 'a mistake' })));
  expect(undone.users).toMatchObject({ total, remaining: 0 });
  await expectMirrorOfGraph(id, 0);
  expect(await blocklist.history(moved)).toMatchObject([
    { action: 'unblock', source: 'job', job_id: undone.id, reason: 'a mistake' },
    { action: 'block' },
  ]);
});

async function expectMirrorOfGraph(id: string, size: number): Promise<void> {
  const mirror = await new Blocklist(id).blocked();
  expect(mirror).toHaveLength(size);
  expect(mirror.toSorted()).toEqual((await simulator.list(id)).toSorted());
}

test('one user becomes a job when the caller prefers not to wait', async () => {
  const id = phoneNumberId('one user job');
  const blocklist = new Blocklist(id);
  const [user = ''] = phoneNumbers(1);
  const answer = await blocklist.block([user], { headers: { Prefer: 'respond-async' } });
  const job = acceptedJob(answer);
  expect(answer.headers.get('preference-applied')).toBe('respond-async');
  expect(job.users.total).toBe(1);
  expect(await endOf(job)).toMatchObject({ status: 'succeeded', users: { succeeded: 1 } });
  expect(await jobUsers(job)).toEqual([{ input: user, outcome: 'succeeded', wa_id: user }]);
  expect(await blocklist.user(user)).toMatchObject({ blocked: true, source: 'job' });
  expect(await simulator.list(id)).toEqual([user]);
});

test('an Idempotency-Key belongs to one job: the same body gives that job again, another body is refused', async () => {
  const id = phoneNumberId('idempotency');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(1_001);
  const headers = { 'Idempotency-Key': 'import-2026-11-22' };
  const first = acceptedJob(await blocklist.block(users, { headers }));
  const soon = acceptedJob(await blocklist.block(users, { headers }));
  expect(soon.id).toBe(first.id);
  const ended = await endOf(first);
  expect(ended).toMatchObject({ status: 'succeeded', users: { succeeded: 1_001 } });
  const callsOfOneJob = await simulator.calls(id);

  const later = await blocklist.block(users, { headers });
  expect(acceptedJob(later)).toEqual(ended);
  expect((await follow(later.headers.get('location') ?? '')).body).toEqual(ended);
  for (const other of [
    () => blocklist.block(users.slice(1), { headers: { ...headers, Prefer: 'respond-async' } }),
    () => blocklist.block(users, { headers, reason: 'spam' }),
    () => blocklist.unblock(users, { headers }),
  ]) {
    const refused = await other();
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ error: { code: 100, message: expect.stringContaining('Idempotency-Key') } });
  }
  expect(await simulator.calls(id)).toEqual(callsOfOneJob);
  expect(await getJob(first.id)).toEqual(ended);
  await expectMirrorOfGraph(id, 1_001);

  // On another number the key is free.
  const elsewhere = new Blocklist(phoneNumberId('other idempotency'));
  const another = acceptedJob(await elsewhere.unblock(users, { headers }));
  expect(another.id).not.toBe(first.id);
  await endOf(another);
});
