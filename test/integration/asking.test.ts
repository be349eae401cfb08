import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { ACTOR, createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
  await api.putToken(TOKEN);
});
afterAll(() => api.stop());

const data = (body: { data?: unknown }) => z.array(z.looseObject({})).parse(body.data);
const recorded = { body: { reason: 'spam' }, headers: { 'X-On-Behalf-Of': 'ana@support' } };
const caller = { actor: ACTOR, on_behalf_of: 'ana@support', reason: 'spam' };

it('shows the person that a caller acted for, in a history, in the operations and in a job', async () => {
  await api.block(['+16505550001', '+16505550002'], recorded);
  const asJob = { ...recorded, headers: { ...recorded.headers, Prefer: 'respond-async' } };
  const accepted = await api.block(['+16505550003'], asJob);
  const jobId = String(Object(accepted.body.job).id);
  expect((await api.call('getJob', { id: jobId })).body).toMatchObject({
    requested_by: ACTOR,
    on_behalf_of: 'ana@support',
  });
  expect((await api.call('getBlocklist', api.target)).body).toMatchObject({
    size: 2,
    remaining: 63_998,
    running_jobs: 1,
  });
  await api.runJob(jobId, 1);

  const history = await api.call('getUserHistory', { ...api.target, user: '16505550001' });
  expect(data(history.body)).toMatchObject([{ ...caller, action: 'block', source: 'api' }]);
  const operations = await api.call('listOperations', api.target);
  expect(data(operations.body)).toMatchObject([
    { ...caller, action: 'block', source: 'job', job_id: jobId, status: 'finished', users: 1 },
    { ...caller, action: 'block', source: 'api', status: 'finished', users: 2, counts: { succeeded: 2, failed: 0 } },
  ]);
  const [row] = data(history.body);
  expect(row?.operation_id).toBe(data(operations.body)[1]?.operation_id);
  expect((await api.call('getBlocklist', api.target)).body).toEqual({
    size: 3,
    limit: 64_000,
    remaining: 63_997,
    deferred: 0,
    expiring: 0,
    reconciled_at: null,
    drift: null,
    running_jobs: 0,
  });
});

it('looks up many users in one request, with and without a version in the path', async () => {
  await api.block(['+16505550001'], recorded);
  const users = ['+1 650 555 0001', 'nobody', { user_id: 'US.1' }];
  for (const target of [api.target, { version: NUMBER }]) {
    const { status, headers, body } = await api.call('lookupUsers', target, { body: { users } });
    expect(status).toBe(200);
    expect(headers['x-blocklist-reconciled-at']).toBe('never');
    expect(body).toMatchObject({
      data: [
        { input: '+1 650 555 0001', blocked: true, reason: 'spam', blocked_by: ACTOR },
        { input: 'nobody', blocked: false, state: 'unknown', errors: [{ code: 100 }] },
        { input: 'US.1', blocked: false, state: 'unknown' },
      ],
      reconciled_at: null,
    });
  }
});

it('finds a user whom Graph knows by the other form of their number, by either form', async () => {
  const [asked, known] = ['5531987654321', '553187654321'];
  api.simulator.control.patchOptions({ waIds: { [asked]: known } });
  // By the short form, so that no other id of theirs is recorded.
  await api.block([`+${known}`], recorded);
  for (const user of [asked, known]) {
    const { body } = await api.call('getBlockedUser', { ...api.target, user });
    expect(body).toMatchObject({ blocked: true, wa_id: known });
    const history = await api.call('getUserHistory', { ...api.target, user });
    expect(data(history.body)).toMatchObject([{ ...caller, action: 'block' }]);
    const found = await api.call('lookupUsers', api.target, { body: { users: [`+${user}`] } });
    expect(data(found.body)).toMatchObject([{ input: `+${user}`, blocked: true, wa_id: known }]);
  }
  // Graph answers with the wa_id: the list holds them once.
  await api.block([`+${asked}`], recorded);
  const { size } = z.object({ size: z.number() }).parse((await api.call('getBlocklist', api.target)).body);
  expect(size).toBe(api.simulator.control.number(NUMBER).users.length);
  const unblock = { messaging_product: 'whatsapp', block_users: [{ user: `+${asked}` }] };
  expect((await api.call('unblockUsers', api.target, { body: unblock })).status).toBe(200);
  expect((await api.call('getBlockedUser', { ...api.target, user: known })).body).toMatchObject({ state: 'unblocked' });
});

it('refuses a spelling that could be somebody else’s number on every route, and never sends it', async () => {
  const calls = () => api.simulator.control.calls().length;
  const before = calls();
  const spelling = '16505550003.0';
  const entry = { messaging_product: 'whatsapp', block_users: [{ user: spelling }] };
  const details = /^A decimal/;
  const errors = [{ code: 100, error_data: { details: expect.stringMatching(details) } }];
  for (const method of ['blockUsers', 'unblockUsers'] as const) {
    const { status, body } = await api.call(method, api.target, { body: entry });
    expect(status).toBe(400);
    expect(body).toMatchObject({ block_users: { failed_users: [{ input: spelling, errors }] } });
  }
  const found = await api.call('lookupUsers', api.target, { body: { users: [spelling] } });
  expect(data(found.body)).toMatchObject([{ input: spelling, state: 'unknown', errors }]);
  const user = await api.call('getBlockedUser', { ...api.target, user: spelling });
  expect(user).toMatchObject({
    status: 400,
    body: { error: { code: 100, message: expect.stringMatching(/user: A decimal/) } },
  });
  const request = { action: 'block', phone_number_ids: [NUMBER], block_users: [{ user: spelling }] };
  const [job] = data((await api.call('createJobs', {}, { body: request })).body);
  await api.runJob(String(job?.id), 1);
  const users = await api.call('listJobUsers', { id: String(job?.id) });
  expect(data(users.body)).toMatchObject([
    { input: spelling, outcome: 'failed', code: 100, message: expect.stringMatching(/: A decimal/) },
  ]);
  expect(calls()).toBe(before);
});

it('refuses a malformed request by the name of the field', async () => {
  const refused = async (...call: Parameters<typeof api.call>) => {
    const { status, body } = await api.call(...call);
    return `${status} ${Object(body.error).message}`;
  };
  expect(await refused('lookupUsers', api.target, { body: { users: Array(1_001).fill('16505550001') } })).toBe(
    '400 (#100) users: must have at most 1000 entries in one look-up',
  );
  expect(await refused('listOperations', api.target, { query: { since: 'monday' } })).toMatch(
    /^400 \(#100\) since: must/,
  );
  expect(await refused('getBlocklist', api.targetOf('+1'))).toMatch(/^400 \(#100\) phone_number_id: must/);
});
