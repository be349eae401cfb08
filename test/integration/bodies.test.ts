import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { accepted as acceptedAnswer } from '../../lambdas/openapi/change.ts';
import { createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
  await api.putToken(TOKEN);
});
afterAll(() => api.stop());

const USER = '16505550001';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const LIST = { messaging_product: 'whatsapp', block_users: [{ user: USER }] };

/** The whole effect of the service: what it sent to Graph, what it stored, and what it started. */
async function everything() {
  const { Items: items = [] } = await api.dynamodb.send(
    new ScanCommand({ TableName: api.tableName, ConsistentRead: true }),
  );
  return {
    calls: api.simulator.control.calls(),
    items: items.map((item) => JSON.stringify(item)).sort(),
    jobs: await api.executions('bulk'),
    reconciliations: await api.executions('reconciliation'),
  };
}

it('changes nothing if a request asks for another HTTP method, on any route that changes something', async () => {
  const accepted = await api.block([USER], { headers: { Prefer: 'respond-async' } });
  const id = acceptedAnswer.parse(accepted.body).job.id;
  await api.runJob(id, 1);
  const before = await everything();
  const routes = [
    ['blockUsers', api.target, LIST],
    ['unblockUsers', api.target, LIST],
    ['listBlockedUsers', api.target, undefined],
    ['createJobs', {}, { action: 'block', phone_number_ids: [NUMBER], block_users: LIST.block_users }],
    ['cancelJob', { id }, undefined],
    ['retryJob', { id }, undefined],
    ['revertJob', { id }, undefined],
    ['startReconciliation', api.target, undefined],
  ] as const;
  for (const [route, path, body] of routes) {
    const inBody =
      route === 'listBlockedUsers'
        ? []
        : [{ body: { ...body, method: 'delete' } }, { body: 'method=delete', headers: FORM }];
    for (const request of [
      { body, query: { method: 'delete' } },
      { body, headers: { 'X-HTTP-Method-Override': 'DELETE' } },
      ...inBody,
    ]) {
      const answer = await api.call(route, path, request);
      expect(answer, `${route} ${JSON.stringify(request)}`).toMatchObject({
        status: 400,
        body: { error: { code: 100, message: expect.stringMatching(/method\S*: does not change the HTTP method/) } },
      });
    }
  }
  expect(await everything()).toEqual(before);
});

it('changes nothing for a text that cannot be stored, and names the field', async () => {
  const before = await everything();
  const half = '\ud83d';
  const POST = ['blockUsers', api.target, LIST] as const;
  const job = { action: 'block', phone_number_ids: [NUMBER], block_users: LIST.block_users };
  const after = Buffer.from(JSON.stringify([half])).toString('base64url');
  const calls: [Parameters<InProcessApi['call']>, named: string][] = [
    [['blockUsers', api.target, { body: { ...LIST, reason: `spam ${half}` } }], 'reason: '],
    [['unblockUsers', api.target, { body: { ...LIST, reason: `spam ${half}` } }], 'reason: '],
    [['createJobs', {}, { body: { ...job, reason: `spam ${half}` } }], 'reason: '],
    [[POST[0], POST[1], { body: LIST, headers: { 'X-On-Behalf-Of': half } }], 'X-On-Behalf-Of: '],
    [[POST[0], POST[1], { body: LIST, headers: { 'Idempotency-Key': half } }], 'Idempotency-Key: '],
    [['blockUsers', api.target, { body: { ...LIST, block_users: [{ user: half }] } }], 'block_users[0].user: '],
    [['createJobs', {}, { body: { ...job, block_users: [{ user_id: half }] } }], 'block_users[0].user_id: '],
    [['lookupUsers', api.target, { body: { users: [half] } }], 'users[0]: '],
    [['listOperations', api.target, { query: { actor: half } }], 'actor: '],
    [['getUserHistory', { ...api.target, user: USER }, { query: { after } }], 'after: '],
    [['listBlockedUsers', api.target, { query: { source: 'graph', after: half } }], 'after: '],
  ];
  for (const [[route, path, request], named] of calls) {
    expect(await api.call(route, path, request), `${route} ${named}`).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(`(#100) ${named}`) } },
    });
  }
  expect(await everything()).toEqual(before);
});
