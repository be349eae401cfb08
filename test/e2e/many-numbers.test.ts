/** The same list on several numbers in one request: a job for each, which have nothing to do with each other. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../lambdas/openapi/job.ts';
import { expectAccountedFor, expectBlocked } from './support/accounted.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import {
  acceptedBatch,
  acceptedJob,
  Blocklist,
  call,
  control,
  endOf,
  entry,
  follow,
  getJob,
  jobPages,
  jobUsers,
} from './support/service.ts';
import { callsUntil, calmAfterEach, simulator } from './support/simulator.ts';
import { scaleWaits } from './support/waits.ts';

calmAfterEach();
// A job that Graph asks to wait for an hour waits.
beforeAll(() => scaleWaits(1));
afterAll(() => scaleWaits(0));

const ALONE = phoneNumberId('many alone');
const REFUSED = phoneNumberId('many refused');
const CANCELLED = phoneNumberId('many cancelled');
const MORE = phoneNumberId('many more');
const LAST = phoneNumberId('many last');
const NUMBERS = [LAST, REFUSED, ALONE, CANCELLED, MORE];

const create = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  call({ method: 'POST', path: '/jobs', body, headers });

/** Every job that the list of a batch has, page by page. */
async function listed(query: string): Promise<Job[]> {
  const jobs: Job[] = [];
  for await (const { data } of jobPages(query)) jobs.push(...data);
  return jobs;
}

test('five numbers: each job comes to its own end, and a repeat of the request is the same batch', async () => {
  const users = phoneNumbers(2_001);
  const body = {
    action: 'block',
    phone_number_ids: [...NUMBERS, LAST],
    block_users: users.map(entry),
    reason: 'fraud ring',
  };
  const headers = { 'Idempotency-Key': 'ring-of-five-numbers', 'X-On-Behalf-Of': 'ana@support' };
  await simulator.addFaults(
    { phoneNumberId: REFUSED, fault: { kind: 'error', code: 10, message: 'No permission for this number' } },
    { phoneNumberId: CANCELLED, fault: { kind: 'error', code: 130429, regainAccessMinutes: 60 } },
  );

  const answer = await create(body, headers);
  const batch = acceptedBatch(answer);
  expect(batch.data.map(({ id }) => id)).toEqual(NUMBERS.map((number) => `${number}-${batch.batch_id}`));
  for (const job of batch.data) {
    expect(job).toMatchObject({
      batch_id: batch.batch_id,
      action: 'block',
      users: { total: 2_001, remaining: 2_001 },
      chunks: { total: 3 },
      reason: 'fraud ring',
      on_behalf_of: 'ana@support',
    });
  }
  const followed = await follow(answer.headers.get('location') ?? '');
  expect(followed).toMatchObject({ status: 200, body: { batch_id: batch.batch_id } });

  // The same request again, while all of them run: nothing more comes of it.
  const again = acceptedBatch(await create(body, headers));
  expect(again.data.map(({ id }) => id)).toEqual(batch.data.map(({ id }) => id));

  const jobOf = (number: string) => ({ id: `${number}-${batch.batch_id}` });
  const job = (number: string) => getJob(jobOf(number).id);
  await callsUntil('a job that waits for Graph', CANCELLED, (calls) => calls.length >= 3);
  await control(jobOf(CANCELLED), 'cancel');
  const ends = new Map<string, Job>();
  for (const number of NUMBERS) ends.set(number, await endOf(await job(number)));

  expect(ends.get(REFUSED)).toMatchObject({
    status: 'failed',
    users: { succeeded: 0, failed: 2_001, remaining: 0 },
    error: { code: 10 },
  });
  expect(ends.get(CANCELLED)).toMatchObject({ status: 'cancelled', users: { succeeded: 0, failed: 2_001 } });
  for (const number of [ALONE, MORE, LAST]) {
    const ended = await job(number);
    expect(ended).toMatchObject({ status: 'succeeded', users: { succeeded: 2_001, failed: 0, remaining: 0 } });
    await expectAccountedFor(ended, users);
  }
  for (const number of [REFUSED, CANCELLED]) await expectBlocked(number, []);
  expect(await jobUsers(jobOf(REFUSED), '?outcome=failed&limit=1000')).toHaveLength(2_001);
  expect(await new Blocklist(ALONE).history(users[0] ?? '')).toMatchObject([
    { source: 'job', job_id: jobOf(ALONE).id, reason: 'fraud ring', on_behalf_of: 'ana@support' },
  ]);

  // The list of the batch has them all, and by status, and none else of these numbers.
  const alone = await new Blocklist(MORE).unblock(users.slice(0, 1), { headers: { Prefer: 'respond-async' } });
  await endOf(acceptedJob(alone));
  const byNumber = (jobs: readonly Job[]) => jobs.map((one) => [one.phone_number_id, one]).toSorted();
  const all = await listed(`?batch_id=${batch.batch_id}&limit=2`);
  expect(byNumber(all)).toEqual([...ends].toSorted());
  const failed = await listed(`?batch_id=${batch.batch_id}&status=failed`);
  expect(failed.map(({ phone_number_id }) => phone_number_id)).toEqual([REFUSED]);
  expect(await call({ method: 'GET', path: '/jobs?batch_id=01JZ5W8Q6M3N4P5R6S7T8V9WXY' })).toMatchObject({
    status: 404,
    body: { error: { code: 100, message: expect.stringContaining('batch_id') } },
  });

  // A repeat after the end shows how the batch ended. Failed users can be retried, one job at a time.
  expect(acceptedBatch(await create(body, headers)).data).toEqual(NUMBERS.map((number) => ends.get(number)));
  for (const other of [
    { ...body, block_users: body.block_users.slice(1) },
    { ...body, phone_number_ids: NUMBERS.slice(1) },
    { ...body, defer: true },
    { ...body, action: 'unblock' },
  ]) {
    expect(await create(other, headers)).toMatchObject({
      status: 409,
      body: { error: { code: 100, message: expect.stringContaining('Idempotency-Key') } },
    });
  }
  await simulator.calm();
  await control(jobOf(REFUSED), 'retry');
  const retried = await endOf(jobOf(REFUSED));
  expect(retried.status).toBe('succeeded');
  await expectAccountedFor(retried, users);
  expect(await job(CANCELLED)).toEqual(ends.get(CANCELLED));
});

test.each([
  [{ phone_number_ids: [] }, 'phone_number_ids: must have at least one'],
  [{ phone_number_ids: [ALONE, 'me'] }, 'phone_number_ids[1]: must be 1 to 32 digits'],
  [{ action: 'delete' }, 'action: must be block or unblock'],
  [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at: must be in the future'],
  [{ action: 'unblock', defer: true }, 'defer: cannot be used to unblock'],
])('is refused as a whole, by the name of the field: %j', async (change, message) => {
  const before = await listed(`?phone_number_id=${ALONE}`);
  const body = { action: 'block', phone_number_ids: [ALONE], block_users: [{ user: '+442071838750' }], ...change };
  expect(await create(body)).toMatchObject({
    status: 400,
    body: { error: { code: 100, message: expect.stringContaining(message) } },
  });
  expect(await listed(`?phone_number_id=${ALONE}`)).toEqual(before);
});
