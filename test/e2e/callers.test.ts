/** Who may do what: by the policies of the stack, by a policy of the team's own, and by the numbers of a caller. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createdJobs, jobs } from '../../lambdas/openapi/job.ts';
import { type Caller, createSession, createUser } from '../../local/cloud/iam.ts';
import { hubSignature } from '../../local/webhook-payload.ts';
import { CONFINED_ROLE, CONFINED_USER } from './support/callers.ts';
import {
  type Ask,
  change,
  jobsFor,
  ROUTES_OF_ALL_NUMBERS,
  ROUTES_WITHOUT_NUMBER,
  routesNamingNumber,
  routesOfNumber,
} from './support/every-route.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { acceptedJob, call, endOf } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { countStored } from './support/stored.ts';

calmAfterEach();

const { endpoint, callerPolicies, apiUrl } = place.stack;
const OWN = phoneNumberId('own');
const OTHER = phoneNumberId('not own');
const WITHOUT_NUMBER = [...ROUTES_WITHOUT_NUMBER, ...routesNamingNumber(OWN)];

const KEY = 'Aa0000000001';
/** To make and to revoke keys. A caller that may use only some numbers may not. */
const OF_KEYS: Ask[] = [
  { scope: 'keys', method: 'GET', path: '/keys' },
  { scope: 'keys', method: 'POST', path: '/keys', body: {} },
  { scope: 'keys', method: 'POST', path: `/keys/${KEY}/rotate` },
  { scope: 'keys', method: 'DELETE', path: `/keys/${KEY}` },
];

/** Who refused: IAM, whose message has the missing permission; the function, in Graph's shape; or nobody. */
async function judge(
  caller: Caller,
  { method, path, body }: Omit<Ask, 'scope'>,
): Promise<'IAM' | 'number' | 'let through'> {
  const answer = await call({
    method,
    path,
    credentials: caller.credentials,
    ...(body !== undefined && { body, headers: { 'x-hub-signature-256': hubSignature(body) } }),
  });
  const text = JSON.stringify(answer.body);
  expect(answer.status, `${method} ${path}: ${text}`).toBeLessThan(500);
  if (answer.status !== 403) return 'let through';
  if (text.includes('execute-api:Invoke')) return 'IAM';
  expect(answer.body, `${method} ${path}`).toMatchObject({
    error: { message: expect.stringContaining('may not use phone_number_id'), type: 'OAuthException', code: 10 },
  });
  return 'number';
}

async function judgeAll(caller: Caller, asked: readonly Ask[]) {
  const verdicts: Record<string, string> = {};
  for (const ask of asked) verdicts[`${ask.method} ${ask.path}`] = await judge(caller, ask);
  return verdicts;
}

const expected = (asked: readonly Ask[], verdict: (ask: Ask) => string) =>
  Object.fromEntries(asked.map((ask) => [`${ask.method} ${ask.path}`, verdict(ask)]));

describe('the policies of the stack', () => {
  test.each([
    ['reader', ['read']],
    ['agent', ['read', 'write']],
    ['operator', ['read', 'write', 'operate']],
    ['webhookForwarder', ['webhook']],
    ['keyManager', ['keys']],
  ] as const)('%s may do what takes %j, and nothing else', async (name, scopes: readonly string[]) => {
    const caller = await createUser(endpoint, { name: `with-${name}`, policies: [callerPolicies[name]] });
    const asked = [...routesOfNumber(OWN), ...WITHOUT_NUMBER, ...ROUTES_OF_ALL_NUMBERS, ...OF_KEYS];
    expect(await judgeAll(caller, asked)).toEqual(
      expected(asked, ({ scope }) => (scopes.includes(scope) ? 'let through' : 'IAM')),
    );
  });

  test('who has none of them may do nothing', async () => {
    const caller = await createUser(endpoint, { name: 'with-nothing' });
    const asked = [...routesOfNumber(OWN), ...WITHOUT_NUMBER, ...ROUTES_OF_ALL_NUMBERS, ...OF_KEYS];
    expect(await judgeAll(caller, asked)).toEqual(expected(asked, () => 'IAM'));
  });
});

test('a caller with the policy of the documents may use that number in both forms, its jobs, and no other', async () => {
  const caller = await createUser(endpoint, { name: 'with-one-number', policy: documentedPolicy(OWN) });
  const own = routesOfNumber(OWN);
  expect(await judgeAll(caller, own)).toEqual(expected(own, () => 'let through'));
  const others: Ask[] = [
    ...routesOfNumber(OTHER),
    ...WITHOUT_NUMBER,
    ...ROUTES_OF_ALL_NUMBERS,
    // The number in the place of a user.
    { scope: 'read', method: 'GET', path: `/${OTHER}/block_users/${OWN}/history` },
    { scope: 'read', method: 'GET', path: `/v25.0/${OTHER}/block_users/${OWN}/history` },
    { scope: 'read', method: 'GET', path: `/v25.0/${OTHER}/block_users/${OWN}` },
  ];
  expect(await judgeAll(caller, others)).toEqual(expected(others, () => 'IAM'));
});

describe('a caller that the configuration gives one number', () => {
  const callers: Caller[] = [];
  beforeAll(async () => {
    const policies = [callerPolicies.operator, callerPolicies.webhookForwarder, callerPolicies.keyManager];
    callers.push(await createUser(endpoint, { name: CONFINED_USER, policies }));
    callers.push(await createSession(endpoint, { name: CONFINED_ROLE, policies }));
    expect(callers[1]?.arn).toMatch(/:assumed-role\/one-number-role\/jo$/);
  });

  test.each([
    ['user', 0],
    ['session of a role', 1],
  ])('may use that one on every route, and no other, whatever IAM allows: a %s', async (_, index) => {
    const caller = callers[index];
    if (!caller) throw new Error('There is no such caller');
    const allowed = [...routesOfNumber(OWN), ...WITHOUT_NUMBER];
    expect(await judgeAll(caller, allowed)).toEqual(expected(allowed, () => 'let through'));
    const refused: Ask[] = [
      ...routesOfNumber(OTHER),
      ...routesNamingNumber(OTHER),
      { scope: 'write', method: 'POST', path: '/jobs?', body: jobsFor(OWN, OTHER) },
    ];
    expect(await judgeAll(caller, refused)).toEqual(expected(refused, () => 'number'));
    for (const ask of [...OF_KEYS, ...ROUTES_OF_ALL_NUMBERS]) {
      expect(await call({ ...ask, credentials: caller.credentials })).toMatchObject({
        status: 403,
        body: { error: { code: 10, message: expect.stringContaining('this route covers all of them') } },
      });
    }
    expect(await simulator.calls(OTHER)).toEqual([]);
    expect(await countStored(OTHER)).toBe(0);
  });

  test('sees the jobs of its number only, and the doer of each', async () => {
    const [user] = callers;
    if (!user) throw new Error('There is no such caller');
    // The root of the account is confined by nothing.
    const both = await call({ method: 'POST', path: '/jobs', body: jobsFor(OWN, OTHER) });
    expect(both.status).toBe(202);
    const { batch_id: batch, data } = batchOf(both.body);
    const listed = await call({ method: 'GET', path: `/jobs?batch_id=${batch}`, credentials: user.credentials });
    expect(batchOf(listed.body).data.map((job) => job.phone_number_id)).toEqual([OWN]);
    const all = await call({ method: 'GET', path: '/jobs?limit=1000', credentials: user.credentials });
    expect(new Set(batchOf(all.body).data.map((job) => job.phone_number_id))).toEqual(new Set([OWN]));
    const other = data.find((job) => job.phone_number_id === OTHER);
    expect(await judge(user, { method: 'GET', path: `/jobs/${other?.id}` })).toBe('number');
    const asked = await call({
      method: 'POST',
      path: `/${OWN}/block_users`,
      body: change(...phoneNumbers(4)),
      headers: { prefer: 'respond-async' },
      credentials: user.credentials,
    });
    expect((await endOf(acceptedJob(asked))).requested_by).toBe(user.arn);
  });
});

const batchOf = (body: unknown) => z.union([jobs, createdJobs]).parse(body);

/** The policy for one number, as the document has it, for the API of this stack. */
function documentedPolicy(number: string): string {
  const document = readFileSync(join(import.meta.dirname, '../../docs/callers.md'), 'utf8');
  const [, policy = ''] = /```json\n(\{\n {2}"Version"[^`]*)```/.exec(document) ?? [];
  const [, api = '', stage = ''] = /\/restapis\/([^/]+)\/([^/]+)\//.exec(apiUrl) ?? [];
  expect(policy).toContain('"execute-api:Invoke"');
  return policy
    .replaceAll('eu-west-1:111122223333', 'us-east-1:000000000000')
    .replaceAll('<ApiId>/prod', `${api}/${stage}`)
    .replaceAll('106540352242922', number);
}
