import { describe, expect, test } from 'vitest';
import { createdJobsResponse, readCreateJobs } from '../../../lambdas/http/create-jobs.ts';
import { ACTOR, gatewayEvent, NUMBER, read, refusal, rulesAt, type Sent, send } from '../../support/gateway.ts';
import { aJob } from './a-job.ts';

const OTHER = '106540352242923';
const USER = { user: '+16505551234' };
const NOW = Date.parse('2027-01-31T12:00:00.000Z');
const ROUTE = { resource: '/jobs', path: {} };

const create = (sent: Sent) => read({ ...ROUTE, ...sent }, (request) => readCreateJobs(request, rulesAt(NOW)));
const withBody = (fields: Record<string, unknown> = {}) =>
  create({ body: { action: 'block', phone_number_ids: [NUMBER, OTHER], block_users: [USER], ...fields } });

describe('a request for several numbers', () => {
  test('is read', async () => {
    const { status, body } = await create({
      headers: { 'X-On-Behalf-Of': 'ana', 'Idempotency-Key': 'import-1' },
      body: {
        action: 'block',
        phone_number_ids: [OTHER, NUMBER, OTHER],
        block_users: [USER, { user: 'x' }, { user: '16505551234' }],
        reason: 'spam',
        expires_in: 60,
        defer: true,
      },
    });
    expect(status).toBe(200);
    const phone = { input: '+16505551234', identity: { kind: 'phone', id: '16505551234' } };
    expect(body).toEqual({
      action: 'block',
      phoneNumberIds: [OTHER, NUMBER],
      list: {
        entries: [phone, { input: 'x', problem: 'nobody' }, { ...phone, input: '16505551234' }],
        distinct: [phone, { input: 'x', problem: 'nobody' }],
        users: 1,
      },
      reason: 'spam',
      expiresAt: '2027-01-31T12:01:00.000Z',
      defer: true,
      termsAsSent: expect.any(String),
      actor: ACTOR,
      onBehalfOf: 'ana',
      idempotencyKey: 'import-1',
    });
  });

  test('may be an unblock, say its product, and hold 1,000 numbers', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => String(index));
    const { body } = await withBody({ action: 'unblock', messaging_product: 'whatsapp', phone_number_ids: ids });
    expect(body).toMatchObject({ action: 'unblock', phoneNumberIds: ids });
  });

  test.each(['messaging_product', 'reason', 'expires_at', 'expires_in', 'defer'])(
    'may have null as %s',
    async (name) => {
      expect(await withBody({ [name]: null })).toMatchObject({ status: 200 });
    },
  );

  test('may be for all numbers, in a form too, but not of a caller who may use only some', async () => {
    const fields = { phone_number_ids: undefined, all_numbers: true };
    expect(await withBody(fields)).toMatchObject({ status: 200, body: { phoneNumberIds: 'all' } });
    expect(await withBody({ ...fields, phone_number_ids: null })).toMatchObject({ body: { phoneNumberIds: 'all' } });
    for (const none of [null, false])
      expect(await withBody({ all_numbers: none })).toMatchObject({ body: { phoneNumberIds: [NUMBER, OTHER] } });
    const form = new URLSearchParams({ action: 'block', all_numbers: '1', block_users: JSON.stringify([USER]) });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await create({ body: form.toString(), headers })).toMatchObject({ body: { phoneNumberIds: 'all' } });
    const asked = { action: 'block', all_numbers: true, block_users: [USER] };
    const confined = await read({ ...ROUTE, body: asked }, (request) =>
      readCreateJobs({ ...request, numbers: new Set([NUMBER]) }, rulesAt(NOW)),
    );
    const details = 'This caller may use only some numbers; send them as phone_number_ids';
    expect(confined).toMatchObject({ status: 403, body: { error: { code: 10, error_data: { details } } } });
  });

  const NO_NUMBERS = 'phone_number_ids: must be a list of phone number ids; or send all_numbers: true';
  const number = (index: number) => `phone_number_ids[${index}]: must be 1 to 32 digits`;
  test.each<[string, Record<string, unknown>, string]>([
    ['no action', { action: undefined }, 'action: must be block or unblock'],
    ['another action', { action: 'delete' }, 'action: must be block or unblock'],
    ['another product', { messaging_product: 'sms' }, 'messaging_product: must be "whatsapp", or left out'],
    ['no numbers', { phone_number_ids: undefined }, NO_NUMBERS],
    ['neither some numbers nor all', { phone_number_ids: undefined, all_numbers: false }, NO_NUMBERS],
    [
      'some numbers and all',
      { all_numbers: true },
      'all_numbers: cannot be combined with phone_number_ids; send one of them',
    ],
    [
      'a word for all numbers',
      { phone_number_ids: undefined, all_numbers: 'yes' },
      'all_numbers: must be true, or left out',
    ],
    ['one number', { phone_number_ids: NUMBER }, 'phone_number_ids: must be a list of phone number ids'],
    ['an empty list of numbers', { phone_number_ids: [] }, 'phone_number_ids: must have at least one phone number id'],
    [
      '1,001 numbers, though all the same',
      { phone_number_ids: Array(1_001).fill(NUMBER) },
      'phone_number_ids: must have at most 1000 phone number ids',
    ],
    ['a number with a plus', { phone_number_ids: [NUMBER, OTHER, '+16505551234'] }, number(2)],
    ['an empty number', { phone_number_ids: [''] }, number(0)],
    ['a number of 33 digits', { phone_number_ids: [NUMBER, '1'.repeat(33)] }, number(1)],
    [
      'a number without quotes',
      { phone_number_ids: [106540352242922] },
      'phone_number_ids[0]: must be a string of 1 to 32 digits (in quotes)',
    ],
    ['no users', { block_users: undefined }, 'block_users: must be a list of {"user": …} or {"user_id": …}'],
    ['an empty list of users', { block_users: [] }, 'block_users: must have at least one entry'],
    [
      'too many users',
      { block_users: Array(64_001).fill(USER) },
      'block_users: must have at most 64000 entries, the size of a blocklist',
    ],
    ['an entry of nobody', { block_users: [USER, {}] }, 'block_users[1]: needs user or user_id'],
    ['a long reason', { reason: 'r'.repeat(257) }, 'reason: must have at most 256 characters'],
    ['an end in the past', { expires_at: '2027-01-31T12:00:00Z' }, 'expires_at: must be in the future'],
    ['no seconds', { expires_in: 0 }, 'expires_in: must be a whole number of seconds, 1 or more'],
    ['a defer that is no boolean', { defer: 1 }, 'defer: must be true or false'],
    ['defer in an unblock', { action: 'unblock', defer: true }, 'defer: cannot be used to unblock; leave it out'],
    [
      'several faults',
      { action: 'x', phone_number_ids: [], block_users: [] },
      'action: must be block or unblock; phone_number_ids: must have at least one phone number id; block_users: must have at least one entry',
    ],
  ])('is refused whole with %s', async (_, fields, message) => {
    expect(await withBody(fields)).toMatchObject({ status: 400, body: refusal(message) });
  });

  test.for<[string, Sent, number, string]>([
    ['no body', {}, 400, 'body: is empty; send JSON'],
    [
      'more than 6 MB',
      { body: 'x'.repeat(6 * 1024 * 1024 + 1) },
      413,
      'body: must have at most 6291456 bytes (6 MB); send the list in parts',
    ],
  ])('is refused whole with %s', async ([_, sent, status, message]) => {
    expect(await create(sent)).toMatchObject({ status, body: refusal(message) });
  });

  test('is refused with a header that is none of ours', async () => {
    const body = { action: 'block', phone_number_ids: [NUMBER], block_users: [USER] };
    expect(await create({ body, headers: { 'Idempotency-Key': 'a b' } })).toMatchObject({ status: 400 });
    expect(await create({ body, headers: { 'X-On-Behalf-Of': 'p'.repeat(129) } })).toMatchObject({ status: 400 });
  });
});

test('the answer has the jobs in order, and a Location that lists them', async () => {
  const batchId = '01JZ5W8Q6M3N4P5R6S7T8V9WXY';
  const terms = { batchId, expiresAt: '2027-02-01T00:00:00.000Z', defer: true };
  const jobs = [OTHER, NUMBER].map((phoneNumberId) => ({
    job: aJob({ id: `${phoneNumberId}-${batchId}`, phoneNumberId, ...terms }),
    progress: {
      users: { total: 1, succeeded: 0, failed: 0, deferred: 0, remaining: 1 },
      chunks: { total: 1, done: 0, failed: 0 },
    },
  }));
  const answer = await send(gatewayEvent(ROUTE), (request) => createdJobsResponse(request, { batchId, jobs }));
  expect(answer).toMatchObject({
    status: 202,
    headers: {
      location: `https://abc123.execute-api.eu-central-1.amazonaws.com/prod/jobs?batch_id=${batchId}`,
    },
    body: {
      batch_id: batchId,
      data: [OTHER, NUMBER].map((phone_number_id) => ({
        id: `${phone_number_id}-${batchId}`,
        batch_id: batchId,
        phone_number_id,
        status: 'queued',
        users: { total: 1, remaining: 1 },
        expires_at: '2027-02-01T00:00:00.000Z',
        defer: true,
      })),
    },
  });
});
