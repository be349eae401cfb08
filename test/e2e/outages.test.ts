/**
 * Something that a job needs fails or is throttled in the middle. The job continues by itself, and no user is lost or
 * recorded twice.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../local/until.ts';
import { expectAccountedFor, expectBlocked, recordedEvents, tally, tenth } from './support/accounted.ts';
import { attemptsToRepeat } from './support/logs.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { bringGraphBack, cutOffGraph } from './support/outage.ts';
import { killFunction, SEES_PROCESSES } from './support/processes.ts';
import { acceptedJob, Blocklist, call, control, endOf, getJob, jobUsers } from './support/service.ts';
import { calmAfterEach, changesUntil, sent, simulator } from './support/simulator.ts';
import { withWaits } from './support/waits.ts';
import { reconciliationsOver } from './support/workflow.ts';

calmAfterEach();

const ASYNC = { headers: { Prefer: 'respond-async' } };

// It takes a look at processes, which only Linux gives.
describe.runIf(SEES_PROCESSES)('a worker that is killed in the middle of a chunk', () => {
  const users = phoneNumbers(1_001);
  const hang = (phoneNumberId: string, applied: boolean) =>
    simulator.addFaults({ phoneNumberId, method: 'POST', next: 2, fault: { kind: 'hang', applied } });
  const slow = () => simulator.setOptions({ latency: { fixedMs: 2_500 } });

  // Two workers that are there already, so that both wait for Graph before the first gives up.
  beforeAll(async () => {
    await simulator.setOptions({ latency: { fixedMs: 500 } });
    const blocklist = new Blocklist(phoneNumberId('warmed up'));
    await Promise.all(users.slice(0, 2).map(async (user) => endOf(acceptedJob(await blocklist.block([user], ASYNC)))));
    await simulator.calm();
  });

  test.for([
    ['before Graph carries it out', 'killed before', (id: string) => hang(id, false), 0],
    ['while Graph goes on with it', 'killed meanwhile', slow, 0],
    ['after Graph carried it out', 'killed after', (id: string) => hang(id, true), users.length],
  ] as const)('%s: another worker continues from there', async ([_, number, arrange, applied]) => {
    const id = phoneNumberId(number);
    await arrange(id);
    const accepted = acceptedJob(await new Blocklist(id).block(users));
    await until('two chunks that wait for Graph', async () => {
      const [waiting, list] = [await simulator.inFlight(), await simulator.list(id)];
      return waiting === 2 && list.length === applied ? true : undefined;
    });
    expect(killFunction('ProcessChunk')).toBeGreaterThanOrEqual(2);
    await simulator.calm();

    const job = await endOf(accepted);
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 2, done: 2, failed: 0 } });
    await expectAccountedFor(job, users);
    // What the dead had asked for is over, too, and has changed nothing.
    await until('the requests of the dead', async () => ((await simulator.inFlight()) === 0 ? true : undefined));
    await expectBlocked(id, users);
    const calls = await simulator.changes(id);
    expect(calls.map(({ users: named }) => named).toSorted((a, b) => a - b)).toEqual([1, 1, 1_000, 1_000]);
    expect(await recordedEvents(id, users)).toEqual({ 'job: block': 1_001 });
  });

  test('at every attempt: the outcomes of its users say so, a reconciliation finds what Graph did, a retry completes it', async () => {
    const id = phoneNumberId('killed always');
    const blocklist = new Blocklist(id);
    const few = users.slice(0, 600);
    await simulator.addFaults({ phoneNumberId: id, method: 'POST', fault: { kind: 'hang', applied: true } });
    const accepted = acceptedJob(await blocklist.block(few, ASYNC));
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await until(`attempt ${attempt}`, async () => {
        const [fired = 0] = await simulator.faultsFired();
        return fired === attempt && (await simulator.inFlight()) === 1 ? true : undefined;
      });
      expect(killFunction('ProcessChunk')).toBeGreaterThanOrEqual(1);
    }
    const failed = await endOf(accepted);
    expect(failed).toMatchObject({ status: 'failed', chunks: { total: 1, done: 0, failed: 1 } });
    const outcomes = await jobUsers(failed);
    expect(tally(outcomes)).toEqual({ 'failed 139103': 600 });
    expect(new Set(outcomes.map(({ message }) => message))).toEqual(
      new Set([expect.stringContaining('may or may not have been changed')]),
    );
    expect((await simulator.list(id)).length).toBe(600);
    expect(await blocklist.blocked()).toEqual([]);

    await simulator.calm();
    expect((await blocklist.reconcile()).status).toBe(202);
    await reconciliationsOver();
    await expectBlocked(id, few);
    const recorded = { 'job: block failed 139103, job: block': 600 };
    expect(await recordedEvents(id, few)).toEqual(recorded);
    expect(await blocklist.user(few[0] ?? '')).toMatchObject({ blocked: true, source: 'job' });

    await control(failed, 'retry');
    const job = await endOf(failed);
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 1, done: 1, failed: 0 } });
    await expectAccountedFor(job, few);
    // It is known already that this job blocked them.
    expect(await recordedEvents(id, few)).toEqual(recorded);
  });
});

describe('Graph is down for a while and comes back', () => {
  afterEach(() => bringGraphBack());

  test('a job continues by itself, requests in between get Retry-After, and the mirror still answers', async () => {
    const id = phoneNumberId('outage');
    const blocklist = new Blocklist(id);
    const users = phoneNumbers(6_000);
    const [asked = ''] = phoneNumbers(1, 6_000);
    await simulator.setOptions({ latency: { fixedMs: 300 } });
    // Waits as they are would use the time of the test, and without any the attempts of a chunk were over at once.
    const { job, seen } = await withWaits(0.1, async () => {
      const accepted = acceptedJob(await blocklist.block(users));
      const before = await changesUntil('the first chunk', id, (calls) => calls.length > 0);
      await cutOffGraph();
      await until('passes that found no Graph', async () => (attemptsToRepeat(accepted.id) >= 10 ? true : undefined));
      const known = await blocklist.blocked();
      expect(known.length).toBeGreaterThan(0);
      expect(await blocklist.user(known[0] ?? '')).toMatchObject({ blocked: true });
      for (const answer of [
        await blocklist.block([asked]),
        await blocklist.unblock(known.slice(0, 5)),
        await call({ method: 'GET', path: `${blocklist.path}?source=graph` }),
      ]) {
        expect(answer).toMatchObject({ status: 503, body: { error: { code: 2 } } });
        expect(answer.body).toMatchObject({ error: { message: 'Graph could not be reached' } });
        expect(answer.headers.get('retry-after')).toBe('5');
      }
      expect(await blocklist.user(asked)).toMatchObject({ blocked: false, state: 'unknown' });
      const state = await getJob(accepted.id);
      expect(state.status).toBe('running');
      expect(state.error).toBeUndefined();
      expect(state.users.failed).toBe(0);
      expect(state.users.remaining).toBeGreaterThan(0);

      await bringGraphBack();
      return { job: await endOf(accepted), seen: before.length };
    });
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 6, done: 6, failed: 0 } });
    await expectAccountedFor(job, users);
    expect(seen).toBeLessThan(6);
    expect(await recordedEvents(id, tenth(users))).toEqual({ 'job: block': 600 });
    expect((await blocklist.block([asked])).status).toBe(200);
    expect(await blocklist.user(asked)).toMatchObject({ blocked: true, source: 'api' });
  });
});

describe('rate limits throughout a job', () => {
  // Only if Graph names no time may the batch be too large, and is halved.
  test.for([
    ['without a time', 'limited', { usageHeader: 'never' }, 0.03, { refusals: 18, smallest: 125 }],
    [
      'with a time, in whole minutes',
      'limited with a time',
      { usageHeader: 'limited' },
      0.02,
      { refusals: 3, smallest: 1_000 },
    ],
  ] as const)('%s', async ([_, number, header, waits, { refusals, smallest }]) => {
    const id = phoneNumberId(number);
    const users = phoneNumbers(3_000);
    // Others have used all that there is, and leave little afterwards.
    await simulator.setOptions({ ...header, rateLimit: { requests: 0, windowMs: 500 } });
    const job = await withWaits(waits, async () => {
      const accepted = acceptedJob(await new Blocklist(id).block(users));
      await changesUntil('calls that are refused', id, (calls) => calls.length >= refusals);
      await simulator.setOptions({ rateLimit: { requests: 4, windowMs: 500 } });
      return endOf(accepted);
    });
    expect(job).toMatchObject({ status: 'succeeded', chunks: { total: 3, done: 3, failed: 0 } });
    await expectAccountedFor(job, users);
    const calls = await simulator.changes(id);
    expect(calls.filter(({ code }) => code === 130429).length).toBeGreaterThanOrEqual(refusals);
    expect(sent(calls)).toBe(3_000);
    // Halved without end, batches once came down to one user, and the limit was of requests.
    const sizes = calls.map((one) => one.users);
    expect(Math.min(...sizes)).toBe(smallest);
    expect(await recordedEvents(id, tenth(users))).toEqual({ 'job: block': 300 });
  });
});
