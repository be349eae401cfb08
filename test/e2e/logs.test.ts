/**
 * The logs of the whole run, read at its very end (see `support/logs-last.ts`): every request has a line, and no line has a
 * token or a user's whole number.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import type { ApiAnswer } from '../../local/api-client.ts';
import { until } from '../../local/until.ts';
import { textMessage } from '../../local/webhook-payload.ts';
import { type LogLine, leaksIn, RunLogs } from './support/logs.ts';
import { businessScopedIds, phoneNumberId, phoneNumbers, spelled } from './support/numbers.ts';
import { acceptedBatch, acceptedJob, Blocklist, call, endOf } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { forward } from './support/webhook.ts';
import { reconciliationsOver } from './support/workflow.ts';

calmAfterEach();
const logs = new RunLogs();
afterAll(() => logs.stop());

const ROUTES = [
  'GET /health',
  'GET /jobs',
  'GET /jobs/{id}',
  'GET /jobs/{id}/users',
  'POST /jobs',
  'POST /jobs/{id}/cancel',
  'POST /jobs/{id}/retry',
  'POST /webhooks/whatsapp',
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

const line = z.looseObject({
  level: z.string(),
  message: z.string(),
  timestamp: z.iso.datetime(),
  service: z.literal('blocklist'),
});
const requestLine = line.extend({
  message: z.literal('request'),
  request_id: z.string().min(8),
  route: z.string(),
  method: z.string(),
  status: z.number(),
  ms: z.number(),
  /** Absent where the request could not be read. */
  actor: z.string().optional(),
  code: z.number().optional(),
});
const taskLine = line.extend({
  message: z.literal('task'),
  task: z.string(),
  /** Where it is a step of a job. */
  job_id: z.string().optional(),
  ms: z.number(),
  chunk: z.number().optional(),
});
const reconciledLine = line.extend({
  message: z.literal('reconciled'),
  phone_number_id: z.string(),
  added: z.number(),
  removed: z.number(),
});
/** A sweep that falls into the moment in which this test has the token revoked. */
const withoutToken = line.extend({
  level: z.literal('ERROR'),
  message: z.literal('number not reconciled'),
  code: z.literal(190),
});
/** What this test has Graph refuse, in a text with a user: the line has other words, and where to find the refusal. */
const withoutPermission = z.strictObject({
  ...line.shape,
  level: z.literal('ERROR'),
  message: z.literal('number not reconciled'),
  phone_number_id: z.literal(phoneNumberId('logged')),
  code: z.literal(10),
  reason: z.literal('The token has no permission for this number'),
  fbtrace_id: z.string(),
});
/** Messages for operators, once for each job; here the tests cause them. */
const troubles = [
  z.object({
    level: z.literal('ERROR'),
    message: z.literal('stalled job recovered'),
    job_id: z.string(),
    done: z.string(),
  }),
  z.object({
    level: z.literal('ERROR'),
    message: z.literal('job not started; the sweep will start it'),
    job_id: z.string(),
    error_name: z.literal('AccessDeniedException'),
  }),
];
const TROUBLES = new Set(
  (
    [
      ['dead execution', 'resumed'],
      ['dead at the end', 'ended'],
      ['never started', 'started'],
      ['never started', 'not started'],
      ['cancelled queued', 'not started'],
    ] as const
  ).map(([number, what]) => `${phoneNumberId(number)} ${what}`),
);

/** What Lambda itself writes around an invocation, and MiniStack of a process that was killed. */
const OF_LAMBDA = /^(?:(?:INIT_START|START|END|REPORT) |Worker process died$)/;

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
    // As clients of Graph send their token: it means nothing here, and is nobody's to read.
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
  const accepted = await new Blocklist(id).block(more, { headers: { prefer: 'respond-async' } });
  const { id: jobId } = await endOf(acceptedJob(accepted));
  answers.push(accepted, await call({ method: 'GET', path: `/jobs/${jobId}` }));
  answers.push(await call({ method: 'GET', path: `/jobs/${jobId}/users` }));
  for (const verb of ['cancel', 'retry']) answers.push(await call({ method: 'POST', path: `/jobs/${jobId}/${verb}` }));
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

test('each request and each step of a job has one line, which the answer leads to', async () => {
  const { answers, jobId } = await useEverything();
  const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? '');
  expect(new Set(ids).size).toBe(answers.length);

  const lines = await until('the lines of the requests just made', async () => {
    const found = await logs.ofFunctions();
    const text = found.map((one) => one.text).join('\n');
    return ids.every((id) => text.includes(id)) ? own(found) : undefined;
  });
  const requests = lines.flatMap((json) => requestLine.safeParse(json).data ?? []);
  const tasks = lines.flatMap((json) => taskLine.safeParse(json).data ?? []);
  // Nothing else is logged; above all no fault of the service in the whole run, but those that tests made.
  const others = lines.filter(
    (json) =>
      ![requestLine, taskLine, reconciledLine, withoutToken, withoutPermission].some(
        (one) => one.safeParse(json).success,
      ),
  );
  expect(others.filter((json) => !TROUBLES.has(troubleOf(json)))).toEqual([]);
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

/** A trouble as `<phone number id> <what became of it>`. */
function troubleOf(json: unknown): string {
  const found = z.union(troubles).safeParse(json).data;
  if (found === undefined) return '';
  return `${found.job_id.slice(0, found.job_id.lastIndexOf('-'))} ${'done' in found ? found.done : 'not started'}`;
}

/** The lines of the functions' own, each of which is JSON. */
function own(lines: readonly LogLine[]): unknown[] {
  return lines.filter(({ text }) => !OF_LAMBDA.test(text)).map(({ text }) => line.parse(JSON.parse(text)));
}

test('no token and no whole phone number is in any line of any log', async () => {
  // Whoever is on a list now, and whom the tests had there before.
  const users = new Set([...(await simulator.everyone()), ...phoneNumbers(5_000), ...businessScopedIds(1_000)]);
  const fromFunctions = await logs.ofFunctions();
  const fromFiles = logs.ofFiles();
  expect(new Set(fromFiles.map(({ from }) => from))).toEqual(
    new Set(['bootstrap.log', 'deploy.log', 'functions.log', 'ministack.log']),
  );
  expect(fromFunctions.length).toBeGreaterThan(50);
  expect(leaksIn([...fromFunctions, ...fromFiles], users)).toEqual([]);
  console.info(`${fromFunctions.length + fromFiles.length} log lines hold none of ${users.size} users, and no token`);
});

test('what a function logs stands in a file too, at once', async () => {
  const wanted = (await logs.ofFunctions()).flatMap(({ text }) => (OF_LAMBDA.test(text) ? [] : [text]));
  expect(wanted.length).toBeGreaterThan(50);
  await until('each line in functions.log', async () => {
    const file = logs.ofFiles().filter(({ from }) => from === 'functions.log');
    const copied = new Set(file.map(({ text }) => text.slice(text.indexOf('{'))));
    return wanted.every((text) => copied.has(text)) || undefined;
  });
});

test('such a line is found wherever it is written', async () => {
  const [user = ''] = phoneNumbers(1, 500);
  const cursor = Buffer.from(JSON.stringify([3, user])).toString('base64url');
  const file = join(inject('stack').logs, 'planted.log');
  const leaks = [
    `${user} was blocked`,
    'authorization: Bearer EAAGm0PX4ZCpsBA',
    `GET /v25.0/1/block_users?after=${cursor}`,
  ];
  const remove = await logs.plant('/planted', JSON.stringify({ level: 'INFO', message: leaks.join() }));
  writeFileSync(file, `a line\n${leaks[0]}\n`);
  try {
    const users = new Set([user]);
    expect(leaksIn(await logs.ofFunctions('/planted'), users)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('/planted: token'),
        `/planted: phone number ${user}`,
        `/planted: user ${user}`,
      ]),
    );
    expect(leaksIn(logs.ofFiles(), users)).toContain(`planted.log: user ${user}`);
    expect(leaksIn([{ from: 'a cursor', text: leaks[2] ?? '' }], users)).toEqual([`a cursor: user ${user}`]);
  } finally {
    rmSync(file);
    await remove();
  }
});
