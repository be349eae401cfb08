/** Forwarded webhooks through the real handler: which it trusts, and what it stores. */
import { createHmac } from 'node:crypto';
import { beforeAll, expect, inject, it } from 'vitest';
import { operations as operationsAnswer } from '../../lambdas/openapi/operation.ts';
import { history } from '../../lambdas/openapi/user.ts';
import { systemMessage, textMessage, webhookPayload } from '../../local/webhook-payload.ts';
import { ACTOR, createInProcessApi, type InProcessApi, TOKEN } from '../support/in-process-api.ts';

const SIGNED = '106540352242931';
/** Has a token of its own, of another provider, and no app secret. */
const UNSIGNED = '106540352242932';
const SECRET = 'app-secret-1';
const [BEFORE, NOW, SILENT] = ['16505552001', '16505552002', '16505552003'];

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
  return () => api.stop();
});

function forward(phoneNumberId: string, messages: Record<string, unknown>[], secret?: string) {
  const body = webhookPayload(phoneNumberId, { messages });
  const signature = secret && createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex');
  const headers = { 'X-On-Behalf-Of': 'whatsapp', ...(signature && { 'X-Hub-Signature-256': `sha256=${signature}` }) };
  return api.call('receiveWebhook', {}, { body, headers });
}

const moved = systemMessage({ from: BEFORE }, { type: 'user_changed_number', wa_id: NOW });
const user = async (phoneNumberId: string, id: string) =>
  (await api.call('getBlockedUser', { ...api.targetOf(phoneNumberId), user: id })).body;
const operations = async (phoneNumberId: string) => {
  const { body } = await api.call('listOperations', api.targetOf(phoneNumberId));
  return operationsAnswer.parse(body).data;
};

it('refuses every webhook if the app secret is empty, which is not the same as no app secret', async () => {
  await api.putToken(JSON.stringify({ default: { token: TOKEN, appSecret: '' } }));
  expect(await forward(SIGNED, [moved])).toMatchObject({
    status: 502,
    body: { error: { code: 190, message: expect.stringContaining('default.appSecret is empty') } },
  });
  const numbers = { [UNSIGNED]: { token: TOKEN, provider: 'splashify' } };
  await api.putToken(JSON.stringify({ default: { token: TOKEN, appSecret: SECRET }, numbers }));
});

it('follows a user only if the app secret verifies the webhook, and records who forwarded it', async () => {
  const headers = { 'X-On-Behalf-Of': 'ana' };
  await api.block([BEFORE], { phoneNumberId: SIGNED, headers, body: { reason: 'fraud' } });
  for (const secret of [undefined, 'app-secret-2']) {
    const refused = { status: 403, body: { error: { message: expect.stringContaining('X-Hub-Signature-256') } } };
    expect(await forward(SIGNED, [moved], secret)).toMatchObject(refused);
  }
  expect(await user(SIGNED, BEFORE)).toMatchObject({ blocked: true, blocked_by: ACTOR });

  expect(await forward(SIGNED, [moved], SECRET)).toMatchObject({ status: 200, body: { moved: 1, not_followed: [] } });
  expect(api.simulator.control.number(SIGNED).users).toEqual([NOW]);
  expect(await user(SIGNED, NOW)).toMatchObject({ blocked: true, wa_id: NOW, blocked_by: ACTOR, reason: 'fraud' });
  expect(await user(SIGNED, BEFORE)).toMatchObject({
    blocked: false,
    state: 'unblocked',
    wa_id: BEFORE,
    changed_to: NOW,
  });
  const forwarded = { source: 'webhook', actor: ACTOR, on_behalf_of: 'whatsapp' };
  expect(await operations(SIGNED)).toMatchObject([
    { action: 'unblock', ...forwarded },
    { action: 'block', ...forwarded, reason: 'fraud' },
    { action: 'block', source: 'api', on_behalf_of: 'ana' },
  ]);
  const { body } = await api.call('getUserHistory', { ...api.targetOf(SIGNED), user: NOW });
  const { data } = history.parse(body);
  for (const event of data.filter(({ source }) => source === 'webhook')) expect(event).toMatchObject(forwarded);
  expect(data.filter(({ source }) => source === 'webhook')).toHaveLength(3);
});

it('moves no user on the word of a caller alone, and still blocks a deferred user who wrote', async () => {
  await api.block([BEFORE], { phoneNumberId: UNSIGNED });
  const silence = { users: [SILENT], phoneNumberId: UNSIGNED };
  api.simulator.control.changeUsers({ lastInboundAt: { ...silence, at: null } });
  await api.block([SILENT], { phoneNumberId: UNSIGNED, body: { defer: true, reason: 'threats' } });
  expect(await user(UNSIGNED, SILENT)).toMatchObject({ state: 'deferred' });
  api.simulator.control.changeUsers({ lastInboundAt: { ...silence, at: Date.now() } });
  const answer = await forward(UNSIGNED, [moved, textMessage({ from: SILENT })], SECRET);
  expect(answer).toMatchObject({
    status: 200,
    body: {
      blocked: 1,
      moved: 0,
      not_followed: [{ phone_number_id: UNSIGNED, action: 'user_changed_number', reason: 'no_app_secret', count: 1 }],
    },
  });
  expect(api.simulator.control.number(UNSIGNED).users.toSorted()).toEqual([BEFORE, SILENT]);
  expect(await user(UNSIGNED, BEFORE)).toMatchObject({ blocked: true });
});
