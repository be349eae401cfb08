import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { FaultRuleInput } from '../../local/graph-simulator/fault-schema.ts';
import { createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';

const A = '16505550001';
const B = '16505550002';

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
});
afterAll(() => api.stop());
beforeEach(() => api.simulator.control.reset());

type Fault = FaultRuleInput['fault'];
const always = (fault: Fault) => api.simulator.control.addFaults({ fault });

it('says that the token is missing, and how to set it, until it is put into the secret', async () => {
  for (const answer of [await api.block([A]), await api.unblock([A]), await api.call('listBlockedUsers', api.target)]) {
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({
      error: { code: 190, message: expect.stringContaining('token secret') },
    });
  }
  expect(api.simulator.control.calls()).toEqual([]);
  await api.putToken(TOKEN);
  expect((await api.block([A])).status).toBe(200);
});

/** Each whole-request code of the table in `graph-api.md`, as `api.md` has it arrive at the caller. */
const WHOLE: [name: string, fault: Fault, status: number, code: number][] = [
  ['139101 list full', { kind: 'error', code: 139101 }, 400, 139101],
  ['139103 internal error', { kind: 'error', code: 139103 }, 503, 139103],
  ['130429 rate limit', { kind: 'error', code: 130429 }, 429, 130429],
  ['130429 with a time', { kind: 'error', code: 130429, regainAccessMinutes: 5 }, 429, 130429],
  ['100 invalid parameter', { kind: 'error', code: 100 }, 400, 100],
  ['100 subcode 33', { kind: 'error', code: 100, subcode: 33 }, 400, 100],
  ['190', { kind: 'error', code: 190 }, 502, 190],
  ['190 subcode 460', { kind: 'error', code: 190, subcode: 460 }, 502, 190],
  ['190 subcode 463', { kind: 'error', code: 190, subcode: 463 }, 502, 190],
  ['190 subcode 467', { kind: 'error', code: 190, subcode: 467 }, 502, 190],
  ['104', { kind: 'error', code: 104 }, 502, 104],
  ['3 permission', { kind: 'error', code: 3 }, 502, 3],
  ['10 permission', { kind: 'error', code: 10 }, 502, 10],
  ['200 permission', { kind: 'error', code: 200 }, 502, 200],
  ['299 permission', { kind: 'error', code: 299 }, 502, 299],
  ['1 unknown', { kind: 'error', code: 1 }, 503, 1],
  ['2 service', { kind: 'error', code: 2 }, 503, 2],
  ['is_transient', { kind: 'error', code: 131000, isTransient: true }, 503, 131000],
  ['4 throttled', { kind: 'error', code: 4 }, 429, 4],
  ['17 throttled', { kind: 'error', code: 17 }, 429, 17],
  ['341 throttled', { kind: 'error', code: 341 }, 429, 341],
  ['368 throttled', { kind: 'error', code: 368 }, 429, 368],
  ['80007 throttled', { kind: 'error', code: 80007 }, 429, 80007],
  ['0 authorisation', { kind: 'error', code: 0 }, 502, 0],
  ['131005 access denied', { kind: 'error', code: 131005 }, 502, 131005],
  ['32 throttled', { kind: 'error', code: 32 }, 429, 32],
  ['613 throttled', { kind: 'error', code: 613 }, 429, 613],
  ['80008 throttled', { kind: 'error', code: 80008 }, 429, 80008],
  ['131048', { kind: 'error', code: 131048 }, 400, 131048],
  ['a code of no table', { kind: 'error', code: 4711 }, 400, 4711],
  ['a code in a text', { kind: 'json', status: 400, body: { error: '(#100) Invalid phone number' } }, 400, 100],
  ['a code in a message', { kind: 'json', status: 400, body: { error: { message: '(#613) Slow' } } }, 429, 613],
  ['HTTP 401', { kind: 'http', status: 401 }, 502, 190],
  ['HTTP 401 without a body', { kind: 'empty', status: 401 }, 502, 190],
  ["HTTP 401 with a gateway's JSON", { kind: 'json', status: 401, body: { message: 'Unauthorized' } }, 502, 190],
  ['HTTP 429', { kind: 'http', status: 429 }, 429, 130429],
  ['HTTP 500', { kind: 'http', status: 500 }, 503, 2],
  ['HTTP 502', { kind: 'http', status: 502 }, 503, 2],
  ['HTTP 503', { kind: 'http', status: 503 }, 503, 2],
  ['HTTP 504', { kind: 'http', status: 504 }, 503, 2],
  ['an HTML page', { kind: 'html' }, 503, 2],
  ['an HTML page with 200', { kind: 'html', status: 200 }, 503, 2],
  ['truncated JSON', { kind: 'truncated' }, 503, 2],
  ['an answer that ends early', { kind: 'truncated', declareWhole: true }, 503, 2],
  ['an empty body', { kind: 'empty' }, 503, 2],
  ['a reset', { kind: 'reset' }, 503, 2],
  ['no answer in time', { kind: 'hang' }, 504, 2],
];

describe('Graph’s refusal of a whole request reaches the caller', () => {
  it.for(WHOLE)('%s', async ([_name, fault, status, code]) => {
    always(fault);
    const answer = await api.block([A]);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code, type: expect.any(String), fbtrace_id: expect.any(String) } });
    expect(answer.body).not.toHaveProperty('block_users');
    expect(JSON.stringify(answer)).not.toContain(TOKEN);
    if (status === 429 || status === 503) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.headers['x-request-id']).toBeTruthy();
  });

  it('with the seconds until Graph accepts calls again, if Graph names them', async () => {
    always({ kind: 'error', code: 80007, regainAccessMinutes: 5 });
    expect((await api.block([A])).headers['retry-after']).toBe('300');
  });

  it.each<[string, Fault, string]>([
    ['429 in seconds', { kind: 'http', status: 429, retryAfter: { seconds: 77 } }, '77'],
    ['429 as a date', { kind: 'http', status: 429, retryAfter: { seconds: 77, as: 'date' } }, '77'],
    ['503 in seconds', { kind: 'error', code: 2, retryAfter: { seconds: 77 } }, '77'],
    ['503 as a date, of a proxy', { kind: 'html', status: 503, retryAfter: { seconds: 77, as: 'date' } }, '77'],
    ['both', { kind: 'error', code: 4, regainAccessMinutes: 1, retryAfter: { seconds: 77 } }, '77'],
  ])('with the seconds of Retry-After, and no call before that: %s', async (_name, fault, seconds) => {
    always(fault);
    expect((await api.block([A])).headers['retry-after']).toBe(seconds);
    expect(api.simulator.control.calls()).toHaveLength(1);
  });

  it('with the seconds of a usage header whose other entries are odd', async () => {
    api.simulator.control.patchOptions({ usageEntries: 'odd' });
    always({ kind: 'error', code: 80007, regainAccessMinutes: 5 });
    expect((await api.block([A])).headers['retry-after']).toBe('300');
  });

  it('and a replaced token is in use at once, after any kind of refusal of the old one', async () => {
    const refusals: [Fault, string][] = [
      [{ kind: 'http', status: 401 }, 'EAA-replaced'],
      [{ kind: 'error', code: 0 }, TOKEN],
    ];
    api.simulator.control.patchOptions({ tokens: [TOKEN, 'EAA-replaced'] });
    for (const [fault, token] of refusals) {
      api.simulator.control.addFaults({ next: 1, fault });
      await api.putToken(token);
      expect((await api.block([A])).status).toBe(200);
      api.simulator.control.clearFaults();
    }
  });

  it('without a repeat of a permanent refusal', async () => {
    for (const code of [100, 10, 139101, 190]) {
      api.simulator.control.reset();
      always({ kind: 'error', code });
      await api.block([A]);
      expect(api.simulator.control.calls()).toHaveLength(1);
    }
  });

  it('after repeats of a transient failure, and not at all if a repeat succeeds', async () => {
    api.simulator.control.addFaults({ next: 2, fault: { kind: 'reset', applied: true } });
    expect((await api.block([A])).status).toBe(200);
    expect(api.simulator.control.number(NUMBER).users).toEqual([A]);
  });
});

/** Per-user codes. */
const PER_USER = [131021, 131047, 139101, 139103, 100];

describe('Graph’s refusal of one user is returned with the results of the others', () => {
  it.each(PER_USER)('%i', async (code) => {
    always({ kind: 'user-errors', code, users: 1 });
    const { status, body } = await api.block([A, B]);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [{ input: B, wa_id: B }],
        failed_users: [
          { input: A, errors: [{ code, message: expect.any(String), error_data: { details: expect.any(String) } }] },
        ],
      },
      error: { code: 139100, type: 'OAuthException' },
    });
  });

  it('own number, invalid number and business account by the rules of the list', async () => {
    api.simulator.control.patchOptions({
      numbers: { [NUMBER]: { ownNumber: '16505550100' } },
      invalidNumbers: ['16505550101'],
      businessAccounts: ['16505550102'],
      lastInboundAt: { '16505550103': 0 },
    });
    const { body } = await api.block(['16505550100', '16505550101', '16505550102', '16505550103', A]);
    const failed = body.block_users;
    expect(failed).toMatchObject({
      added_users: [{ input: A }],
      failed_users: [
        { input: '16505550100', errors: [{ code: 131021 }] },
        { input: '16505550101', errors: [{ code: 131047 }] },
        { input: '16505550102', errors: [{ code: 100 }] },
        { input: '16505550103', errors: [{ code: 131047 }] },
      ],
    });
  });

  it('even if Graph omits it: each entry has a result', async () => {
    always({ kind: 'forget', users: 1 });
    const { body } = await api.block([A, B]);
    expect(body).toMatchObject({
      block_users: { added_users: [{ input: B }], failed_users: [{ input: A, errors: [{ code: 139103 }] }] },
    });
  });
});

describe('a provider that takes two users in one request', () => {
  const users = [1, 2, 3, 4, 5].map((last) => `1650555000${last}`);

  it('blocks all of five, each with a result', async () => {
    api.simulator.control.patchOptions({ usersPerRequest: 2 });
    const { status, body } = await api.block(users);
    expect(status).toBe(200);
    expect(body).toMatchObject({ block_users: { added_users: users.map((input) => ({ input, wa_id: input })) } });
    expect(api.simulator.control.number(NUMBER).users).toEqual(users);
  });
});

describe('139102', () => {
  it('reaches a caller who pages through Graph’s own list', async () => {
    await api.block([A, B]);
    const list = (query: Record<string, string>) =>
      api.call('listBlockedUsers', api.target, { query: { source: 'graph', limit: '1', ...query } });
    const first = await list({});
    expect(first.status).toBe(200);
    const next = new URL(String(Object(first.body.paging).next));
    expect(next.origin).toBe('https://api.test');
    api.simulator.control.changeNumber(NUMBER, { add: ['16505550009'] });
    const second = await list({ after: next.searchParams.get('after') ?? '' });
    expect(second.status).toBe(400);
    expect(second.body).toMatchObject({ error: { code: 139102 } });
  });
});

/** What ends a job, or waits in it: every code that a whole request can be refused with. */
describe('Graph’s refusal reaches a job', () => {
  const users = [A, B];

  async function job(): Promise<{ status: unknown; codes: unknown[]; error: unknown }> {
    const accepted = await api.block(users, { headers: { Prefer: 'respond-async' } });
    expect(accepted.status).toBe(202);
    const id = String(Object(accepted.body.job).id);
    await api.runJob(id, 1);
    const { body } = await api.call('getJob', { id });
    const listed = await api.call('listJobUsers', { id });
    const data = listed.body.data;
    const codes = Array.isArray(data) ? data.map(({ outcome, code }) => code ?? outcome) : [];
    expect(body).toMatchObject({ users: { total: 2, remaining: 0 } });
    expect(codes).toHaveLength(2);
    return { status: body.status, codes, error: Object(body.error).code };
  }

  const stops = new Set([139101, 190, 104, 0, 131005, 3, 10, 200, 299]);
  it.for(WHOLE.filter(([name]) => name !== 'no answer in time'))('%s', async ([name, fault, _status, code]) => {
    always(fault);
    const ended = await job();
    expect(ended).toMatchObject({ status: 'failed', codes: [code, code] });
    expect(ended.error).toBe(stops.has(code) || name.includes('33') ? code : undefined);
  });

  it('a temporary failure is repaired in the end', async () => {
    api.simulator.control.addFaults({ next: 3, fault: { kind: 'error', code: 139103 } });
    expect(await job()).toMatchObject({ status: 'succeeded', codes: ['succeeded', 'succeeded'] });
  });

  it.each(PER_USER)('%i of a user', async (code) => {
    always({ kind: 'user-errors', code, users: 1 });
    const ended = await job();
    expect(ended.codes).toContain(code);
  });
});
