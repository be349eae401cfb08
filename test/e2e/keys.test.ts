/** Callers with a key, from its making to its end: each route by each kind of key, and what is none. */
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createdJobs, jobs } from '../../lambdas/openapi/job.ts';
import { type KeyWithSecret, keys, keyWithSecret } from '../../lambdas/openapi/key.ts';
import { keySecretsOf } from '../../lambdas/runtime/key-secrets.ts';
import { callApi } from '../../local/api-client.ts';
import { denyAction } from '../../local/cloud/iam.ts';
import { until } from '../../local/until.ts';
import { hubSignature } from '../../local/webhook-payload.ts';
import {
  type Ask,
  change,
  jobsFor,
  ROUTES_OF_ALL_NUMBERS,
  ROUTES_WITHOUT_NUMBER,
  routesNamingNumber,
  routesOfNumber,
} from './support/every-route.ts';
import { callWithKey, makeKey, revokeKey } from './support/keys.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { acceptedJob, call, endOf } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { countStored } from './support/stored.ts';

calmAfterEach();

const OWN = phoneNumberId('own by key');
const OTHER = phoneNumberId('not own by key');
const everyRoute = (id: string) => [...routesOfNumber(id), ...routesNamingNumber(id)];

type Verdict = 'let through' | '401' | 'scope' | 'number' | 'no route';
const REFUSALS: Record<Exclude<Verdict, 'let through'>, { status: number; code: number; message: RegExp }> = {
  '401': { status: 401, code: 190, message: /^There is no key, or it is malformed, unknown, expired or revoked; / },
  scope: { status: 403, code: 10, message: /^\(#10\) The key may not call this route; / },
  number: { status: 403, code: 10, message: /^\(#10\) This caller may not use phone_number_id \d+, / },
  'no route': { status: 404, code: 100, message: /^There is no such route; / },
};
const refusal = z.object({
  error: z.object({
    message: z.string(),
    type: z.literal('OAuthException'),
    code: z.number(),
    error_data: z.object({ details: z.string() }),
    fbtrace_id: z.string().min(8),
  }),
});

/** Who let it through or refused it, known by the exact refusal. */
async function judge(key: string | undefined, { method, path, body }: Omit<Ask, 'scope'>): Promise<Verdict> {
  const headers = body === undefined ? {} : { 'x-hub-signature-256': hubSignature(body) };
  const answer = await callWithKey(key, { method, path, headers, ...(body !== undefined && { body }) });
  const parsed = refusal.safeParse(answer.body).data?.error;
  for (const verdict of ['401', 'scope', 'number', 'no route'] as const) {
    const { status, code, message } = REFUSALS[verdict];
    if (answer.status === status && parsed?.code === code && message.test(parsed.message)) return verdict;
  }
  expect([401, 403], `${method} ${path}: ${JSON.stringify(answer.body)}`).not.toContain(answer.status);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(500);
  return 'let through';
}

async function judgeAll(key: string | undefined, asked: readonly Ask[]) {
  const verdicts: Record<string, Verdict> = {};
  for (const ask of asked) verdicts[`${ask.method} ${ask.path}`] = await judge(key, ask);
  return verdicts;
}
const expected = (asked: readonly Ask[], verdict: (ask: Ask) => Verdict) =>
  Object.fromEntries(asked.map((ask) => [`${ask.method} ${ask.path}`, verdict(ask)]));

const BAD = ['revoked', 'expired', 'none', 'malformed', 'of nobody', 'with another secret'] as const;

describe('every route', () => {
  const asked = [...everyRoute(OWN), ...ROUTES_WITHOUT_NUMBER];

  test.each([
    ['read', ['read']],
    ['write', ['read', 'write']],
    ['operate', ['read', 'write', 'operate']],
    ['webhook', ['webhook']],
  ])(
    'lets a key for %s through where that is for %j, and says that its scope is not where it is not',
    async (scope, may) => {
      const { key } = await makeKey({ name: `for-${scope}`, scopes: [scope] });
      const all = [...asked, ...ROUTES_OF_ALL_NUMBERS];
      expect(await judgeAll(key, all)).toEqual(
        expected(all, (ask) => (may.includes(ask.scope) ? 'let through' : 'scope')),
      );
    },
  );

  test('lets a key for one number through for that one, and for no other, before anything is called or written', async () => {
    const { key } = await makeKey({ name: 'for-one', scopes: ['operate', 'webhook'], phone_number_ids: [OWN] });
    expect(await judgeAll(key, asked)).toEqual(expected(asked, () => 'let through'));
    const others: Ask[] = [
      ...everyRoute(OTHER),
      { scope: 'write', method: 'POST', path: '/jobs?', body: jobsFor(OWN, OTHER) },
      { scope: 'read', method: 'GET', path: `/${OTHER}/block_users/${OWN}` },
    ];
    expect(await judgeAll(key, others)).toEqual(expected(others, () => 'number'));
    for (const ask of ROUTES_OF_ALL_NUMBERS) {
      expect(await callWithKey(key, ask)).toMatchObject({
        status: 403,
        body: { error: { code: 10, message: expect.stringContaining('this route covers all of them') } },
      });
    }
    expect(await simulator.calls(OTHER)).toEqual([]);
    expect(await countStored(OTHER)).toBe(0);
    // Of the jobs of all it sees those of its number.
    const both = await call({ method: 'POST', path: '/jobs', body: jobsFor(OWN, OTHER) });
    const { batch_id: batch, data } = createdJobs.parse(both.body);
    const listed = await callWithKey(key, { method: 'GET', path: `/jobs?batch_id=${batch}` });
    expect(jobs.parse(listed.body).data.map((job) => job.phone_number_id)).toEqual([OWN]);
    for (const job of data) await endOf(job);
  });

  test.each(BAD)('refuses a key that is %s with 401 and code 190', async (kind) => {
    const key = await badKey(kind);
    expect(await judgeAll(key, asked)).toEqual(expected(asked, () => '401'));
  });
});

async function badKey(kind: (typeof BAD)[number]): Promise<string | undefined> {
  if (kind === 'none') return undefined;
  const made = await makeKey({
    name: `bad-${kind.replaceAll(' ', '-')}`,
    scopes: ['operate', 'webhook'],
    ...(kind === 'expired' && { expires_in: 1 }),
  });
  if (kind === 'malformed') return `${made.key.slice(0, -1)}${made.key.endsWith('0') ? '1' : '0'}`;
  // Whoever knows the form of keys can make one up, with its checksum.
  const { write, newId, newSecret } = keySecretsOf('local');
  if (kind === 'of nobody') return write({ id: newId(), secret: newSecret() });
  if (kind === 'with another secret') return write({ id: made.id, secret: newSecret() });
  if (kind === 'revoked') expect(await revokeKey(made)).toMatchObject({ status: 200, body: { status: 'revoked' } });
  await until(`the end of a key that is ${kind}`, async () => {
    const verdict = await judge(made.key, { method: 'GET', path: '/health' });
    return verdict === '401' || undefined;
  });
  return made.key;
}

describe('what is sent to one API counts on that one only', () => {
  let made: KeyWithSecret;
  beforeAll(async () => {
    made = await makeKey({ name: 'one-api', scopes: ['operate'] });
  });

  test('a key opens nothing on the API of signed callers, and a signature nothing on the other', async () => {
    const health = { method: 'GET', path: '/health' } as const;
    const bearer = await call({ ...health, headers: { authorization: `Bearer ${made.key}` }, signed: false });
    expect([401, 403]).toContain(bearer.status);
    expect(refusal.parse(bearer.body).error.message).toMatch(/sign every request|is not signed/);
    const signed = await callApi({ apiUrl: place.stack.keyApiUrl }, health);
    expect(signed).toMatchObject({ status: 401, body: { error: { code: 190 } } });
  });

  test('keys are managed on the API of signed callers alone', async () => {
    for (const ask of [
      { method: 'GET', path: '/keys' },
      { method: 'POST', path: '/keys', body: { name: 'another', scopes: ['operate'] } },
      { method: 'POST', path: `/keys/${made.id}/rotate` },
      { method: 'DELETE', path: `/keys/${made.id}` },
    ] as const) {
      expect(await judge(made.key, ask)).toBe('no route');
    }
  });

  test('a caller that signs is nobody’s key, whatever it sends', async () => {
    const headers = { 'x-on-behalf-of': 'api-key/one-api', authorizer: '{"keyId":"Aa0000000001"}', keyid: made.id };
    const path = `/${OWN}/block_users`;
    const [user = ''] = phoneNumbers(1, 710);
    expect(await call({ method: 'POST', path, body: change(user), headers })).toMatchObject({ status: 200 });
    const found = await call({ method: 'GET', path: `${path}/${user}` });
    expect(found.body).toMatchObject({ blocked_by: expect.stringMatching(/^arn:aws:iam::000000000000:/) });
  });

  test('what a key did is recorded under its name, and its links lead back to its own API', async () => {
    const [user = '', other = ''] = phoneNumbers(2, 712);
    const path = `/${OWN}/block_users`;
    const headers = { 'x-on-behalf-of': 'jo@example.com' };
    expect(await callWithKey(made.key, { method: 'POST', path, body: change(user), headers })).toMatchObject({
      status: 200,
    });
    const history = await callWithKey(made.key, { method: 'GET', path: `${path}/${user}/history?limit=1` });
    expect(history.body).toMatchObject({ data: [{ actor: 'api-key/one-api', on_behalf_of: 'jo@example.com' }] });
    const asJob = await callWithKey(made.key, {
      method: 'POST',
      path,
      body: change(other),
      headers: { prefer: 'respond-async' },
    });
    const job = acceptedJob(asJob);
    expect(job.requested_by).toBe('api-key/one-api');
    expect(asJob.headers.get('location')).toBe(`${place.stack.keyApiUrl}/jobs/${job.id}`);
    await endOf(job);
  });
});

test('a key is rotated with both secrets good, lists its last use, and ends with its revocation, which may be repeated', async () => {
  const made = await makeKey({ name: 'rotated', scopes: ['read'] });
  const health = { method: 'GET', path: '/health' } as const;
  const rotated = await call({ method: 'POST', path: `/keys/${made.id}/rotate`, body: { overlap_seconds: 600 } });
  expect(rotated.status).toBe(200);
  const { key } = keyWithSecret.parse(rotated.body);
  expect([await judge(made.key, health), await judge(key, health)]).toEqual(['let through', 'let through']);
  const listed = await call({ method: 'GET', path: '/keys?limit=1000' });
  const found = keys.parse(listed.body).data;
  expect(found.find(({ id }) => id === made.id)).toMatchObject({
    name: 'rotated',
    status: 'active',
    last_used_at: expect.any(String),
    secrets: [{}, {}],
    activity: [{ verb: 'created' }, { verb: 'rotated' }],
  });
  expect(JSON.stringify(listed.body)).not.toMatch(/wabl_|hash/);
  const first = await revokeKey(made);
  expect((await revokeKey(made)).body).toEqual(first.body);
  for (const one of [made.key, key]) {
    await until('the refusal of both', async () => ((await judge(one, health)) === '401' ? true : undefined));
  }
  expect(await call({ method: 'POST', path: '/keys', body: { name: 'Rotated', scopes: ['read'] } })).toMatchObject({
    status: 409,
  });
});

test('where the table of keys does not answer, nobody is let in, and nobody is told that the key is bad', async () => {
  const { key } = await makeKey({ name: 'unread', scopes: ['read'] });
  const allow = await denyAction(place.stack.endpoint, { role: 'AuthorizeKey', action: 'dynamodb:GetItem' });
  try {
    const answer = await callWithKey(key, { method: 'GET', path: '/health' });
    expect(answer.status).toBe(500);
    expect(refusal.parse(answer.body).error).toMatchObject({
      code: 1,
      message: expect.stringMatching(/^The caller could not be checked/),
    });
  } finally {
    await allow();
  }
  expect(await judge(key, { method: 'GET', path: '/health' })).toBe('let through');
});
