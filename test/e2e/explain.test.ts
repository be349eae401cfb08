/**
 * The questions of a team before it sends, and when somebody asks why: who is blocked, how full the list is, what was done to
 * it.
 */
import { expect, test } from 'vitest';
import type { Operation } from '../../lambdas/openapi/operation.ts';
import { phoneNumberId, phoneNumbers, spelled } from './support/numbers.ts';
import { acceptedJob, Blocklist, call, endOf, type Page } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

/** Mexican mobile numbers lost a digit: the number as sent and the `wa_id` differ. */
const MEXICAN = { sent: '+52 1 55 4123 9911', digits: '5215541239911', waId: '525541239911' };

test('a team looks up which users are blocked, how full the list is, and who changed it', async () => {
  const id = phoneNumberId('explained');
  const blocklist = new Blocklist(id);
  await simulator.changeUsers({ waIds: { [MEXICAN.digits]: MEXICAN.waId } });
  expect(await blocklist.summary()).toMatchObject({ size: 0, limit: 64_000, remaining: 64_000, running_jobs: 0 });

  const blocked = phoneNumbers(3);
  const recorded = { reason: 'threatened an agent', headers: { 'X-On-Behalf-Of': 'ana@support' } };
  expect((await blocklist.block([...blocked, MEXICAN.sent], recorded)).status).toBe(200);
  const asJob = { reason: 'import', headers: { prefer: 'respond-async', 'X-On-Behalf-Of': 'import@trust' } };
  const job = await endOf(acceptedJob(await blocklist.block(phoneNumbers(2, 100), asJob)));
  expect(job).toMatchObject({ status: 'succeeded', on_behalf_of: 'import@trust' });
  expect((await blocklist.unblock(blocked.slice(2), { reason: 'apologised' })).status).toBe(200);

  await looksUpMany(blocklist, blocked);
  expect(await blocklist.summary()).toEqual({
    size: 5,
    limit: 64_000,
    remaining: 63_995,
    deferred: 0,
    expiring: 0,
    reconciled_at: null,
    drift: null,
    running_jobs: 0,
  });
  await explains(blocklist, job.id);
});

/** 1,000 entries in one request: spellings, duplicates, an alias, strangers, and one that is no user. */
async function looksUpMany(blocklist: Blocklist, [first = '', second = '', unblocked = '']: readonly string[]) {
  const asked = [
    `+${first}`,
    spelled(first),
    { user: second },
    { user_id: 'US.13491208655302749911' },
    MEXICAN.sent,
    MEXICAN.digits,
    MEXICAN.waId,
    unblocked,
    'call me',
  ];
  const strangers = phoneNumbers(1_000 - asked.length, 2_000);
  const rows = await blocklist.lookUp([...asked, ...strangers]);
  const block = {
    blocked: true,
    state: 'blocked',
    blocked_at: expect.any(String),
    reason: 'threatened an agent',
    blocked_by: expect.stringMatching(/^arn:aws:iam::/),
    source: 'api',
  };
  const unknown = { blocked: false, state: 'unknown' };
  expect(rows.slice(0, asked.length)).toEqual([
    { input: `+${first}`, wa_id: first, ...block },
    { input: spelled(first), wa_id: first, ...block },
    { input: second, wa_id: second, ...block },
    { input: 'US.13491208655302749911', ...unknown },
    { input: MEXICAN.sent, wa_id: MEXICAN.waId, asked_as: MEXICAN.digits, ...block },
    { input: MEXICAN.digits, wa_id: MEXICAN.waId, asked_as: MEXICAN.digits, ...block },
    { input: MEXICAN.waId, wa_id: MEXICAN.waId, ...block },
    { input: unblocked, blocked: false, state: 'unblocked', wa_id: unblocked, source: 'api' },
    {
      input: 'call me',
      ...unknown,
      errors: [{ code: 100, message: expect.any(String), error_data: { details: expect.any(String) } }],
    },
  ]);
  expect(rows.slice(asked.length)).toEqual(strangers.map((input) => ({ input, ...unknown })));

  const path = `${blocklist.path}/lookup`;
  const tooMany = await call({ method: 'POST', path, body: { users: [...strangers, ...strangers] } });
  expect(tooMany.status).toBe(400);
  expect(tooMany.body).toMatchObject({ error: { message: expect.stringContaining('users: must have at most 1000') } });
}

/** The operations, newest first, one a page; and those of a span, or of one caller. */
async function explains(blocklist: Blocklist, jobId: string) {
  const pages = await collect(blocklist.operationPages({ limit: '1' }));
  expect(pages.map(({ data }) => data.length)).toEqual([1, 1, 1]);
  const [unblocked, byJob, first] = pages.flatMap(({ data }) => data);
  const recorded = {
    actor: expect.stringMatching(/^arn:aws:iam::/),
    status: 'finished',
    duration_ms: expect.any(Number),
  };
  const counts = (succeeded: number) => ({ users: succeeded, counts: { succeeded, failed: 0, deferred: 0 } });
  expect(unblocked).toMatchObject({
    ...recorded,
    ...counts(1),
    action: 'unblock',
    source: 'api',
    reason: 'apologised',
  });
  expect(unblocked).not.toHaveProperty('on_behalf_of');
  expect(byJob).toMatchObject({
    ...recorded,
    ...counts(2),
    action: 'block',
    source: 'job',
    job_id: jobId,
    on_behalf_of: 'import@trust',
  });
  expect(first).toMatchObject({
    ...recorded,
    ...counts(4),
    action: 'block',
    source: 'api',
    on_behalf_of: 'ana@support',
  });

  const ids = async (query: Record<string, string>) =>
    (await collect(blocklist.operationPages(query))).flatMap(({ data }) => data.map((one) => one.operation_id));
  const all = [unblocked, byJob, first].map((one) => one?.operation_id);
  expect(await ids({ since: byJob?.at ?? '' })).toEqual(all.slice(0, 2));
  expect(await ids({ until: byJob?.at ?? '', limit: '1' })).toEqual(all.slice(1));
  expect(await ids({ since: byJob?.at ?? '', until: byJob?.at ?? '' })).toEqual(all.slice(1, 2));
  expect(await ids({ until: '2020-01-01' })).toEqual([]);
  expect(await ids({ actor: first?.actor ?? '' })).toEqual(all);
  expect(await ids({ actor: 'ana@support' })).toEqual([]);

  // A line of a user's history leads to its operation.
  const [line] = await blocklist.history(MEXICAN.sent);
  expect(line).toMatchObject({ operation_id: first?.operation_id, on_behalf_of: 'ana@support' });
}

async function collect(pages: AsyncGenerator<Page<Operation>>): Promise<Page<Operation>[]> {
  const all: Page<Operation>[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
