/** Numbers of Splashify beside numbers of Meta, in one deployed stack: each with the token, the limits and the words of its own. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SIMULATOR_TOKEN } from '../../local/cloud/local-stack.ts';
import { until } from '../../local/until.ts';
import { expectAccountedFor, expectBlocked, expectSame, recordedEvents, tally } from './support/accounted.ts';
import { businessScopedIds, phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { acceptedJob, Blocklist, call, control, endOf, idOf } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { putTokens } from './support/tokens.ts';
import { reconciliationsOver } from './support/workflow.ts';

const SPLASHIFY_TOKEN = 'pk_live_local-simulator-token';
const SPLASHIFY = (
  [
    'splashify reads',
    'splashify',
    'splashify throttled',
    'splashify lost answer',
    'splashify job',
    'splashify drift',
    'splashify token',
  ] as const
).map(phoneNumberId);
const META = (['beside splashify job', 'beside splashify token'] as const).map(phoneNumberId);

const BSUID = businessScopedIds(1).join();
const INVALID = '(#100) Invalid phone number';

/** Each number takes the token of its own provider only. */
const NUMBERS = Object.fromEntries([
  ...SPLASHIFY.map((id) => [id, { dialect: 'splashify', tokens: [SPLASHIFY_TOKEN] }] as const),
  ...META.map((id) => [id, { dialect: 'meta', tokens: [SIMULATOR_TOKEN] }] as const),
]);

beforeEach(() => simulator.setOptions({ numbers: NUMBERS }));
calmAfterEach();

beforeAll(async () => {
  await simulator.setOptions({ numbers: NUMBERS });
  await putTokens(Object.fromEntries(SPLASHIFY.map((id) => [id, { token: SPLASHIFY_TOKEN, provider: 'splashify' }])));
  // A worker trusts what it read of the secret for a minute; one that is refused reads it again.
  const id = phoneNumberId('splashify reads');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(3);
  const refused = async () => (await simulator.calls(id)).filter(({ code }) => code === 190).length;
  await until('workers that know the new secret', async () => {
    const before = await refused();
    await Promise.all(users.map((user) => blocklist.block([user])));
    await Promise.all(users.map((user) => blocklist.unblock([user])));
    await Promise.all(users.map(() => call({ method: 'GET', path: `${blocklist.path}?source=graph` })));
    return (await refused()) === before ? true : undefined;
  });
});
afterAll(() => putTokens({}));

/** Users of each change that ended, and Graph's code if it was refused. */
async function callsOf(id: string): Promise<string[]> {
  const calls = await simulator.calls(id);
  // Workers that had read the secret before, which are not what these tests are about.
  return calls
    .filter(({ method, code }) => method !== 'GET' && code !== 190)
    .map(({ users, code }) => `${users}${code === null ? '' : ` ${code}`}`);
}

test('at Splashify one bad number, a BSUID and a user who has not written fail alone, and an already blocked user does not fail', async () => {
  const id = phoneNumberId('splashify');
  const blocklist = new Blocklist(id);
  const [fine = '', bad = '', already = '', silent = '', other = ''] = phoneNumbers(5);
  await simulator.changeUsers({
    malformedNumbers: { add: [bad] },
    lastInboundAt: { users: [silent], at: null },
  });
  await simulator.changeList(id, { add: [already] });

  const failure = (input: string, code: number, message: unknown = expect.any(String)) =>
    expect.objectContaining({ input, errors: [expect.objectContaining({ code, message })] });
  const blocked = await blocklist.block([`+${fine}`, bad, already, BSUID, silent, other], { reason: 'spam' });
  expect(blocked).toMatchObject({
    status: 400,
    body: {
      block_users: {
        added_users: [
          { input: `+${fine}`, wa_id: fine },
          { input: already, wa_id: already },
          { input: other, wa_id: other },
        ],
        failed_users: [
          failure(bad, 100, INVALID),
          failure(BSUID, 100, expect.stringContaining('phone numbers only')),
          failure(silent, 131047),
        ],
      },
      error: { code: 139100 },
    },
  });
  // The BSUID is in no call. Halved, the widest part first, until the bad one is alone.
  expect(await callsOf(id)).toEqual(['5 100', '3 100', '2', '2 100', '1', '1', '1 100']);
  await expectBlocked(id, [already, fine, other]);
  expect(await blocklist.user(already)).toMatchObject({ blocked: true, reason: 'spam', source: 'api' });
  expect(await blocklist.history(bad)).toMatchObject([{ action: 'block', outcome: 'failed', code: 100 }]);
  expect(await blocklist.history(BSUID)).toMatchObject([{ action: 'block', outcome: 'failed', code: 100 }]);

  const unblocked = await blocklist.unblock([fine, bad, BSUID, silent, already]);
  expect(unblocked).toMatchObject({
    status: 400,
    body: {
      block_users: {
        removed_users: [fine, silent, already].map((user) => ({ input: user, wa_id: user })),
        failed_users: [failure(bad, 100, INVALID), failure(BSUID, 100)],
      },
    },
  });
  await expectBlocked(id, [other]);
  expect((await blocklist.unblock([other])).status).toBe(200);
  await expectBlocked(id, []);
});

test.each([
  ['is throttled', 'splashify throttled', { kind: 'error', code: 130429 }],
  ['loses the connection after the change', 'splashify lost answer', { kind: 'reset', applied: true }],
] as const)('a request that %s during the search for the bad number loses no user', async (_, number, fault) => {
  const id = phoneNumberId(number);
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(8);
  const [bad = ''] = users.slice(5);
  const good = users.filter((user) => user !== bad);
  await simulator.changeUsers({ malformedNumbers: { add: [bad] } });
  // Of 8 users it is refused; 4 are blocked; 2 meet the fault.
  await simulator.addFaults({ phoneNumberId: id, method: 'POST', nth: 3, fault });
  const answer = await blocklist.block(users);
  expect(await simulator.faultsFired()).toEqual([1]);
  expect(answer).toMatchObject({
    status: 400,
    body: {
      block_users: {
        added_users: good.map((user) => ({ input: user, wa_id: user })),
        failed_users: [{ input: bad, errors: [{ code: 100, message: INVALID }] }],
      },
    },
  });
  await expectBlocked(id, good);
  expect(await recordedEvents(id, users)).toEqual({ 'api: block': 7, 'api: block failed 100': 1 });
});

test('1,200 users are a job at both: in batches of 500 at Splashify and of 1,000 at Meta, bad numbers among them', async () => {
  const [splashify, meta] = [phoneNumberId('splashify job'), phoneNumberId('beside splashify job')];
  const phones = phoneNumbers(1_199);
  const bad = [3, 700].flatMap((place) => phones[place] ?? []);
  // The second chunk of Splashify's: it is sent one user less.
  const users = [...phones.slice(0, 600), BSUID, ...phones.slice(600)];
  await simulator.changeUsers({ malformedNumbers: { add: bad } });
  await simulator.changeList(splashify, { add: phones.slice(1_150, 1_160) });

  const accepted = await Promise.all(
    [splashify, meta].map(async (id) => acceptedJob(await new Blocklist(id).block(users, { reason: 'imported' }))),
  );
  const [at, besides] = await Promise.all(accepted.map((job) => endOf(job)));
  if (!at || !besides) throw new Error('There are two jobs');

  expect(at).toMatchObject({ status: 'partially_failed', chunks: { total: 3, done: 3, failed: 0 } });
  expect(tally(await expectAccountedFor(at, users))).toEqual({ succeeded: 1_197, 'failed 100': 3 });
  const sizes = (await callsOf(splashify)).map((one) => Number.parseInt(one, 10));
  expect(Math.max(...sizes)).toBe(500);
  expect(sizes).toContain(499);
  expect(sizes).toContain(200);
  // Three chunks, and in two of them a bad number to be found.
  expect(sizes.length).toBeLessThanOrEqual(3 + 2 * 18);
  expect(await recordedEvents(splashify, users)).toEqual({ 'job: block': 1_197, 'job: block failed 100': 3 });

  expect(besides).toMatchObject({ status: 'partially_failed', chunks: { total: 2, done: 2, failed: 0 } });
  expect(tally(await expectAccountedFor(besides, users))).toEqual({ succeeded: 1_198, 'failed 131047': 2 });
  expect((await callsOf(meta)).toSorted()).toEqual(['1000 139100', '200']);

  // A number that Splashify takes by now is blocked by a retry; a BSUID it does not get to know.
  await simulator.changeUsers({ malformedNumbers: { remove: bad } });
  await control(at, 'retry');
  const again = await endOf(at);
  expect(again).toMatchObject({ status: 'partially_failed', users: { succeeded: 1_199, failed: 1, remaining: 0 } });
  await expectAccountedFor(again, users);

  const gone = acceptedJob(await new Blocklist(splashify).unblock(phones));
  expect(await endOf(gone)).toMatchObject({ status: 'succeeded', users: { total: 1_199, succeeded: 1_199 } });
  await expectBlocked(splashify, []);
});

test('external changes at Splashify are on its list at once, and in the mirror after a reconciliation', async () => {
  const id = phoneNumberId('splashify drift');
  const blocklist = new Blocklist(id);
  const users = phoneNumbers(40);
  const external = phoneNumbers(12, 1_000);
  const [gone, rest] = [users.slice(0, 7), users.slice(7)];
  expect((await blocklist.block(users)).status).toBe(200);
  await simulator.changeList(id, { add: external, remove: gone });

  expectSame(await blocklist.blocked(), users);
  const listed: string[] = [];
  const sizes: number[] = [];
  for await (const { data } of blocklist.pages('?source=graph&limit=20')) {
    sizes.push(data.length);
    listed.push(...data.map(idOf));
  }
  expect(sizes.slice(0, 3)).toEqual([20, 20, 5]);
  expect(listed).toEqual(await simulator.list(id));

  expect((await blocklist.reconcile()).status).toBe(202);
  await reconciliationsOver();
  await expectBlocked(id, [...rest, ...external]);
  expect(await recordedEvents(id, [...users, ...external])).toEqual({
    'api: block': rest.length,
    'api: block, external: unblock': gone.length,
    'external: block': external.length,
  });
  expect(await blocklist.user(external[0] ?? '')).toMatchObject({ blocked: true, source: 'external' });
});

test.each([
  ['Splashify', 'splashify token', 'beside splashify token'],
  ['Meta', 'beside splashify token', 'splashify token'],
] as const)('a token that %s no longer accepts stops its number, and no other', async (_, wrong, right) => {
  const [stopped, other] = [new Blocklist(phoneNumberId(wrong)), new Blocklist(phoneNumberId(right))];
  const users = phoneNumbers(3);
  expect((await stopped.block(users)).status).toBe(200);
  const id = phoneNumberId(wrong);
  await simulator.setOptions({ numbers: { ...NUMBERS, [id]: { ...NUMBERS[id], tokens: ['a-newer-token'] } } });

  const [first = '', second = ''] = users;
  for (const answer of [
    await stopped.block([first]),
    await stopped.unblock([first, second]),
    await call({ method: 'GET', path: `${stopped.path}?source=graph` }),
  ]) {
    expect(answer).toMatchObject({ status: 502, body: { error: { code: 190 } } });
    expect(JSON.stringify(answer.body)).not.toMatch(/EAA-|pk_live_/);
  }
  expect((await other.block([first])).status).toBe(200);
  expect((await other.unblock([first])).status).toBe(200);
  expect((await call({ method: 'GET', path: `${other.path}?source=graph` })).status).toBe(200);

  await simulator.setOptions({ numbers: NUMBERS });
  expect((await stopped.unblock(users)).status).toBe(200);
  await expectBlocked(id, []);
});
