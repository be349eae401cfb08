import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { accepted as acceptedAnswer } from '../../lambdas/openapi/change.ts';
import { createdJobs, job as jobAnswer } from '../../lambdas/openapi/job.ts';
import { keys, keyWithSecret } from '../../lambdas/openapi/key.ts';
import { operations } from '../../lambdas/openapi/operation.ts';
import { history, historyEverywhere } from '../../lambdas/openapi/user.ts';
import { type ApiCall, createInProcessApi, type InProcessApi, TOKEN } from '../support/in-process-api.ts';
import { MUTATING_HANDLERS } from '../support/mutating-handlers.ts';

const NUMBER = '106540352242971';
const ANA = 'arn:aws:sts::111122223333:assumed-role/support/ana';

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
  await api.putToken(TOKEN);
});
afterAll(() => api.stop());

const target = { version: 'v25.0', phoneNumberId: NUMBER };

/** Everyone who calls in here, each by a principal and for a person of their own. */
interface Caller {
  readonly actor: string;
  readonly person: string;
}
const callerOf = (name: string): Caller => ({
  actor: `arn:aws:sts::111122223333:assumed-role/${name}/session`,
  person: `${name}@example.com`,
});
const by = ({ actor, person }: Caller, call: ApiCall = {}): ApiCall => ({
  ...call,
  actor,
  headers: { 'X-On-Behalf-Of': person, ...call.headers },
});
const body = (user: string, more: object = {}) => ({
  messaging_product: 'whatsapp',
  block_users: [{ user }],
  ...more,
});

const historyOf = async (user: string) =>
  history.parse((await api.call('getUserHistory', { ...target, user })).body).data;
const operationsOf = async (actor: string) =>
  operations.parse((await api.call('listOperations', target, { query: { actor } })).body).data;
const jobOf = async (id: string) => jobAnswer.parse((await api.call('getJob', { id })).body);

/** The operation of the change, its event in the user's history, and the user name the caller and the person they act for. */
async function expectDoer({ actor, person }: Caller, user: string, action: 'block' | 'unblock') {
  const doer = { actor, on_behalf_of: person };
  const [newest] = await historyOf(user);
  expect(newest).toMatchObject({ ...doer, action, outcome: 'succeeded' });
  expect(await operationsOf(actor)).toEqual(
    expect.arrayContaining([expect.objectContaining({ ...doer, action, operation_id: newest?.operation_id })]),
  );
}

async function expectActivity(id: string, verb: string, { actor, person }: Caller) {
  const { activity } = await jobOf(id);
  expect(activity.at(-1)).toEqual({ at: expect.any(String), verb, actor, on_behalf_of: person });
}

/** The last event of every number in the history of the user. */
async function expectProtection(user: string, action: string, { actor, person }: Caller) {
  const { data } = historyEverywhere.parse((await api.call('getHistoryEverywhere', { user })).body);
  expect(data[0]).toMatchObject({ action, outcome: 'succeeded', actor, on_behalf_of: person });
  expect(data[0]).not.toHaveProperty('phone_number_id');
}

/** A job of one user, by Ana, whom Graph refuses. */
async function failedJob(user: string): Promise<string> {
  api.simulator.control.patchOptions({ invalidNumbers: [user] });
  const id = await accepted('blockUsers', callerOf('ana'), user);
  await api.runJob(id, 1);
  api.simulator.control.patchOptions({ invalidNumbers: [] });
  expect(await jobOf(id)).toMatchObject({ status: 'failed' });
  return id;
}

async function accepted(route: 'blockUsers' | 'unblockUsers', caller: Caller, user: string): Promise<string> {
  const call = by(caller, { body: body(user), headers: { Prefer: 'respond-async' } });
  const { status, body: answer } = await api.call(route, target, call);
  expect(status).toBe(202);
  return acceptedAnswer.parse(answer).job.id;
}

/** At once, and as a job. */
async function changes(route: 'blockUsers' | 'unblockUsers', caller: Caller, first: string) {
  const action = route === 'blockUsers' ? 'block' : 'unblock';
  const second = String(Number(first) + 1);
  for (const user of [first, second]) if (action === 'unblock') await api.block([user], { phoneNumberId: NUMBER });
  expect((await api.call(route, target, by(caller, { body: body(first) }))).status).toBe(200);
  await expectDoer(caller, first, action);
  const id = await accepted(route, caller, second);
  await expectActivity(id, 'created', caller);
  await api.runJob(id, 1);
  await expectDoer(caller, second, action);
  expect(await jobOf(id)).toMatchObject({ requested_by: caller.actor, on_behalf_of: caller.person });
}

/** A key of Ana's. */
async function keyOf(name: string, caller = callerOf('ana')) {
  const made = await api.call('createKey', {}, by(caller, { body: { name, scopes: ['write'] } }));
  expect(made.status).toBe(201);
  return keyWithSecret.parse(made.body);
}

/** The last thing that was done to a key, as the list of keys has it. */
async function expectKeyActivity(id: string, verb: string, { actor, person }: Caller) {
  const { data } = keys.parse((await api.call('listKeys', {})).body);
  const activity = data.find((key) => key.id === id)?.activity;
  expect(activity?.at(-1)).toEqual({ at: expect.any(String), verb, actor, on_behalf_of: person });
}

/** What each route changes, and where it records who did it. */
const ROUTES: Record<(typeof MUTATING_HANDLERS)[number], (caller: Caller) => Promise<void>> = {
  'block-users': (caller) => changes('blockUsers', caller, '16505571000'),
  'unblock-users': (caller) => changes('unblockUsers', caller, '16505571010'),
  'create-jobs': async (caller) => {
    const user = '16505571020';
    const created = await api.call(
      'createJobs',
      {},
      by(caller, {
        body: { action: 'block', phone_number_ids: [NUMBER], block_users: [{ user }] },
      }),
    );
    expect(created.status).toBe(202);
    const [job] = createdJobs.parse(created.body).data;
    const id = job?.id ?? '';
    await expectActivity(id, 'created', caller);
    await api.runJob(id, 1);
    await expectDoer(caller, user, 'block');
  },
  'erase-user': async (caller) => {
    const user = '16505571025';
    await api.block([user], { phoneNumberId: NUMBER });
    const erased = await api.call('eraseUser', { user }, by(caller, { body: { unblock: true } }));
    expect(erased.status, JSON.stringify(erased.body)).toBe(200);
    const doer = { actor: caller.actor, on_behalf_of: caller.person };
    const found = await operationsOf(caller.actor);
    for (const action of ['erase', 'unblock'])
      expect(found).toContainEqual(expect.objectContaining({ ...doer, action, users: 1, status: 'finished' }));
  },
  'protect-user': async (caller) => {
    const user = '16505571026';
    const protectedNow = await api.call('protectUser', { user }, by(caller, { body: { reason: 'ours' } }));
    expect(protectedNow).toMatchObject({ status: 200, body: { protected_by: caller.actor } });
    await expectProtection(user, 'protect', caller);
  },
  'unprotect-user': async (caller) => {
    const user = '16505571027';
    expect((await api.call('protectUser', { user }, by(callerOf('ana')))).status).toBe(200);
    expect((await api.call('unprotectUser', { user }, by(caller))).status).toBe(200);
    await expectProtection(user, 'unprotect', caller);
  },
  'cancel-job': async (caller) => {
    const id = await accepted('blockUsers', callerOf('ana'), '16505571030');
    expect((await api.call('cancelJob', { id }, by(caller))).status).toBe(202);
    await expectActivity(id, 'cancelled', caller);
    expect(await jobOf(id)).toMatchObject({ status: 'cancelled', cancelled_by: caller.actor });
  },
  'retry-job': async (caller) => {
    const user = '16505571040';
    const id = await failedJob(user);
    expect((await api.call('cancelJob', { id }, by(callerOf('late')))).status).toBe(202);
    expect((await api.call('retryJob', { id }, by(caller))).status).toBe(202);
    await expectActivity(id, 'retried', caller);
    await api.runJob(id, 1, 2);
    await expectDoer(caller, user, 'block');
    // The first run, and the job, stay Ana's.
    const ana = callerOf('ana');
    const events = await historyOf(user);
    expect(events.at(-1)).toMatchObject({ actor: ana.actor, on_behalf_of: ana.person, outcome: 'failed' });
    const { activity, requested_by } = await jobOf(id);
    expect([requested_by, ...activity.map(({ verb }) => verb)]).toEqual([ana.actor, 'created', 'retried']);
  },
  'revert-job': async (caller) => {
    const user = '16505571050';
    const id = await accepted('blockUsers', callerOf('ana'), user);
    await api.runJob(id, 1);
    const reverted = await api.call('revertJob', { id }, by(caller));
    expect(reverted.status).toBe(202);
    await expectActivity(id, 'reverted', caller);
    const revert = jobAnswer.parse(reverted.body);
    await expectActivity(revert.id, 'created', caller);
    await api.runJob(revert.id, 1);
    await expectDoer(caller, user, 'unblock');
  },
  'start-reconciliation': async (caller) => {
    const { status, body: answer } = await api.call('startReconciliation', target, by(caller));
    expect(status).toBe(202);
    const requested = { at: expect.any(String), actor: caller.actor, on_behalf_of: caller.person };
    expect(answer).toMatchObject({ status: 'started' });
    await api.reconcile(NUMBER);
    expect((await api.call('getBlocklist', target)).body).toMatchObject({ reconcile_requested: requested });
  },
  'receive-webhook': async (caller) => {
    const user = '16505571060';
    api.simulator.control.patchOptions({ lastInboundAt: { [user]: null } });
    const deferred = await api.call('blockUsers', target, { actor: ANA, body: body(user, { defer: true }) });
    expect(deferred.status).toBe(200);
    api.simulator.control.patchOptions({ lastInboundAt: {} });
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: '15550783881', phone_number_id: NUMBER },
      messages: [{ from: user, id: 'wamid.1', timestamp: '1', type: 'text', text: { body: 'Hi' } }],
    };
    const payload = {
      object: 'whatsapp_business_account',
      entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
    };
    const { status, body: answer } = await api.call('receiveWebhook', {}, by(caller, { body: payload }));
    expect({ status, answer }).toMatchObject({ status: 200, answer: { blocked: 1 } });
    // The block is the one that Ana asked for; who forwarded the webhook made it come about.
    await expectDoer(caller, user, 'block');
    expect((await historyOf(user))[0]).toMatchObject({ outcome: 'succeeded', source: 'webhook' });
    expect((await api.call('getBlockedUser', { ...target, user })).body).toMatchObject({
      blocked: true,
      blocked_by: ANA,
    });
  },
  'create-key': async (caller) => {
    const { id } = await keyOf('whose-key', caller);
    await expectKeyActivity(id, 'created', caller);
  },
  'rotate-key': async (caller) => {
    const { id } = await keyOf('whose-rotation');
    expect((await api.call('rotateKey', { id }, by(caller))).status).toBe(200);
    await expectKeyActivity(id, 'rotated', caller);
  },
  'revoke-key': async (caller) => {
    const { id } = await keyOf('whose-revocation');
    expect((await api.call('revokeKey', { id }, by(caller))).status).toBe(200);
    // Who comes second ends nothing.
    expect((await api.call('revokeKey', { id }, by(callerOf('late')))).status).toBe(200);
    await expectKeyActivity(id, 'revoked', caller);
  },
};

describe('whose doing it was, and for whom, is recorded with what', () => {
  it.each(MUTATING_HANDLERS)('%s does', async (handler) => {
    await ROUTES[handler](callerOf(handler));
  });
});

it('what a key does is recorded under its name, with the person that it acts for, and links stay at its own address', async () => {
  const { key } = await keyOf('support-desk');
  const headers = { 'X-On-Behalf-Of': 'jo@example.com' };
  const [user, later] = ['16505571070', '16505571071'];
  expect((await api.call('blockUsers', target, { key, headers, body: body(user) })).status).toBe(200);
  await expectDoer({ actor: 'api-key/support-desk', person: 'jo@example.com' }, user, 'block');
  const call = { key, headers: { ...headers, Prefer: 'respond-async' }, body: body(later) };
  const job = await api.call('blockUsers', target, call);
  expect(job.headers.location).toMatch(/^https:\/\/keys\.test\/live\/jobs\//);
  expect(acceptedAnswer.parse(job.body).job).toMatchObject({ requested_by: 'api-key/support-desk' });
  const signed = await api.call('blockUsers', target, { headers: { Prefer: 'respond-async' }, body: body(later) });
  expect(signed.headers.location).toMatch(/^https:\/\/api\.test\/live\/jobs\//);
});

it('a key that was revoked is refused by the authorizer, which answers for none but those that hold', async () => {
  const { id, key } = await keyOf('short-lived');
  expect(await api.authorize(key)).toMatchObject({ principalId: 'api-key/short-lived' });
  expect((await api.call('revokeKey', { id })).status).toBe(200);
  await expect(api.authorize(key)).rejects.toThrow(/^Unauthorized$/);
});

it('thirty requests for a reconciliation that come together are one execution, and none of them fails', async () => {
  const number = '106540352242972';
  await api.block(['16505572000'], { phoneNumberId: number });
  const before = (await api.executions('reconciliation')).length;
  const receivedMs = Date.now();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => {
      const caller = callerOf(`caller-${index}`);
      return api.call('startReconciliation', api.targetOf(number), { ...by(caller), receivedMs });
    }),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(answers.filter(({ body: { status } }) => status === 'started')).toHaveLength(1);
  expect(await api.executions('reconciliation')).toHaveLength(before + 1);
  // One that comes after the end of that one, which ends at once here, is another.
  await expect.poll(() => api.hasRunning('reconciliation')).toBe(false);
  expect((await api.call('startReconciliation', api.targetOf(number))).body).toMatchObject({ status: 'started' });
  expect(await api.executions('reconciliation')).toHaveLength(before + 2);
});

it('what is asked of numbers that are nobody’s is refused, and nothing is stored or started', async () => {
  const known = ['106540352242973'];
  api.simulator.control.patchOptions({ phoneNumberIds: known });
  const numbers = Array.from({ length: 25 }, (_, index) => String(999 + index));
  const before = (await api.executions('reconciliation')).length;
  for (const number of numbers.slice(0, 3)) {
    const refused = await api.call('startReconciliation', api.targetOf(number));
    expect(refused.status).toBe(404);
    expect(refused.body).toMatchObject({
      error: { code: 100, message: expect.stringContaining(`${number} is not in use`) },
    });
  }
  const refused = await api.call(
    'createJobs',
    {},
    {
      body: { action: 'block', phone_number_ids: [...known, ...numbers], block_users: [{ user: '16505573000' }] },
    },
  );
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({
    error: { message: expect.stringContaining('phone_number_ids[1]: 999 is not in use') },
  });
  for (const number of ['999', '1001']) {
    const { body: answer } = await api.call('getBlocklist', api.targetOf(number));
    expect(answer).not.toHaveProperty('reconcile_failure');
    expect(answer).not.toHaveProperty('reconcile_requested');
    expect((await api.call('listJobs', {}, { query: { phone_number_id: number } })).body).toMatchObject({ data: [] });
  }
  expect(await api.executions('reconciliation')).toHaveLength(before);
  expect(JSON.stringify(await api.listNumbers({}))).not.toContain('"999"');
  api.simulator.control.reset();
});
