/**
 * The mirror is compared with Graph's list while others change both: afterwards they are the same, and the histories say
 * why.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../local/until.ts';
import { expectBlocked, expectSame, recordedEvents } from './support/accounted.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { acceptedJob, Blocklist, call, endOf, jobUsers } from './support/service.ts';
import { callsUntil, calmAfterEach, simulator } from './support/simulator.ts';
import { histories } from './support/stored.ts';
import { reconciliationsOver } from './support/workflow.ts';

calmAfterEach();

const LIST_CHANGED = 139102;
/** Milliseconds that Graph takes for a page. */
const PAGE_MS = 40;

/** Starts a reconciliation; gives when, by the clock of this machine, and what was known of the last one. */
async function reconcile(blocklist: Blocklist): Promise<{ startedMs: number; before: unknown }> {
  const startedMs = Date.now();
  const answer = await blocklist.reconcile();
  expect(answer).toMatchObject({ status: 202, body: { status: 'started' } });
  return { startedMs, before: answer.body };
}

/** Changes the list between any two of its pages, until the test ends it with the user on the list. */
function changeAllTheTime(id: string, user: string): { end(): Promise<void> } {
  let goesOn = true;
  const run = async () => {
    while (goesOn) {
      await simulator.changeList(id, { add: [user] });
      await pause(PAGE_MS / 2);
      await simulator.changeList(id, { remove: [user] });
      await pause(PAGE_MS / 2);
    }
    await simulator.changeList(id, { add: [user] });
  };
  const running = run();
  const end = () => {
    goesOn = false;
    return running;
  };
  onTestFinished(end);
  return { end };
}

test('the list changes during the reconciliation: nothing is corrected before it stops changing, and then everything is', async () => {
  const id = phoneNumberId('storm');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(600);
  const [gone, leaving, rest] = [users.slice(0, 30), users.slice(30, 35), users.slice(35)];
  const external = phoneNumbers(40, 1_000);
  const coming = phoneNumbers(5, 2_000);
  const [restless = ''] = phoneNumbers(1, 3_000);
  expect((await blocklist.block(users)).status).toBe(200);
  // Another application of the business has been at work.
  await simulator.changeList(id, { add: external, remove: gone });

  await simulator.setOptions({ pageSizeCap: 100, latency: { fixedMs: PAGE_MS } });
  await simulator.addFaults({ phoneNumberId: id, method: 'GET', nth: 1, fault: { kind: 'error', code: LIST_CHANGED } });
  // It goes on with one user, on and off, faster than the list can be paged, and this service with others.
  const storm = changeAllTheTime(id, restless);
  const { startedMs, before } = await reconcile(blocklist);
  expect(before).toEqual({ phone_number_id: id, status: 'started', reconciled_at: null });
  expect((await blocklist.block(coming)).status).toBe(200);
  expect((await blocklist.unblock(leaving)).status).toBe(200);
  await callsUntil('scans that met a change', id, (calls) => {
    return calls.filter(({ code }) => code === LIST_CHANGED).length >= 3;
  });
  expectSame(await blocklist.blocked(), [...gone, ...rest, ...coming]);
  expect(await recordedEvents(id, [...external, restless])).toEqual({});
  expect(await recordedEvents(id, gone)).toEqual({ 'api: block': gone.length });

  await storm.end();
  await reconciliationsOver();
  const listed = [...rest, ...coming, ...external, restless];
  await expectBlocked(id, listed);
  const recorded = await histories(id, [...listed, ...gone, ...leaving]);
  const wanted = new Map([
    ...[...rest, ...coming].map((user) => [user, 'api: block'] as const),
    ...[...external, restless].map((user) => [user, 'external: block'] as const),
    ...gone.map((user) => [user, 'api: block, external: unblock'] as const),
    ...leaving.map((user) => [user, 'api: block, api: unblock'] as const),
  ]);
  expect(recorded).toEqual(wanted);
  const byOthers = { source: 'external', reconciled_at: expect.any(String) };
  expect(await blocklist.user(external[0] ?? '')).toMatchObject({ blocked: true, blocked_by: 'external', ...byOthers });
  expect(await blocklist.user(gone[0] ?? '')).toMatchObject({ blocked: false, state: 'unblocked', ...byOthers });
  expect(await blocklist.user(coming[0] ?? '')).toMatchObject({ blocked: true, source: 'api' });

  // In sync, another one finds nothing to do.
  expect((await reconcile(blocklist)).before).not.toMatchObject({ reconciled_at: null });
  await reconciliationsOver();
  await expectBlocked(id, listed);
  expect(await histories(id, [...wanted.keys()])).toEqual(recorded);
  // A list may say some seconds late when it was reconciled.
  await until('a list that was reconciled since', async () => {
    const { headers } = await call({ method: 'GET', path: `${blocklist.path}?limit=1` });
    return Date.parse(headers.get('x-blocklist-reconciled-at') ?? '') >= startedMs ? true : undefined;
  });
});

test('two jobs, single requests and a reconciliation on one number at once: the mirror and the histories end as Graph did', async () => {
  const id = phoneNumberId('races');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(2_400);
  // The second thousand is blocked by one job and unblocked by the other.
  const [blocked, unblocked] = [users.slice(0, 1_600), users.slice(800)];
  const conflicting = users.slice(780, 900);
  expect((await blocklist.block(users.slice(1_500, 2_400))).status).toBe(200);
  await simulator.changeList(id, { remove: users.slice(2_300), add: phoneNumbers(10, 5_000) });

  await simulator.setOptions({ seed: 7, latency: { fixedMs: 50, jitterMs: 900 } });
  const jobs = [acceptedJob(await blocklist.block(blocked)), acceptedJob(await blocklist.unblock(unblocked))] as const;
  const reconciliation = reconcile(blocklist);
  const requests = Promise.all(
    Array.from({ length: 12 }, (_, index) => {
      const some = conflicting.slice(index * 8, index * 8 + 30);
      return index % 2 === 0 ? blocklist.unblock(some) : blocklist.block(some);
    }),
  );
  expect((await requests).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
  await reconciliation;
  const [blocking, unblocking] = await Promise.all(jobs.map((job) => endOf(job)));
  expect(blocking).toMatchObject({ status: 'succeeded', users: { total: 1_600, succeeded: 1_600, remaining: 0 } });
  expect(unblocking).toMatchObject({ status: 'succeeded', users: { total: 1_600, succeeded: 1_600, remaining: 0 } });
  for (const [job, wanted] of [
    [jobs[0], blocked],
    [jobs[1], unblocked],
  ] as const) {
    expectSame(
      (await jobUsers(job)).map(({ input }) => input),
      wanted,
    );
  }
  await until('the requests', async () => ((await simulator.inFlight()) === 0 ? true : undefined));

  await simulator.calm();
  // One runs at a time, and the one before began when the list was another.
  await reconciliationsOver();
  await reconcile(blocklist);
  await reconciliationsOver();
  const list = await simulator.list(id);
  expect(list).toEqual(expect.arrayContaining([...users.slice(0, 780), ...phoneNumbers(10, 5_000)]));
  await expectBlocked(id, list);
  // The history of a user ends with a block exactly if the user is on the list.
  const isListed = new Set(list);
  const recorded = await histories(id, [...new Set([...users, ...list])]);
  const wrong = [...recorded].filter(([user, history]) => isListed.has(user) !== history.endsWith(': block'));
  expect(wrong).toEqual([]);
  expect(list.filter((user) => !recorded.has(user))).toEqual([]);
});
