/** Reasons and room: an agent blocks with reason codes, and an operator makes room on the list by them. */
import { beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { blocklist } from '../../lambdas/openapi/blocklist.ts';
import type { KeyWithSecret } from '../../lambdas/openapi/key.ts';
import { operations } from '../../lambdas/openapi/operation.ts';
import { list } from '../../lambdas/openapi/user.ts';
import type { ApiCall } from '../../local/api-client.ts';
import { until } from '../../local/until.ts';
import { callWithKey, makeKey } from './support/keys.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { acceptedJob, Blocklist, endOf, entry, idOf, read } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

const ID = phoneNumberId('making room');
const NUMBER = `/v25.0/${ID}`;
const USERS = phoneNumbers(6, 7_000);
const [, , THIRD = '', , , LAST = ''] = USERS;
const SPAMMERS = USERS.slice(0, 3);

type As = Pick<KeyWithSecret, 'key' | 'name'>;
let [reader, agent, operator]: As[] = [];
beforeAll(async () => {
  const key = (scope: string) => makeKey({ name: `making-room-${scope}-${process.pid}`, scopes: [scope] });
  [reader, agent, operator] = [await key('read'), await key('write'), await key('operate')];
});

const as = (caller: As | undefined, request: Omit<ApiCall, 'signed'>) => callWithKey(caller?.key, request);
const get = async <T>(caller: As | undefined, path: string, schema: z.ZodType<T>): Promise<T> =>
  read(await as(caller, { method: 'GET', path: NUMBER + path }), 200, schema);
const change = (method: 'POST' | 'DELETE', users: readonly string[], more: object = {}) => ({
  method,
  path: `${NUMBER}/block_users`,
  body: { messaging_product: 'whatsapp', block_users: users.map(entry), ...more },
});
const blockWith = async (users: readonly string[], more: object) => {
  expect(await as(agent, change('POST', users, more))).toMatchObject({ status: 200 });
};
/** The ids of all pages of the list, by their links. */
async function listed(caller: As | undefined, query: string): Promise<string[]> {
  const found: string[] = [];
  const { keyApiUrl } = place.stack;
  for (let path: string | undefined = `/block_users?${query}`; path !== undefined; ) {
    const { data, paging }: z.infer<typeof list> = await get(caller, path, list);
    found.push(...data.map(idOf));
    path = paging.next?.slice(`${keyApiUrl}${NUMBER}`.length);
  }
  return found.toSorted();
}

test('a list is filled with reasons, counted, looked through, and cleared by a job', async () => {
  await blockWith(SPAMMERS, { reason_code: 'spam', reason: 'forty messages' });
  await blockWith(USERS.slice(3, 5), { reason_code: 'fraud' });
  await blockWith([LAST], { expires_in: 3_600 });

  // Who only reads blocks nobody, and an agent starts no reconciliation.
  expect(await as(reader, change('POST', [LAST], { reason_code: 'spam' }))).toMatchObject({ status: 403 });
  const reconcile = { method: 'POST', path: `${NUMBER}/blocklist/reconcile` } as const;
  expect(await as(agent, reconcile)).toMatchObject({ status: 403 });
  expect(await as(agent, change('POST', [LAST], { reason_code: 'spammer' }))).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('reason_code: must be one of spam, abuse') } },
  });

  const before = await get(reader, '/blocklist', blocklist);
  expect(before).toMatchObject({ size: 6, expiring: 1, reconciled_at: null });
  expect(before.blocks).toBeUndefined();
  expect(await as(operator, reconcile)).toMatchObject({ status: 202 });
  const counted = await until('the end of the reconciliation', async () => {
    const { blocks } = await get(reader, '/blocklist', blocklist);
    return blocks;
  });
  expect(counted).toMatchObject({
    total: 6,
    expiring: 1,
    by_reason_code: { spam: 3, fraud: 2 },
    without_reason_code: 1,
    older_than_days: { 7: 0, 30: 0, 90: 0, 180: 0, 365: 0 },
  });

  const today = new Date().toISOString().slice(0, 10);
  const actor = `api-key/${agent?.name}`;
  for (const [query, users] of [
    ['limit=2&reason_code=spam', SPAMMERS],
    [`blocked_by=${encodeURIComponent(actor)}`, USERS],
    [`blocked_by=${encodeURIComponent(`${actor}x`)}`, []],
    [`blocked_after=${today}&reason_code=fraud&source=api`, USERS.slice(3, 5)],
    [`blocked_before=${today}`, []],
    ['source=external', []],
    [`expires_before=${encodeURIComponent(new Date(Date.now() + 7_200_000).toISOString())}`, [LAST]],
  ] as const) {
    expect(await listed(reader, query), query).toEqual(users.toSorted());
  }
  const { data } = await get(reader, '/block_users?fields=wa_id,reason,reason_code&reason_code=spam', list);
  expect(data).toEqual(expect.arrayContaining([{ wa_id: THIRD, reason: 'forty messages', reason_code: 'spam' }]));

  // What was found is unblocked, as a job.
  const found = await listed(operator, 'reason_code=spam');
  const asked = change('DELETE', found, { reason_code: 'other', reason: 'made room' });
  const job = acceptedJob(await as(operator, { ...asked, headers: { Prefer: 'respond-async' } }));
  expect(job).toMatchObject({ action: 'unblock', reason_code: 'other', reason: 'made room' });
  expect(await endOf(job)).toMatchObject({ status: 'succeeded', reason_code: 'other' });
  expect(await listed(reader, 'reason_code=spam')).toEqual([]);
  expect((await simulator.list(ID)).toSorted()).toEqual(USERS.slice(3).toSorted());
  expect(await get(reader, '/blocklist', blocklist)).toMatchObject({ size: 3, blocks: { total: 6 } });
  const [ended, began] = await new Blocklist(ID).history(THIRD);
  expect(ended).toMatchObject({ action: 'unblock', reason_code: 'other', job_id: job.id, source: 'job' });
  expect(began).toMatchObject({ action: 'block', reason_code: 'spam', reason: 'forty messages', actor });
  const done = await get(reader, '/operations?reason_code=other', operations);
  expect(done.data.map(({ job_id, counts }) => [job_id, counts.succeeded])).toEqual([[job.id, 3]]);
});

test('a running job says how long it still takes, and one that has ended does not', async () => {
  await simulator.setOptions({ latency: { fixedMs: 1_500 } });
  const users = phoneNumbers(8_000, 8_000);
  const job = acceptedJob(await new Blocklist(phoneNumberId('time left')).block(users));
  expect(job.estimated_seconds_left).toBeUndefined();
  const said: number[] = [];
  const ended = await endOf(job, 120_000, ({ status, users: { remaining }, estimated_seconds_left: left }) => {
    if (status !== 'running') return expect(left).toBeUndefined();
    if (left !== undefined && remaining > 0) said.push(left);
  });
  expect(ended).toMatchObject({ status: 'succeeded', users: { succeeded: 8_000 } });
  expect(said.length).toBeGreaterThan(0);
  for (const left of said) expect(left).toBeLessThan(120);
});
