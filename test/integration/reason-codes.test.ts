/** A reason code on every path: given in any way, it is recorded and answered wherever a reason is. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ENV } from '../../lambdas/contract/environment.ts';
import { accepted } from '../../lambdas/openapi/change.ts';
import { createdJobs } from '../../lambdas/openapi/job.ts';
import { operations } from '../../lambdas/openapi/operation.ts';
import { history, list } from '../../lambdas/openapi/user.ts';
import { textMessage, webhookPayload } from '../../local/webhook-payload.ts';
import { createInProcessApi, type InProcessApi, TOKEN } from '../support/in-process-api.ts';

const NUMBER = '106540352242981';
const target = { version: 'v25.0', phoneNumberId: NUMBER };
const WHY = { reason: 'forty messages', reason_code: 'spam' };

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'), { [ENV.reasonCodes]: 'spam,appeal,minor' });
  await api.putToken(TOKEN);
});
afterAll(() => api.stop());

const body = (user: string, more: object = {}) => ({ messaging_product: 'whatsapp', block_users: [{ user }], ...more });
const change = async (name: 'blockUsers' | 'unblockUsers', user: string, more: object = WHY) => {
  const { status, body: answer } = await api.call(name, target, { body: body(user, more) });
  expect({ status, answer }).toMatchObject({ status: 200 });
};
const jobOf = async (user: string, more: object = WHY) => {
  const call = { body: body(user, more), headers: { Prefer: 'respond-async' } };
  const { job } = accepted.parse((await api.call('blockUsers', target, call)).body);
  expect(job).toMatchObject(WHY);
  return job.id;
};

/** Everything that answers what is known of a user: the user, a look-up, and the list if they are on it. */
async function expectKnown(user: string, why: object, isListed = true) {
  expect((await api.call('getBlockedUser', { ...target, user })).body).toMatchObject(why);
  expect((await api.call('lookupUsers', target, { body: { users: [user] } })).body).toMatchObject({ data: [why] });
  const query = { fields: 'wa_id,reason,reason_code', limit: '1000' };
  const { data } = list.parse((await api.call('listBlockedUsers', target, { query })).body);
  expect(data.filter(({ wa_id }) => wa_id === user)).toEqual(isListed ? [{ wa_id: user, ...why }] : []);
}

/** What was done last to the user, with its operation. */
async function expectDone(user: string, event: object) {
  const [newest] = history.parse((await api.call('getUserHistory', { ...target, user })).body).data;
  expect(newest).toMatchObject(event);
  const { data } = operations.parse((await api.call('listOperations', target, { query: { limit: '1000' } })).body);
  return data.find(({ operation_id }) => operation_id === newest?.operation_id);
}

it('the list of numbers says which codes there are, and whether one is required', async () => {
  const { status, body: answer } = await api.call('listNumbersInUse', {});
  expect(status).toBe(200);
  expect(answer).toMatchObject({ reason_codes: ['spam', 'appeal', 'minor'], require_reason: 'none' });
});

describe('the code of', () => {
  it('a block is with the user, in the history and with the operation, and so is another one', async () => {
    const user = '16505581000';
    await change('blockUsers', user);
    await expectKnown(user, WHY);
    expect(await expectDone(user, { ...WHY, action: 'block', source: 'api' })).toMatchObject(WHY);
    // What the second leaves out stays with the user. The history says what each has given.
    await change('blockUsers', user, { reason_code: 'minor' });
    await expectKnown(user, { reason: 'forty messages', reason_code: 'minor' });
    expect(await expectDone(user, { reason_code: 'minor' })).toMatchObject({ reason_code: 'minor' });
    const events = history.parse((await api.call('getUserHistory', { ...target, user })).body).data;
    expect(events.map(({ reason, reason_code }) => [reason_code, reason])).toEqual([
      ['minor', undefined],
      ['spam', 'forty messages'],
    ]);
  });

  it('an unblock is in the history and with the operation; the user has no reason any more', async () => {
    const user = '16505581010';
    await change('blockUsers', user);
    await change('unblockUsers', user, { reason_code: 'appeal' });
    const found = (await api.call('getBlockedUser', { ...target, user })).body;
    expect(found).toMatchObject({ state: 'unblocked' });
    expect(found).not.toHaveProperty('reason_code');
    expect(await expectDone(user, { action: 'unblock', reason_code: 'appeal' })).toMatchObject({
      reason_code: 'appeal',
    });
  });

  it('a temporary block is in the history of its end, too', async () => {
    const user = '16505581020';
    await change('blockUsers', user, { ...WHY, expires_in: 3_600 });
    await expectKnown(user, WHY);
    expect(await expectDone(user, { ...WHY, expires_at: expect.any(String) })).toMatchObject(WHY);
  });

  it('a refusal is in the history and with the operation', async () => {
    const user = '16505581030';
    api.simulator.control.patchOptions({ invalidNumbers: [user] });
    expect((await api.call('blockUsers', target, { body: body(user, WHY) })).status).toBe(400);
    expect(await expectDone(user, { ...WHY, outcome: 'failed' })).toMatchObject(WHY);
    api.simulator.control.patchOptions({ invalidNumbers: [] });
  });

  it('a deferred block is with the user while it waits, and with the block that comes of it', async () => {
    const user = '16505581040';
    api.simulator.control.patchOptions({ lastInboundAt: { [user]: null } });
    await change('blockUsers', user, { ...WHY, defer: true });
    await expectKnown(user, WHY, false);
    expect(await expectDone(user, { ...WHY, outcome: 'deferred' })).toMatchObject(WHY);
    api.simulator.control.patchOptions({ lastInboundAt: {} });
    const payload = webhookPayload(NUMBER, { messages: [textMessage({ from: user })] });
    expect((await api.call('receiveWebhook', {}, { body: payload })).body).toMatchObject({ blocked: 1 });
    await expectKnown(user, WHY);
    await expectDone(user, { ...WHY, outcome: 'succeeded', source: 'webhook' });
  });

  it('a job is with the job in every answer, and with what the job does', async () => {
    const user = '16505581050';
    const id = await jobOf(user);
    expect((await api.call('getJob', { id })).body).toMatchObject(WHY);
    const { body: listed } = await api.call('listJobs', {}, { query: { phone_number_id: NUMBER } });
    expect(listed).toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ id, ...WHY })]) });
    await api.runJob(id, 1);
    expect((await api.call('getJob', { id })).body).toMatchObject({ status: 'succeeded', ...WHY });
    await expectKnown(user, WHY);
    expect(await expectDone(user, { ...WHY, source: 'job', job_id: id })).toMatchObject({ ...WHY, job_id: id });
  });

  it('a job is with what a cancellation and a retry of it do', async () => {
    const user = '16505581060';
    api.simulator.control.patchOptions({ invalidNumbers: [user] });
    const id = await jobOf(user);
    await api.runJob(id, 1);
    api.simulator.control.patchOptions({ invalidNumbers: [] });
    expect((await api.call('retryJob', { id })).body).toMatchObject(WHY);
    await api.runJob(id, 1, 2);
    await expectKnown(user, WHY);
    const cancelled = await jobOf('16505581061');
    expect((await api.call('cancelJob', { id: cancelled })).body).toMatchObject({ status: 'cancelled', ...WHY });
  });

  it('jobs for several numbers is with each of them', async () => {
    const user = '16505581070';
    const asked = { action: 'block', phone_number_ids: [NUMBER], block_users: [{ user }], ...WHY };
    const [job] = createdJobs.parse((await api.call('createJobs', {}, { body: asked })).body).data;
    expect(job).toMatchObject(WHY);
    await api.runJob(job?.id ?? '', 1);
    await expectKnown(user, WHY);
    expect(await expectDone(user, WHY)).toMatchObject(WHY);
  });
});

it('a code that the deployment does not have is refused by name, and nothing is called or stored', async () => {
  const user = '16505581080';
  const { requests } = api.simulator.control.counters();
  const asked = { action: 'block', phone_number_ids: [NUMBER], block_users: [{ user }], reason_code: 'fraud' };
  for (const answer of [
    await api.call('blockUsers', target, { body: body(user, { reason_code: 'fraud' }) }),
    await api.call('unblockUsers', target, { body: body(user, { reason_code: 'fraud' }) }),
    await api.call('createJobs', {}, { body: asked }),
  ]) {
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: { code: 100, message: '(#100) reason_code: must be one of spam, appeal, minor' },
    });
  }
  expect(api.simulator.control.counters().requests).toBe(requests);
  expect((await api.call('getUserHistory', { ...target, user })).body).toMatchObject({ data: [] });
});
