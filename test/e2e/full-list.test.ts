/** The longest list there is, 64,000 users, as one request. */
import { afterAll, expect, test } from 'vitest';
import { until } from '../../local/until.ts';
import { expectSame } from './support/accounted.ts';
import { watchMemory } from './support/memory.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { localProcesses, SEES_PROCESSES } from './support/processes.ts';
import { acceptedJob, Blocklist, endOf, jobUsers } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { storedSummary } from './support/stored.ts';
import { BulkWorkflow } from './support/workflow.ts';

calmAfterEach();
const workflow = new BulkWorkflow();
afterAll(() => workflow.stop());

const ALL = 64_000;
/** What one state of Step Functions may take or give. */
const STATE_BYTES = 256 * 1024;

test('64,000 users: a job with an outcome for each, small states, and a mirror equal to the list at Graph', async () => {
  const id = phoneNumberId('whole list');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(ALL);
  expect(new Set(users).size).toBe(ALL);

  const stopWatching = watchMemory();
  const startedMs = performance.now();
  const answer = await blocklist.block(users, { reason: 'imported' });
  const acceptedMs = performance.now() - startedMs;
  const job = acceptedJob(answer);
  expect(job).toMatchObject({ users: { total: ALL, remaining: ALL }, chunks: { total: 64 } });
  // It is carried out later: 64 requests to Graph have not been made by now.
  expect((await simulator.calls(id)).length).toBeLessThan(64);

  const ended = await endOf(job, 240_000);
  const endedMs = performance.now() - startedMs;
  const memory = stopWatching();
  const execution = workflow.executionArn(job.id);
  expect(await workflow.end(execution)).toBe('SUCCEEDED');
  expect(ended).toMatchObject({
    status: 'succeeded',
    users: { total: ALL, succeeded: ALL, failed: 0, deferred: 0, remaining: 0 },
    chunks: { total: 64, done: 64, failed: 0 },
  });

  const [outcomes, mirror, list, { events, payloads }] = await Promise.all([
    jobUsers(job),
    blocklist.blocked(),
    simulator.list(id),
    workflow.payloads(execution),
  ]);
  expect(outcomes.length).toBe(ALL);
  expect(outcomes.every(({ outcome }) => outcome === 'succeeded')).toBe(true);
  expectSame(
    outcomes.map(({ input }) => input),
    users,
  );
  expect(mirror.length).toBe(ALL);
  expectSame(mirror, users);
  expectSame(list, users);
  // At least an input and an output for each lane.
  expect(payloads.length).toBeGreaterThan(2 * 4);
  const largest = Math.max(...payloads.map((payload) => Buffer.byteLength(payload)));
  expect(largest).toBeLessThan(STATE_BYTES);

  // The list is full, and the mirror knows: Graph is not asked.
  const calls = (await simulator.calls(id)).length;
  expect(await blocklist.block(['+442071838750'])).toMatchObject({ status: 400, body: { error: { code: 139101 } } });
  expect((await simulator.calls(id)).length).toBe(calls);

  console.info(
    `64,000 users: accepted in ${seconds(acceptedMs)} s, done in ${seconds(endedMs)} s, read and compared in all ${seconds(performance.now() - startedMs)} s; ` +
      `${events} events, largest state input or output ${largest} bytes; peak memory: ${memory}`,
  );
});

/** Megabytes of the function that reconciles, of which it was given 1,024. */
const RECONCILE_MEGABYTES = 512;

test('64,000 users: a reconciliation finds external changes, in bounded memory', async () => {
  const id = phoneNumberId('whole list');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(ALL);
  const gone = users.filter((_, index) => index % 320 === 0);
  const come = phoneNumbers(gone.length, ALL);
  await simulator.changeList(id, { remove: gone, add: come });

  const summary = () => storedSummary(id);
  const before = await summary();
  let peak = 0;
  const startedMs = performance.now();
  expect((await blocklist.reconcile()).status).toBe(202);
  const after = await until(
    'the reconciliation of 64,000 users',
    async () => {
      for (const { functionName, megabytes } of localProcesses()) {
        if (functionName?.includes('ReconcileNumbers')) peak = Math.max(peak, megabytes);
      }
      const now = await summary();
      return now?.reconciledAt === before?.reconciledAt ? undefined : now;
    },
    240_000,
  );
  const ms = performance.now() - startedMs;
  expect(after).toMatchObject({ size: ALL, drift: { added: come.length, removed: gone.length } });
  if (SEES_PROCESSES) expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(RECONCILE_MEGABYTES);

  const wanted = [...users.filter((_, index) => index % 320 !== 0), ...come];
  expectSame(await blocklist.blocked(), wanted);
  expectSame(await simulator.list(id), wanted);
  for (const [user, action] of [
    [gone[0], 'unblock'],
    [come[0], 'block'],
  ] as const) {
    expect((await blocklist.history(user ?? ''))[0]).toMatchObject({ action, source: 'external' });
  }
  console.info(
    `64,000 users reconciled in ${seconds(ms)} s, ${2 * gone.length} of them corrected; ${Math.round(peak)} MB`,
  );
});

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
