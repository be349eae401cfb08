import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aCall, calls, cannedGraph, clientOf, META, NUMBER, people, SPLASHIFY, TOKEN } from './canned-graph.ts';

const OK = { body: { messaging_product: 'whatsapp', block_users: {} } };
const NOBODY = { body: { data: [] } };

describe('a request to Graph', () => {
  test.each([
    ['block', 'POST'],
    ['unblock', 'DELETE'],
  ] as const)('%s is a %s with a body', async (action, method) => {
    const { graph, received } = await cannedGraph(OK);
    await graph.changeUsers(aCall(), action, people('+1 650 555 1234', 'US.13491208655302741918', 'US.ENT.118'));
    expect(received).toMatchObject([
      {
        method,
        url: `/v25.0/${NUMBER}/block_users`,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          'content-type': 'application/json',
          'content-length': String(received[0]?.body.length),
        },
      },
    ]);
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      messaging_product: 'whatsapp',
      block_users: [{ user: '+16505551234' }, { user_id: 'US.13491208655302741918' }, { user_id: 'US.ENT.118' }],
    });
  });

  test("is sent with the version of the caller's path", async () => {
    const { graph, received } = await cannedGraph(OK);
    await graph.changeUsers(aCall({ version: 'v23.0' }), 'block', people('+16505551234'));
    expect(received[0]?.url).toBe(`/v23.0/${NUMBER}/block_users`);
  });

  test("goes to the provider of the number's token", async () => {
    const { graph, received } = await cannedGraph(OK);
    await graph.changeUsers(aCall({ credentials: SPLASHIFY }), 'block', people('+16505551234'));
    expect(received[0]).toMatchObject({
      url: `/api/v25.0/${NUMBER}/block_users`,
      headers: { authorization: 'Bearer pk_live_test123' },
    });
  });

  test('carries an appsecret_proof if the app secret is known', async () => {
    const { graph, received } = await cannedGraph(OK);
    const credentials = { ...META, appSecret: 'app-secret' };
    await graph.changeUsers(aCall({ credentials }), 'unblock', people('+16505551234'));
    const proof = createHmac('sha256', 'app-secret').update(TOKEN).digest('hex');
    expect(received[0]?.url).toBe(`/v25.0/${NUMBER}/block_users?appsecret_proof=${proof}`);
  });

  test('for the list has the page in the query, and no body', async () => {
    const { graph, received } = await cannedGraph(NOBODY);
    await graph.listUsers(aCall({ credentials: { ...META, appSecret: 's' } }), { limit: 500, after: 'a=b&c' });
    await graph.listUsers(aCall(), { limit: 1, before: 'QVFI' });
    expect(received).toMatchObject([
      { method: 'GET', body: '', url: expect.stringMatching(/\?appsecret_proof=\w{64}&limit=500&after=a%3Db%26c$/) },
      { method: 'GET', body: '', url: `/v25.0/${NUMBER}/block_users?limit=1&before=QVFI` },
    ]);
    expect(received[0]?.headers).not.toHaveProperty('content-type');
  });

  test('reuses the connection of the previous request', async () => {
    const { graph, received } = await cannedGraph(OK);
    for (const action of ['block', 'unblock', 'block'] as const) {
      await graph.changeUsers(aCall(), action, people('+16505551234'));
    }
    expect(new Set(received.map(({ port }) => port)).size).toBe(1);
    expect(received).toHaveLength(3);
  });
});

describe('the line of the log for a call', () => {
  const last = () => calls.at(-1);
  test.each([
    ['a header of the answer', { ...OK, headers: { 'x-fb-trace-id': 'AzHeader8' } }, 'AzHeader8'],
    [
      'the body of an error',
      { status: 400, body: { error: { message: 'No', code: 100, fbtrace_id: 'AzBody8' } } },
      'AzBody8',
    ],
    ['neither, if it could be a user', { ...OK, headers: { 'x-fb-trace-id': '16505551234' } }, undefined],
    ['neither', OK, undefined],
  ])("has Graph's trace id from %s", async (_, answer, traceId) => {
    const { graph } = await cannedGraph(answer);
    const call = { ...aCall(), operationId: '01JDYKNT0000000000000000AB' };
    await graph.changeUsers(call, 'block', people('+16505551234')).catch(() => {});
    expect(last()).toEqual({
      message: 'graph call',
      fields: {
        phone_number_id: NUMBER,
        operation_id: '01JDYKNT0000000000000000AB',
        method: 'POST',
        status: answer.body === OK.body ? 200 : 400,
        ms: expect.any(Number),
        fbtrace_id: traceId,
      },
    });
  });

  test('is there without an answer too, and without an operation for a call that only reads', async () => {
    const { graph } = await cannedGraph(NOBODY);
    await graph.listUsers(aCall(), { limit: 1 });
    expect(last()?.fields).toMatchObject({ method: 'GET', status: 200, operation_id: undefined });
    await expect(clientOf('http://127.0.0.1:1').listUsers(aCall(), { limit: 1 })).rejects.toThrow();
    expect(last()?.fields).toMatchObject({ method: 'GET', ms: expect.any(Number) });
    expect(last()?.fields.status).toBeUndefined();
  });
});
