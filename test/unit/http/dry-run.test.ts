import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../lambdas/contract/limits.ts';
import type { Plan } from '../../../lambdas/core/jobs/plan-change.ts';
import { PROBLEMS } from '../../../lambdas/core/users/problems.ts';
import { readChange } from '../../../lambdas/http/block-request.ts';
import { readCreateJobs } from '../../../lambdas/http/create-jobs.ts';
import { dryRunResponse } from '../../../lambdas/http/dry-run-response.ts';
import { gatewayEvent, read, refusal, rulesAt, type Sent, send } from '../../support/gateway.ts';

const CHANGE = { messaging_product: 'whatsapp', block_users: [{ user: '16505551234' }] };
const JOBS = { ...CHANGE, action: 'block', phone_number_ids: ['1'] };
const readers: Readonly<Record<string, (body: object, sent?: Sent) => ReturnType<typeof read>>> = {
  block: (body, sent) =>
    read({ body: { ...CHANGE, ...body }, ...sent }, (request) => readChange(request, 'block', rulesAt(0))),
  unblock: (body, sent) =>
    read({ method: 'DELETE', body: { ...CHANGE, ...body }, ...sent }, (request) =>
      readChange(request, 'unblock', rulesAt(0)),
    ),
  jobs: (body, sent) =>
    read({ resource: '/jobs', path: {}, body: { ...JOBS, ...body }, ...sent }, (request) =>
      readCreateJobs(request, rulesAt(0)),
    ),
};

describe.each(Object.entries(readers))('dry_run of %s', (_, ask) => {
  test('is true or false, and false if it is left out', async () => {
    expect(await ask({ dry_run: true })).toMatchObject({ status: 200, body: { dryRun: true } });
    for (const body of [{}, { dry_run: false }, { dry_run: null }]) {
      const { status, body: change } = await ask(body);
      expect(status).toBe(200);
      expect(change).not.toHaveProperty('dryRun');
    }
  });

  test('may be in the query, as a text', async () => {
    for (const text of ['true', '1', 'True']) {
      expect(await ask({}, { query: { dry_run: text } })).toMatchObject({ status: 200, body: { dryRun: true } });
    }
  });

  test('that is neither is refused, and so is one for a single entry', async () => {
    for (const dry_run of ['yes', 'true', 1, []]) {
      expect(await ask({ dry_run })).toMatchObject({ status: 400, body: refusal('dry_run: must be true or false') });
    }
    const misplaced = { block_users: [{ user: '16505551234', dry_run: true }] };
    expect(await ask(misplaced)).toMatchObject({
      status: 400,
      body: refusal(
        'block_users[0].dry_run: does not belong in an entry; options go beside block_users, and apply to the whole list',
      ),
    });
  });
});

const USERS = { sent: 4, distinct: 3, new: 1, already: 0, malformed: 1, protected: 1, noRoom: 0 };
const SHOWN = { sent: 4, distinct: 3, new: 1, already: 0, malformed: 1, protected: 1, no_room: 0 };
const LONG = '+'.repeat(2_000);
const PLAN: Plan = {
  users: USERS,
  results: [
    { input: '16505551234', would: 'block', state: 'blocked', message: 'Blocked already; would change the reason' },
    { input: LONG, would: 'fail', code: 100, message: 'Longer than 256 characters' },
  ],
  isTruncated: false,
};

test('the answer has the counts and whoever is not simply new; long entries are shortened', async () => {
  const answer = await send(gatewayEvent(), () => dryRunResponse(PLAN));
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).toEqual({
    messaging_product: 'whatsapp',
    dry_run: {
      users: SHOWN,
      results: [
        PLAN.results[0],
        { input: `${'+'.repeat(255)}…`, would: 'fail', code: 100, message: expect.any(String) },
      ],
      truncated: false,
    },
  });
});

/** What Lambda sends: the answer is a text in JSON, so what is escaped in the answer is escaped again. Its limit is 6 MB. */
const sentBytes = (answer: object) => Buffer.byteLength(JSON.stringify(answer));
const LIMIT = 6 * 1024 * 1024;
const [NUMBER, LONGEST_MESSAGE = ''] = ['1'.repeat(32), ...Object.values(PROBLEMS).sort((a, b) => b.length - a.length)];

test.each(['\u0001', '"', '話', '👋'])(
  'the largest answer, with entries of %j alone, fits Lambda’s limit',
  (character) => {
    const input = character.repeat(5_000);
    const result = { input, would: 'fail', state: 'unblocked', code: 100, message: LONGEST_MESSAGE } as const;
    const results = Array.from({ length: LIMITS.resultsPerDryRun }, () => ({ ...result, phoneNumberId: NUMBER }));
    const most = Object.fromEntries(Object.keys(USERS).map((name) => [name, 64_000]));
    const numbers = Array.from({ length: LIMITS.numbersPerRequest }, () => ({
      phoneNumberId: NUMBER,
      users: { ...USERS, ...most },
    }));
    expect(sentBytes(dryRunResponse({ ...PLAN, results, numbers, isTruncated: true }))).toBeLessThan(LIMIT / 2);
  },
);

test('the answer for several numbers says of each what it would do', async () => {
  const event = gatewayEvent({ resource: '/jobs', path: {} });
  const results = PLAN.results.slice(0, 1).map((result) => ({ ...result, phoneNumberId: '1' }));
  const plan = { ...PLAN, results, isTruncated: true, numbers: [{ phoneNumberId: '1', users: USERS }] };
  const answer = await send(event, () => dryRunResponse(plan));
  expect(answer.body).toMatchObject({
    dry_run: {
      numbers: [{ phone_number_id: '1', users: SHOWN }],
      results: [{ phone_number_id: '1', input: '16505551234', would: 'block' }],
      truncated: true,
    },
  });
});
