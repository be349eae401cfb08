/**
 * What a stack leaves in its logs: lines that a request can be followed by, and in none of them a token or a user's whole
 * number. What every other file of these tests has its stack log is looked at by `support/log-guard.ts`.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { job as jobAnswer } from '../../lambdas/openapi/job.ts';
import type { ApiAnswer } from '../../local/api-client.ts';
import { until } from '../../local/until.ts';
import { textMessage } from '../../local/webhook-payload.ts';
import { callWithKey, makeKey } from './support/keys.ts';
import { OF_LAMBDA, own, requestLine, taskLine } from './support/log-lines.ts';
import { fileLines, functionLines, leaksIn, linesOfGroups } from './support/logs.ts';
import { phoneNumberId, phoneNumbers, spelled } from './support/numbers.ts';
import { place } from './support/place.ts';
import { acceptedBatch, acceptedJob, Blocklist, call, endOf, read } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { usersOfTests } from './support/users.ts';
import { forward } from './support/webhook.ts';
import { reconciliationsOver } from './support/workflow.ts';

calmAfterEach();

const ROUTES = [
  'GET /health',
  'GET /numbers',
  'GET /users/{user}',
  'GET /users/{user}/history',
  'POST /users/{user}/erase',
  'GET /jobs',
  'GET /jobs/{id}',
  'GET /jobs/{id}/users',
  'POST /jobs',
  'POST /jobs/{id}/cancel',
  'POST /jobs/{id}/retry',
  'POST /jobs/{id}/revert',
  'POST /webhooks/whatsapp',
  'GET /keys',
  'GET /openapi.json',
  'GET /protected_users',
  'GET /protected_users/{user}',
  'PUT /protected_users/{user}',
  'DELETE /protected_users/{user}',
  'POST /keys',
  'POST /keys/{id}/rotate',
  'DELETE /keys/{id}',
  ...['/{version}/block_users', '/{version}/{phoneNumberId}/block_users'].flatMap((path) => [
    `DELETE ${path}`,
    `GET ${path}`,
    `GET ${path}/{user}`,
    `GET ${path}/{user}/history`,
    `POST ${path}`,
    `POST ${path}/lookup`,
    `GET ${path.replace('block_users', 'blocklist')}`,
    `GET ${path.replace('block_users', 'operations')}`,
    `POST ${path.replace('block_users', 'blocklist/reconcile')}`,
  ]),
].toSorted();

/** Every route once, and what can go wrong; gives the answers, and the job. */
async function useEverything(): Promise<{ answers: ApiAnswer[]; jobId: string }> {
  const id = phoneNumberId('logged');
  const [user = '', silent = '', ...more] = phoneNumbers(6, 500);
  await simulator.changeUsers({ lastInboundAt: { users: [silent], at: null } });
  const answers: ApiAnswer[] = [await call({ method: 'GET', path: '/health' })];
  for (const blocklist of [new Blocklist(id), new Blocklist(id, null)]) {
    answers.push(await blocklist.block([user, silent, '+49 (151) nobody'], { reason: `asked for by ${user}` }));
    for (const below of [`/%2B${user}`, `/${user}/history`, '', `?source=graph`, `?after=${user}`, `/+${user}x`]) {
      answers.push(await call({ method: 'GET', path: blocklist.path + below }));
    }
    // Clients of Graph send their token like this. It is ignored here, and must not be logged.
    const withToken = await call({ method: 'GET', path: `${blocklist.path}?limit=1&access_token=EAAGm0PX4ZCpsBA` });
    expect(withToken.status).toBe(200);
    answers.push(withToken);
    for (const about of ['blocklist', 'operations', `operations?actor=${user}`, `operations?since=${user}`]) {
      answers.push(await call({ method: 'GET', path: blocklist.path.replace('block_users', about) }));
    }
    for (const users of [[user, silent, '+49 (151) nobody'], user]) {
      answers.push(await call({ method: 'POST', path: `${blocklist.path}/lookup`, body: { users } }));
    }
    answers.push(await blocklist.unblock([user]), await blocklist.reconcile());
  }
  const key = await makeKey({ name: 'logged', scopes: ['read'] });
  answers.push(await callWithKey(key.key, { method: 'GET', path: `/${id}/block_users/${user}` }));
  answers.push(await call({ method: 'GET', path: '/keys' }));
  answers.push(await call({ method: 'GET', path: '/openapi.json' }));
  answers.push(await call({ method: 'POST', path: `/keys/${key.id}/rotate` }));
  answers.push(await call({ method: 'DELETE', path: `/keys/${key.id}` }));
  const protectedUser = `/protected_users/%2B${user}`;
  answers.push(await call({ method: 'PUT', path: protectedUser, body: { reason: `asked for by ${user}` } }));
  answers.push(await call({ method: 'GET', path: '/numbers' }));
  for (const path of ['/protected_users', `/protected_users?after=${user}`, protectedUser]) {
    answers.push(await call({ method: 'GET', path }));
  }
  answers.push(await call({ method: 'DELETE', path: protectedUser }));
  for (const below of [`/%2B${user}`, `/${user}/history`, `/${user}?after=${user}`]) {
    answers.push(await call({ method: 'GET', path: `/users${below}` }));
  }
  const erase = { method: 'POST', path: `/users/%2B${user}/erase` } as const;
  for (const body of [{ phone_number_ids: [id] }, { reason: user }]) answers.push(await call({ ...erase, body }));
  const accepted = await new Blocklist(id).block(more, { headers: { prefer: 'respond-async' } });
  const { id: jobId } = await endOf(acceptedJob(accepted));
  answers.push(accepted, await call({ method: 'GET', path: `/jobs/${jobId}` }));
  answers.push(await call({ method: 'GET', path: `/jobs/${jobId}/users` }));
  for (const verb of ['cancel', 'retry', 'revert', 'revert']) {
    answers.push(await call({ method: 'POST', path: `/jobs/${jobId}/${verb}`, body: {} }));
  }
  await endOf(read(answers.at(-1) ?? accepted, 202, jobAnswer));
  answers.push(await call({ method: 'GET', path: `/jobs?phone_number_id=${id}` }));
  for (const action of ['block', `block ${user}`]) {
    const body = { action, phone_number_ids: [id], block_users: more.map((one) => ({ user: one })), reason: user };
    const batch = await call({ method: 'POST', path: '/jobs', body });
    answers.push(batch);
    if (batch.status === 202) for (const job of acceptedBatch(batch).data) await endOf(job);
  }
  for (const from of [silent, user]) answers.push(await forward(id, { messages: [textMessage({ from })] }));
  await reconciliationsOver();
  const message = `No permission to see ${user}, ${spelled(user)} and Anna`;
  await simulator.addFaults({ method: 'GET', phoneNumberId: id, next: 1, fault: { kind: 'error', code: 10, message } });
  answers.push(await new Blocklist(id).reconcile());
  await reconciliationsOver();
  const summary = await call({ method: 'GET', path: `/v25.0/${id}/blocklist` });
  expect(summary.body).toMatchObject({
    reconcile_failure: { code: 10, message: 'The token has no permission for this number' },
  });
  answers.push(summary);
  await simulator.setOptions({ numbers: { [id]: { tokens: ['EAA-a-newer-token'] } } });
  answers.push(await new Blocklist(id).block([user]));
  return { answers, jobId };
}

test('each request and each step of a job has one line, with the request id of the answer', async () => {
  const { answers, jobId } = await useEverything();
  const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? '');
  expect(new Set(ids).size).toBe(answers.length);

  const lines = await until('the lines of the requests just made', async () => {
    const found = functionLines(fileLines());
    const text = found.map((one) => one.text).join('\n');
    return ids.every((id) => text.includes(id)) ? own(found) : undefined;
  });
  const requests = lines.flatMap((json) => requestLine.safeParse(json).data ?? []);
  const tasks = lines.flatMap((json) => taskLine.safeParse(json).data ?? []);
  expect([...new Set(requests.map(({ method, route }) => `${method} ${route}`))].toSorted()).toEqual(ROUTES);
  expect(tasks.filter(({ job_id }) => job_id === jobId).map(({ task }) => task)).toEqual(
    expect.arrayContaining(['process-chunk', 'finish-job']),
  );

  const byId = Map.groupBy(requests, ({ request_id }) => request_id);
  for (const [index, id] of ids.entries()) {
    expect(byId.get(id)?.map(({ status }) => status)).toEqual([answers[index]?.status]);
  }
  expect(byId.get(ids.at(-1) ?? '')).toMatchObject([{ status: 502, code: 190 }]);
});

test('no token and no whole phone number is in any line of any log', async () => {
  const lines = fileLines();
  expect(new Set(lines.map(({ from }) => from))).toEqual(
    new Set(['bootstrap.log', 'deploy.log', 'functions.log', 'ministack.log']),
  );
  expect(leaksIn(lines, await usersOfTests())).toEqual([]);
});

test('what a function logs is in CloudWatch Logs, and in a file at once', async () => {
  const wanted = (await linesOfGroups('ListBlockedUsers')).flatMap(({ text }) => (OF_LAMBDA.test(text) ? [] : [text]));
  expect(wanted.length).toBeGreaterThan(0);
  await until('each line in functions.log', async () => {
    const copied = new Set(functionLines(fileLines()).map(({ text }) => text));
    return wanted.every((text) => copied.has(text)) || undefined;
  });
});

test('such a line is found wherever it is written', async () => {
  const [user = ''] = phoneNumbers(1, 500);
  const cursor = Buffer.from(JSON.stringify([3, user])).toString('base64url');
  const file = join(place.stack.logs, 'planted.log');
  const leaks = [
    `${user} was blocked`,
    'authorization: Bearer EAAGm0PX4ZCpsBA',
    `GET /v25.0/1/block_users?after=${cursor}`,
  ];
  writeFileSync(file, `a line\n${leaks.join('\n')}\n`);
  try {
    const users = new Set([user]);
    const found = leaksIn(fileLines(), users).filter((leak) => leak.startsWith('planted.log'));
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringContaining('planted.log: token'),
        `planted.log: phone number ${user}`,
        `planted.log: user ${user}`,
      ]),
    );
    expect(leaksIn([{ from: 'a cursor', text: leaks[2] ?? '' }], users)).toEqual([`a cursor: user ${user}`]);
  } finally {
    rmSync(file);
  }
});
