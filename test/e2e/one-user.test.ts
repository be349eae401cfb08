/**
 * A person on all numbers: an agent blocks them everywhere and sees where they are blocked, and an operator erases what is
 * stored about them. Afterwards nothing has an id of theirs but what the receipt names.
 */
import { afterAll, expect, test } from 'vitest';
import { receipt } from '../../lambdas/openapi/erasure.ts';
import { historyEverywhere, userEverywhere } from '../../lambdas/openapi/user.ts';
import type { ApiCall } from '../../local/api-client.ts';
import { type Caller, createUser } from '../../local/cloud/iam.ts';
import { systemMessage } from '../../local/webhook-payload.ts';
import { fileLines, leaksIn } from './support/logs.ts';
import { phoneNumberId, phoneNumbers, spelled } from './support/numbers.ts';
import { place } from './support/place.ts';
import { acceptedBatch, acceptedJob, Blocklist, call, endOf, follow, read } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { itemsWith } from './support/stored.ts';
import { forward } from './support/webhook.ts';
import { BulkWorkflow } from './support/workflow.ts';

calmAfterEach();
const workflow = new BulkWorkflow();
afterAll(() => {
  workflow.stop();
});

const [FIRST, SECOND] = [phoneNumberId('one user'), phoneNumberId('one user too')];
/** Of nobody else in these tests. */
const [person = '', sent = '', moved = '', other = ''] = phoneNumbers(4, 103_000);
const EVERY_ID = [person, sent, moved];

const { endpoint, callerPolicies } = place.stack;
const as = (caller: Caller, request: ApiCall) => call({ ...request, credentials: caller.credentials });

test('an agent blocks a person on every number, and sees them on all; an operator erases them', async () => {
  const agent = await createUser(endpoint, { name: 'agent-of-one', policies: [callerPolicies.agent] });
  const operator = await createUser(endpoint, { name: 'operator-of-one', policies: [callerPolicies.operator] });
  await simulator.changeUsers({ waIds: { [sent]: person } });

  // Known on the first number only, by a number that WhatsApp spells in another way.
  const own = {
    reason: `threatened Ana, asked for by ${spelled(person)}`,
    headers: { 'X-On-Behalf-Of': 'ana@support' },
  };
  expect((await new Blocklist(FIRST).block([sent, other], own)).status).toBe(200);
  expect((await new Blocklist(SECOND).block([other])).status).toBe(200);
  const asked = { action: 'block', all_numbers: true, block_users: [{ user: `+${person}` }], reason: 'fraud ring' };
  const headers = { 'Idempotency-Key': 'one-user-everywhere' };
  const batch = acceptedBatch(await as(agent, { method: 'POST', path: '/jobs', body: asked, headers }));
  expect(batch.data.map(({ phone_number_id }) => phone_number_id)).toEqual(expect.arrayContaining([FIRST, SECOND]));
  // Numbers of other tests may have no token any more.
  const jobsHere = batch.data.filter(({ phone_number_id: number }) => number === FIRST || number === SECOND);
  for (const job of jobsHere) expect(await endOf(job)).toMatchObject({ status: 'succeeded' });
  const again = acceptedBatch(await as(agent, { method: 'POST', path: '/jobs', body: asked, headers }));
  expect(again.batch_id).toBe(batch.batch_id);

  // By the number that they were blocked by, which is an alias, on the first number alone.
  const page = read(await as(agent, { method: 'GET', path: `/users/${sent}?limit=1000` }), 200, userEverywhere);
  expect(page).toMatchObject({ wa_id: person, paging: {} });
  const states = new Map(page.data.map(({ phone_number_id, state, asked_as }) => [phone_number_id, [state, asked_as]]));
  for (const number of [FIRST, SECOND]) expect(states.get(number)).toEqual(['blocked', sent]);
  const first = read(await call({ method: 'GET', path: `/users/%2B${person}?limit=1` }), 200, userEverywhere);
  expect(first.data).toHaveLength(1);
  const next = page.data.length === 1 ? undefined : first.paging.next;
  if (next !== undefined) expect(read(await follow(next), 200, userEverywhere).data).toHaveLength(1);
  const path = `/users/${person}/history?limit=1000`;
  const { data: history } = read(await as(agent, { method: 'GET', path }), 200, historyEverywhere);
  const here = history.filter(({ phone_number_id }) => phone_number_id === FIRST || phone_number_id === SECOND);
  expect(here.map(({ phone_number_id, source, reason }) => [phone_number_id, source, reason]).toSorted()).toEqual(
    [
      [FIRST, 'api', own.reason],
      [FIRST, 'job', 'fraud ring'],
      [SECOND, 'job', 'fraud ring'],
    ].toSorted(),
  );

  // They change their number, which the first number is told of.
  const news = { type: 'user_changed_number', wa_id: moved, body: `${person} ${moved}` };
  expect(await forward(FIRST, { messages: [systemMessage({ from: person }, news)] })).toMatchObject({
    status: 200,
    body: { moved: 1 },
  });

  const erase = { method: 'POST', path: `/users/${moved}/erase`, body: { unblock: true } } as const;
  expect((await as(agent, erase)).status).toBe(403);
  expect(await itemsWith(EVERY_ID)).not.toEqual([]);
  // By the number of the move, and by the one before: on the second number they are known by that alone.
  const receipts = [];
  for (const user of [moved, person, sent]) {
    const answer = await as(operator, { ...erase, path: `/users/${user}/erase`, headers: { 'X-On-Behalf-Of': 'dpo' } });
    receipts.push(read(answer, 200, receipt));
  }
  expect(receipts[0]?.erased).toMatchObject({ numbers: expect.any(Number), events: expect.any(Number) });
  expect(receipts.at(-1)).toMatchObject({ standing: [] });
  for (const number of [FIRST, SECOND]) {
    expect(await new Blocklist(number).blocked()).toEqual([other]);
    for await (const { data } of new Blocklist(number).operationPages({ limit: '1' })) {
      expect(data[0]).toMatchObject({ action: 'erase', on_behalf_of: 'dpo', users: 1, status: 'finished' });
      break;
    }
  }

  // Only what the receipt names: the lists of jobs, in the table.
  const named = new Set(receipts.flatMap(({ remains }) => remains.flatMap(({ job_ids }) => job_ids ?? [])));
  expect([...named].toSorted()).toEqual(expect.arrayContaining(batch.data.map(({ id }) => id).toSorted()));
  const left = await itemsWith(EVERY_ID);
  expect(left.filter((key) => !/^(BATCH|JOB)#\S+ (USERS|OUTCOMES)#/.test(key))).toEqual([]);
  const ofJobs = left.map((key) => /#([0-9]+-)?([0-9A-Z]{26})/.exec(key)?.[2]);
  expect(new Set(ofJobs)).toEqual(new Set([batch.batch_id]));
  expect(await itemsWith([other])).not.toEqual([]);

  // And nowhere in the logs and the executions. MiniStack lets nobody read the queues of dead letters.
  const lines = fileLines();
  expect(lines.length).toBeGreaterThan(10);
  expect(leaksIn(lines, new Set(EVERY_ID))).toEqual([]);
  for (const { id } of batch.data.slice(0, 2)) {
    const { payloads } = await workflow.payloads(workflow.executionArn(id));
    expect(payloads.length).toBeGreaterThan(2);
    expect(EVERY_ID.filter((one) => payloads.some((payload) => payload.includes(one)))).toEqual([]);
  }
});

test('a block that stands works on after an erasure: it is renewed, listed and ended as before', async () => {
  const [stands = ''] = phoneNumbers(1, 103_100);
  const blocklist = new Blocklist(FIRST);
  expect((await blocklist.block([stands], { reason: 'spam' })).status).toBe(200);
  const before = await blocklist.user(stands);
  const answer = await call({ method: 'POST', path: `/users/${stands}/erase`, body: { phone_number_ids: [FIRST] } });
  expect(read(answer, 200, receipt)).toMatchObject({
    erased: { numbers: 1, events: 1, items: 0, aliases: 0 },
    standing: [{ phone_number_id: FIRST, state: 'blocked' }],
  });
  const { reason: _, ...kept } = before;
  expect(await blocklist.user(stands)).toEqual(kept);
  expect(await blocklist.history(stands)).toEqual([]);
  expect((await blocklist.block([stands], { reason: 'again' })).status).toBe(200);
  expect(await blocklist.user(stands)).toMatchObject({ blocked: true, reason: 'again', blocked_at: before.blocked_at });
  expect((await blocklist.unblock([stands])).status).toBe(200);
  const asJob = await blocklist.block([stands], { headers: { prefer: 'respond-async' } });
  await endOf(acceptedJob(asJob));
  expect(await blocklist.user(stands)).toMatchObject({ blocked: true, source: 'job' });
});
