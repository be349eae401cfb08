import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { ENV } from '../../lambdas/contract/environment.ts';
import { createdJobs, jobs } from '../../lambdas/openapi/job.ts';
import { ACTOR, createInProcessApi, type InProcessApi, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

const NUMBERS = ['106540352243301', '106540352243302', '106540352243303'] as const;
const [FIRST, SECOND, THIRD] = NUMBERS;

let api: InProcessApi;
beforeAll(async () => {
  // Of two users, so that a job of a few has several chunks.
  api = await createInProcessApi(inject('dynamodbEndpoint'), { [ENV.chunkSize]: '2' });
});
afterAll(() => api.stop());
beforeEach(async () => {
  api.simulator.control.reset();
  await api.putToken(TOKEN);
});

const create = (users: readonly string[], body: object = {}, headers: Record<string, string> = {}) =>
  api.call(
    'createJobs',
    {},
    {
      headers,
      body: { action: 'block', phone_number_ids: NUMBERS, block_users: users.map((user) => ({ user })), ...body },
    },
  );

async function accepted(answer: ReturnType<typeof create>) {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBe(202);
  return createdJobs.parse(body);
}

const listed = async (query: Record<string, string>) => api.call('listJobs', {}, { query });
const historyOf = async (phoneNumberId: string, user: string) =>
  z
    .array(z.looseObject({}))
    .parse((await api.call('getUserHistory', { ...api.targetOf(phoneNumberId), user })).body.data);

it('makes a job for each number, each with the shared list', async () => {
  const users = phones(3, 16_505_560_000);
  const answer = await create([...users, 'nobody'], { reason: 'spam' }, { 'X-On-Behalf-Of': 'ana' });
  expect(answer.status).toBe(202);
  const { batch_id: batchId, data } = createdJobs.parse(answer.body);
  expect(answer.headers.location).toBe(`https://api.test/live/jobs?batch_id=${batchId}`);
  expect(data.map(({ id }) => id)).toEqual(NUMBERS.map((number) => `${number}-${batchId}`));
  const ids = data.map(({ id }) => id);
  expect((await api.executions('bulk')).map(({ name }) => name)).toEqual(expect.arrayContaining(ids));
  for (const job of data) {
    expect((await api.call('getJob', { id: job.id })).body).toEqual(job);
    expect(job).toMatchObject({
      batch_id: batchId,
      status: 'queued',
      users: { total: 4, succeeded: 0, failed: 1, deferred: 0, remaining: 3 },
      chunks: { total: 2, done: 0, failed: 0 },
      requested_by: ACTOR,
      on_behalf_of: 'ana',
      reason: 'spam',
    });
  }

  // Graph does not know the second one: it fails alone.
  api.simulator.control.patchOptions({ phoneNumberIds: [FIRST, THIRD] });
  for (const { id } of data) await api.runJob(id, 2);
  const after = await listed({ batch_id: batchId });
  expect(after).toMatchObject({ status: 200, body: { batch_id: batchId } });
  expect(jobs.parse(after.body).data.map(({ phone_number_id, status }) => [phone_number_id, status])).toEqual([
    [THIRD, 'partially_failed'],
    [SECOND, 'failed'],
    [FIRST, 'partially_failed'],
  ]);
  for (const number of [FIRST, THIRD]) {
    const mirror = await api.call('listBlockedUsers', api.targetOf(number));
    expect(
      z
        .array(z.looseObject({ wa_id: z.string() }))
        .parse(mirror.body.data)
        .map(({ wa_id }) => wa_id)
        .toSorted(),
    ).toEqual(users);
    expect(await historyOf(number, users[0] ?? '')).toMatchObject([
      { source: 'job', job_id: `${number}-${batchId}`, reason: 'spam', on_behalf_of: 'ana' },
    ]);
  }

  // And once Graph knows it, what failed runs again, with the users that it shares.
  api.simulator.control.patchOptions({ phoneNumberIds: null });
  const id = `${SECOND}-${batchId}`;
  expect(await api.call('retryJob', { id })).toMatchObject({ status: 202 });
  await api.runJob(id, 2, 2);
  expect((await api.call('getJob', { id })).body).toMatchObject({ users: { succeeded: 3, failed: 1, remaining: 0 } });
});

it('gives the same batch in its present state for the same key and body, and refuses another body', async () => {
  const users = phones(3, 16_505_561_000);
  const headers = { 'Idempotency-Key': randomUUID() };
  const terms = { expires_in: 3_600 };
  const first = await accepted(create(users, terms, headers));
  for (const { id } of first.data.slice(0, 1)) await api.runJob(id, 2);
  const again = await accepted(create(users, terms, headers));
  expect(again.data.map(({ id, status }) => [id, status])).toEqual(
    first.data.map(({ id }, place) => [id, place === 0 ? 'succeeded' : 'queued']),
  );
  expect(again.data[0]).toMatchObject({ users: { succeeded: 3, remaining: 0 } });
  expect(again.data.map(({ expires_at }) => expires_at)).toEqual(first.data.map(({ expires_at }) => expires_at));
  for (const other of [{ expires_in: 3_601 }, { ...terms, defer: true }, { ...terms, phone_number_ids: [FIRST] }]) {
    expect(await create(users, other, headers)).toMatchObject({
      status: 409,
      body: { error: { code: 100, message: expect.stringContaining('Idempotency-Key') } },
    });
  }
  // The key of one number's request is another.
  const alone = await api.block(users, { phoneNumberId: FIRST, headers: { ...headers, Prefer: 'respond-async' } });
  expect(alone.status).toBe(202);
});

it('answers simultaneous requests for one batch with the same jobs, each stored once', async () => {
  const users = phones(5, 16_505_562_000);
  const headers = { 'Idempotency-Key': randomUUID() };
  const answers = await Promise.all([1, 2, 3].map(() => accepted(create(users, {}, headers))));
  expect(new Set(answers.map(({ batch_id }) => batch_id)).size).toBe(1);
  expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  const { data } = jobs.parse((await listed({ batch_id: answers[0]?.batch_id ?? '' })).body);
  expect(data).toHaveLength(3);
});
