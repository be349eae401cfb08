/** Too long for every run: `npm run test:scale`. What the schedule does when a whole list falls due in one moment. */
import { expect, test } from 'vitest';
import { until } from '../../local/until.ts';
import { expectSame } from '../e2e/support/accounted.ts';
import { phoneNumberId, phoneNumbers } from '../e2e/support/numbers.ts';
import { acceptedJob, Blocklist, endOf } from '../e2e/support/service.ts';
import { simulator } from '../e2e/support/simulator.ts';
import { storedSummary } from '../e2e/support/stored.ts';

const USERS = 50_000;
/** Longer than the job takes, so that all of them are blocked when the first falls due. */
const AFTER_MS = 120_000;
/** Milliseconds until the schedule comes; it comes every minute. */
const NEXT_RUN_MS = 60_000;

test('50,000 blocks that end in the same minute are all unblocked by the schedule, each with its history', async () => {
  const id = phoneNumberId('ends at once');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(USERS);
  const forGood = phoneNumbers(100, USERS);
  const expiresAt = new Date(Date.now() + AFTER_MS).toISOString();
  const startedMs = performance.now();
  const job = acceptedJob(await blocklist.block(users, { reason: 'cool off', terms: { expires_at: expiresAt } }));
  expect((await blocklist.block(forGood)).status).toBe(200);
  expect(await endOf(job, AFTER_MS)).toMatchObject({ status: 'succeeded', users: { succeeded: USERS } });
  const blockedMs = performance.now() - startedMs;
  expect(await blocklist.summary()).toMatchObject({ size: USERS + forGood.length, expiring: USERS });
  const calls = (await simulator.calls(id)).length;

  const remaining = async () => (await simulator.list(id)).length;
  const all = USERS + forGood.length;
  await until('the first end', async () => (await remaining()) < all || undefined, AFTER_MS + 2 * NEXT_RUN_MS);
  const firstMs = performance.now();
  await until('the last end', async () => (await remaining()) === forGood.length || undefined, 4 * NEXT_RUN_MS);
  const lastMs = performance.now() - firstMs;
  await until('the mirror', async () => (await storedSummary(id))?.size === forGood.length || undefined);
  expectSame(await blocklist.blocked(), forGood);
  expectSame(await simulator.list(id), forGood);
  expect(await blocklist.summary()).toMatchObject({ size: forGood.length, expiring: 0 });
  const histories = await blocklist.histories(users.filter((_, index) => index % 50 === 0));
  expect(histories.size).toBe(USERS / 50);
  for (const [end, start, ...others] of histories.values()) {
    expect(others).toEqual([]);
    expect(start).toMatchObject({ action: 'block', source: 'job', reason: 'cool off', expires_at: expiresAt });
    expect(end).toMatchObject({ action: 'unblock', outcome: 'succeeded', source: 'expiry', expires_at: expiresAt });
  }
  console.info(
    `${USERS} temporary blocks: made in ${seconds(blockedMs)} s; ended within ${seconds(lastMs)} s of the first end, ` +
      `in ${(await simulator.calls(id)).length - calls} calls to Graph`,
  );
});

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
