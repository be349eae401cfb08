import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { ENV } from '../../lambdas/contract/environment.ts';
import { type Jobs, jobs, jobUsers } from '../../lambdas/openapi/job.ts';
import { ACTOR, createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

const OTHER = '106540352242923';

let api: InProcessApi;
beforeAll(async () => {
  // Chunks of two, so that a job of a few users has several.
  api = await createInProcessApi(inject('dynamodbEndpoint'), { [ENV.chunkSize]: '2' });
});
afterAll(() => api.stop());
beforeEach(async () => {
  api.simulator.control.reset();
  await api.putToken(TOKEN);
});

async function accept(inputs: readonly string[], phoneNumberId = NUMBER): Promise<string> {
  const accepted = await api.block(inputs, { headers: { Prefer: 'respond-async' }, phoneNumberId });
  expect(accepted.status).toBe(202);
  return String(Object(accepted.body.job).id);
}

const jobOf = async (id: string) => (await api.call('getJob', { id })).body;

/** Every token that Graph accepted so far is revoked. Gives the one that it accepts now, to be put into the secret. */
function renewToken(): string {
  tokens += 1;
  const token = `${TOKEN}-${tokens}`;
  api.simulator.control.patchOptions({ tokens: [token] });
  return token;
}
let tokens = 0;

/** Every user of the job that has an outcome, in short. */
async function outcomesOf(id: string): Promise<string[]> {
  const { body } = await api.call('listJobUsers', { id });
  return jobUsers.parse(body).data.map(({ input, outcome, code }) => [input, outcome, code ?? []].flat().join(' '));
}

const historyOf = async (user: string) =>
  z
    .array(z.looseObject({ action: z.string(), outcome: z.string() }))
    .parse((await api.call('getUserHistory', { ...api.target, user })).body.data)
    .map(({ action, outcome, code }) => [action, outcome, code ?? []].flat().join(' '));

/** Users that Graph was asked to change, and took, since `from` calls. */
const usersSent = (from: number) =>
  api.simulator.control
    .calls()
    .slice(from)
    .filter(({ method, code }) => method === 'POST' && code === null)
    .reduce((sum, call) => sum + call.users, 0);

describe('a job whose token was revoked', () => {
  it('sends only the failed users after the token is replaced and the job is retried', async () => {
    const five = phones(5, 16_505_551_000);
    const [a = '', b = '', c = '', d = '', e = ''] = five;
    api.simulator.control.patchOptions({ invalidNumbers: [d] });
    const id = await accept(five);
    for (const chunk of [0, 1]) await api.runChunk(id, chunk);
    const token = renewToken();
    await api.runJob(id, 3);

    expect(await jobOf(id)).toMatchObject({
      status: 'partially_failed',
      users: { total: 5, succeeded: 3, failed: 2, remaining: 0 },
      chunks: { total: 3, done: 2, failed: 1 },
      finished_at: expect.any(String),
      error: { code: 190, message: expect.any(String) },
    });
    expect(await outcomesOf(id)).toEqual([
      ...[a, b, c].map((user) => `${user} succeeded`),
      `${d} failed 131047`,
      `${e} failed 190`,
    ]);

    await api.putToken(token);
    api.simulator.control.patchOptions({ invalidNumbers: [] });
    const before = api.simulator.control.calls().length;
    const retried = await api.call('retryJob', { id });
    expect(retried.status).toBe(202);
    expect(retried.body).toMatchObject({
      id,
      status: 'queued',
      users: { total: 5, succeeded: 3, failed: 0, remaining: 2 },
      chunks: { total: 3, done: 1, failed: 0 },
      retried_at: expect.any(String),
    });
    for (const field of ['error', 'finished_at']) expect(retried.body).not.toHaveProperty(field);
    expect(await api.executions('bulk')).toEqual(
      expect.arrayContaining([
        { name: id, input: { jobId: id, run: 1, chunks: [0, 1, 2], lanes: 3 } },
        { name: `${id}-2`, input: { jobId: id, run: 2, chunks: [0, 1, 2], lanes: 3 } },
      ]),
    );
    // Asked for twice: the same run, the same execution.
    expect((await api.call('retryJob', { id })).body).toMatchObject({ status: 'queued' });
    // What is left of the first run comes late, and does nothing.
    await api.runJob(id, 3, 1);
    expect(await jobOf(id)).toMatchObject({ status: 'queued' });

    await api.runJob(id, 3, 2);
    expect(await jobOf(id)).toMatchObject({
      status: 'succeeded',
      users: { total: 5, succeeded: 5, failed: 0, remaining: 0 },
      chunks: { total: 3, done: 3, failed: 0 },
    });
    expect(await jobOf(id)).not.toHaveProperty('error');
    expect(usersSent(before)).toBe(2);
    expect(await outcomesOf(id)).toEqual(five.map((user) => `${user} succeeded`));
    expect([...api.simulator.control.number(NUMBER).users].sort()).toEqual(five);
    expect(await historyOf(a)).toEqual(['block succeeded']);
    expect(await historyOf(d)).toEqual(['block succeeded', 'block failed 131047']);
    expect(await historyOf(e)).toEqual(['block succeeded', 'block failed 190']);
  });

  it('fails as a whole at its first call, and leaves malformed entries as they are in a retry', async () => {
    const [a, b] = phones(2, 16_505_552_000);
    const token = renewToken();
    const id = await accept([String(a), 'nobody', String(b)]);
    await api.runJob(id, 2);
    expect(await jobOf(id)).toMatchObject({ status: 'failed', users: { total: 3, failed: 3 }, error: { code: 190 } });

    await api.putToken(token);
    expect((await api.call('retryJob', { id })).body).toMatchObject({ users: { failed: 1, remaining: 2 } });
    await api.runJob(id, 2, 2);
    expect(await jobOf(id)).toMatchObject({ status: 'partially_failed', users: { succeeded: 2, failed: 1 } });
    expect(await outcomesOf(id)).toEqual([`${a} succeeded`, 'nobody failed 100', `${b} succeeded`]);
    // Nothing is left that could be sent again.
    expect(await api.call('retryJob', { id })).toMatchObject({ status: 202, body: { status: 'partially_failed' } });
  });
});

describe('a cancellation', () => {
  it('halfway cancels the users that were not sent at once, and a retry sends them', async () => {
    const five = phones(5, 16_505_553_000);
    const [a, b, c, d, e] = five;
    const id = await accept(five);
    await api.runChunk(id, 0);
    const before = api.simulator.control.calls().length;

    const cancelled = await api.call('cancelJob', { id });
    expect(cancelled.status).toBe(202);
    expect(cancelled.body).toMatchObject({
      id,
      status: 'cancelled',
      users: { total: 5, succeeded: 2, failed: 3, remaining: 0 },
      cancelled_at: expect.any(String),
      cancelled_by: ACTOR,
      finished_at: expect.any(String),
    });
    expect(await jobOf(id)).toEqual(cancelled.body);
    // The workflow continues, and finds nothing to do.
    await api.runJob(id, 3);
    expect(await jobOf(id)).toEqual(cancelled.body);
    expect(usersSent(before)).toBe(0);
    expect(api.simulator.control.number(NUMBER).users).toEqual([a, b]);
    expect(await outcomesOf(id)).toEqual([
      ...[a, b].map((user) => `${user} succeeded`),
      ...[c, d, e].map((user) => `${user} failed 139100`),
    ]);
    // Users that were never sent are unchanged.
    expect(await historyOf(String(e))).toEqual([]);

    expect((await api.call('retryJob', { id })).body).not.toHaveProperty('cancelled_at');
    await api.runJob(id, 3, 2);
    expect(await jobOf(id)).toMatchObject({ status: 'succeeded', users: { succeeded: 5 } });
    expect(usersSent(before)).toBe(3);
  });

  it('lets a request that is in progress finish', async () => {
    const four = phones(4, 16_505_554_000);
    const [a, b] = four;
    const id = await accept(four);
    api.simulator.control.patchOptions({ latency: { fixedMs: 300 } });
    const inProgress = api.runChunk(id, 0);
    await expect.poll(() => api.simulator.control.counters().inFlight).toBe(1);
    expect((await api.call('cancelJob', { id })).body).toMatchObject({ status: 'running', cancelled_by: ACTOR });
    await inProgress;
    await api.runJob(id, 2);
    expect(await jobOf(id)).toMatchObject({ status: 'cancelled', users: { succeeded: 2, failed: 2, remaining: 0 } });
    expect(api.simulator.control.number(NUMBER).users).toEqual([a, b]);
    expect(await historyOf(String(a))).toEqual(['block succeeded']);
  });

  it('is noticed by the next attempt of a chunk that failed temporarily', async () => {
    const [a = '', b = ''] = phones(2, 16_505_557_000);
    const id = await accept([a, b]);
    api.simulator.control.patchOptions({ latency: { fixedMs: 300 } });
    api.simulator.control.addFaults({ next: 1, fault: { kind: 'error', code: 139103 } });
    const inProgress = api.runChunk(id, 0);
    await expect.poll(() => api.simulator.control.counters().inFlight).toBe(1);
    await api.call('cancelJob', { id });
    await inProgress;
    await api.runJob(id, 1);
    expect(api.simulator.control.calls()).toHaveLength(1);
    expect(await outcomesOf(id)).toEqual([`${a} failed 139100`, `${b} failed 139100`]);
    expect(await jobOf(id)).toMatchObject({ status: 'cancelled', users: { failed: 2 }, chunks: { failed: 1 } });
  });

  it('comes too late for a job that ended', async () => {
    const id = await accept(phones(1, 16_505_555_000));
    await api.runJob(id, 1);
    const ended = await jobOf(id);
    expect(await api.call('cancelJob', { id })).toMatchObject({ status: 202, body: ended });
    expect(await jobOf(id)).toEqual(ended);
  });
});

it('an unknown job cannot be read, cancelled or retried', async () => {
  const id = `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXY`;
  for (const route of ['getJob', 'cancelJob', 'retryJob'] as const) {
    const { status, body } = await api.call(route, { id });
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { code: 100, message: expect.stringContaining(id) } });
  }
});

describe('GET /jobs', () => {
  it('lists jobs of all numbers or of one, by status, newest first, in pages, each as GET /jobs/{id} shows it', async () => {
    const ids: string[] = [];
    for (const [index, phoneNumberId] of [OTHER, NUMBER, OTHER, NUMBER].entries()) {
      ids.unshift(await accept(phones(1, 16_505_556_000 + index), phoneNumberId));
    }
    const [fourth = '', third = '', , first = ''] = ids;
    await api.runJob(third, 1);
    await api.call('cancelJob', { id: first });
    const list = async (query: Record<string, string>) => {
      const { status, body } = await api.call('listJobs', {}, { query });
      expect(status).toBe(200);
      return jobs.parse(body);
    };

    const all = await list({ limit: '4' });
    expect(all.data.map(({ id }) => id)).toEqual(ids);
    expect(all.data.map(({ status }) => status)).toEqual(['queued', 'succeeded', 'queued', 'cancelled']);
    for (const recorded of all.data) expect(recorded).toEqual(await jobOf(recorded.id));

    const pages: string[] = [];
    for (let query: Record<string, string> | undefined = { phone_number_id: OTHER, limit: '1' }; query; ) {
      const page: Jobs = await list(query);
      pages.push(...page.data.map(({ id }) => id));
      const { next } = page.paging;
      if (next !== undefined) expect(next).toMatch(/^https:\/\/api\.test\/live\/jobs\?/);
      if (pages.length > 100) throw new Error('The pages never end');
      query = next === undefined ? undefined : Object.fromEntries(new URL(next).searchParams);
    }
    expect(pages).toEqual([third, first]);

    const cancelled = await list({ phone_number_id: OTHER, status: 'cancelled' });
    expect(cancelled.data.map(({ id }) => id)).toEqual([first]);
    const queued = await list({ phone_number_id: NUMBER, status: 'queued' });
    expect(queued.data[0]?.id).toBe(fourth);
  });

  it('is refused by the parameter’s name', async () => {
    for (const name of ['phone_number_id', 'status', 'after', 'limit']) {
      const { status, body } = await api.call('listJobs', {}, { query: { [name]: 'x' } });
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { code: 100, message: expect.stringContaining(`${name}: `) } });
    }
  });
});
