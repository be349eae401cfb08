import { expect } from 'vitest';
import type { Job, JobUser } from '../../../lambdas/openapi/job.ts';
import { Blocklist, getJob, jobUsers } from './service.ts';
import { simulator } from './simulator.ts';
import { histories } from './stored.ts';

/**
 * Asserts that an ended job lost nobody: one outcome for each of its users, in their order, and counts that add up; and that
 * exactly the users who succeeded are in the mirror and on Graph's list. For numbers of which nobody was blocked before the
 * job.
 */
export async function expectAccountedFor(job: Job, users: readonly string[]): Promise<JobUser[]> {
  expect(await getJob(job.id)).toEqual(job);
  const outcomes = await jobUsers(job);
  expectSame(
    outcomes.map(({ input }) => input),
    users,
  );
  expect(outcomes.map(({ input }) => input).join() === users.join(), 'the order of the request').toBe(true);
  const succeeded = outcomes.filter(({ outcome }) => outcome === 'succeeded').map(({ input }) => input);
  expect(job.users).toEqual({
    total: users.length,
    succeeded: succeeded.length,
    failed: users.length - succeeded.length,
    deferred: 0,
    remaining: 0,
  });
  expect(job.chunks.done + job.chunks.failed).toBe(job.chunks.total);
  await expectBlocked(job.phone_number_id, succeeded);
  return outcomes;
}

/** Asserts that these users, and nobody else, are in the mirror and on Graph's list. */
export async function expectBlocked(phoneNumberId: string, users: readonly string[]): Promise<void> {
  expectSame(await simulator.list(phoneNumberId), users);
  expectSame(await new Blocklist(phoneNumberId).blocked(), users);
}

/** That two lists hold the same, each once; without the difference of thousands of lines that `toEqual` would draw. */
export function expectSame(got: readonly string[], wanted: readonly string[]): void {
  const difference = new Set(got).symmetricDifference(new Set(wanted));
  expect([...difference].slice(0, 10), `${difference.size} that are in one of two lists only`).toEqual([]);
  expect(got.length).toBe(wanted.length);
}

/** How many users there are of each outcome, by its code if it is a failure. */
export function tally(outcomes: Iterable<JobUser>): Record<string, number> {
  return count([...outcomes].map(({ outcome, code }) => (code === undefined ? outcome : `${outcome} ${code}`)));
}

/** How many of these users have which history; see `histories`. */
export async function recordedEvents(phoneNumberId: string, users: readonly string[]): Promise<Record<string, number>> {
  return count((await histories(phoneNumberId, users)).values());
}

/** One in ten, of every chunk: all histories of a long list take longer to read than to write. */
export function tenth(users: readonly string[]): string[] {
  return users.filter((_, index) => index % 10 === 0);
}

function count(all: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}
