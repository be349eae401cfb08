import { describe, expect, test } from 'vitest';
import {
  block,
  call,
  control,
  digits,
  HOUR,
  list,
  NOW,
  NUMBER,
  OTHER_NUMBER,
  pageOf,
  phones,
  start,
  TOKEN,
  unblock,
  until,
} from './harness.ts';

const [ANNA = '', BEN = ''] = phones(2);

describe('options', () => {
  test('GET gives all of them', async () => {
    const simulator = await start({ listLimit: 5 });
    const reply = await control(simulator, 'GET /options');
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual(simulator.control.options());
    expect(reply.json).toMatchObject({ listLimit: 5, dialect: 'meta', pageSizeCap: 1_000 });
  });

  test('PATCH changes those named, PUT gives the others their defaults', async () => {
    const simulator = await start({ listLimit: 5 });
    await control(simulator, 'PATCH /options', { dialect: 'splashify', latency: { perUserMs: 0 } });
    expect(simulator.control.options()).toMatchObject({ dialect: 'splashify', listLimit: 5, latency: { fixedMs: 0 } });
    expect((await block(simulator, [ANNA])).text).toContain('"errors":[]');
    await control(simulator, 'PUT /options', { pageSizeCap: 3 });
    expect(simulator.control.options()).toMatchObject({ dialect: 'meta', listLimit: 64_000, pageSizeCap: 3 });
  });

  test('what GET gives can be PUT', async () => {
    const simulator = await start({ lastInboundAt: { [ANNA]: NOW }, numbers: { [NUMBER]: { ownNumber: BEN } } });
    const { json } = await control(simulator, 'GET /options');
    expect((await control(simulator, 'PUT /options', json)).json).toEqual(json);
  });

  test('a new seed starts the random streams again', async () => {
    const simulator = await start({ faults: [{ probability: 0.5, fault: { kind: 'error', code: 2 } }] });
    const draw = async () => {
      let result = '';
      for (let times = 0; times < 20; times++) result += (await list(simulator)).status === 200 ? '0' : '1';
      return result;
    };
    const first = await draw();
    simulator.control.patchOptions({ seed: 2 });
    const second = await draw();
    simulator.control.patchOptions({ seed: 1 });
    expect(await draw()).toBe(first);
    expect(second).not.toBe(first);
  });

  test.each<[string, unknown, string]>([
    ['/options', { listLimit: -1 }, 'listLimit'],
    ['/options', { dialect: 'other' }, 'dialect'],
    ['/options', { latency: { fixedMs: 'slow' } }, 'latency.fixedMs'],
    ['/options', { latency: { speed: 1 } }, 'latency.speed'],
    ['/options', { listLimits: 1 }, 'listLimits'],
    ['/options', { invalidNumbers: [ANNA, 'nobody'] }, 'invalidNumbers.1'],
    ['/options', { numbers: { [NUMBER]: { dialect: 'other' } } }, `numbers.${NUMBER}.dialect`],
    ['/options', { lastInboundAt: { [digits(ANNA)]: 'yesterday' } }, 'lastInboundAt.…00'],
    ['/options', [], 'body'],
    [`/numbers/${NUMBER}`, { add: ['nobody'] }, 'add.0'],
    ['/numbers/me', { add: [ANNA] }, 'body'],
    ['/users', { forgotten: { add: ANNA } }, 'forgotten.add'],
    ['/users', { lastInboundAt: { users: [ANNA] } }, 'lastInboundAt.at'],
  ])('PATCH %s with %j: 400 that names %s, and nothing changes', async (path, body, field) => {
    const simulator = await start();
    const before = simulator.control.options();
    const reply = await control(simulator, `PATCH ${path}`, body);
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ error: { issues: [{ field }], message: expect.stringContaining(field) } });
    expect(reply.text).not.toContain(digits(ANNA));
    expect(simulator.control.options()).toEqual(before);
    expect(simulator.control.number(NUMBER).size).toBe(0);
  });

  test('the methods refuse the same input in the same words', async () => {
    const simulator = await start();
    expect(() => simulator.control.patchOptions({ listLimit: -1 })).toThrow(/^listLimit: /);
    await expect(start({ listLimit: -1 })).rejects.toThrow(/^listLimit: /);
  });

  test('400 for a body that is no JSON, 404 and 405 for other routes', async () => {
    const simulator = await start();
    expect((await control(simulator, 'PATCH /options', '{')).status).toBe(400);
    expect((await control(simulator, 'GET /nothing')).status).toBe(404);
    expect((await control(simulator, 'DELETE /options')).status).toBe(405);
    expect((await control(simulator, 'GET /health')).json).toEqual({ status: 'ok' });
  });
});

test('a body that is too large is refused, here and by Graph', async () => {
  const simulator = await start();
  const body = 'x'.repeat(16 * 1024 * 1024 + 1);
  expect((await control(simulator, 'PUT /options', body)).status).toBe(413);
  const reply = await call(simulator, 'POST', { body });
  expect(reply.status).toBe(413);
  expect(reply.json).toMatchObject({ error: { code: 100 } });
});

describe('lists', () => {
  test('GET gives a whole list without pages', async () => {
    const users = phones(3_000).map(digits);
    const simulator = await start({ blocked: { [NUMBER]: users, [OTHER_NUMBER]: [] } });
    const { version } = simulator.control.number(NUMBER);
    const reply = await control(simulator, `GET /numbers/${NUMBER}`);
    expect(reply.json).toEqual({ phoneNumberId: NUMBER, version, size: 3_000, users });
    expect((await control(simulator, 'GET /numbers')).json).toMatchObject([
      { phoneNumberId: NUMBER, size: 3_000 },
      { phoneNumberId: OTHER_NUMBER, size: 0 },
    ]);
  });

  test('PATCH adds and removes as another application would: no rule is asked, the version moves', async () => {
    const simulator = await start({ defaultLastInboundAt: 'never', blocked: { [NUMBER]: [ANNA] } });
    const { version } = simulator.control.number(NUMBER);
    await control(simulator, `PATCH /numbers/${NUMBER}`, { add: [BEN, 'US.1349'], remove: [ANNA] });
    const after = simulator.control.number(NUMBER);
    expect(after.users).toEqual([digits(BEN), 'US.1349']);
    expect(after.version).toBeGreaterThan(version);
    expect(simulator.control.counters()).toMatchObject({ requests: 0, usersAdded: 0 });
  });

  test('PUT makes the list', async () => {
    const simulator = await start({ blocked: { [NUMBER]: [ANNA] } });
    const reply = await control(simulator, `PUT /numbers/${NUMBER}`, { users: [BEN] });
    expect(reply.json).toMatchObject({ size: 1 });
    expect(pageOf(await list(simulator)).users).toEqual([digits(BEN)]);
  });
});

describe('users', () => {
  test('PATCH sets when many users last wrote, to one number or to all', async () => {
    const users = phones(64_000);
    const simulator = await start({ defaultLastInboundAt: 'never' });
    await control(simulator, 'PATCH /users', { lastInboundAt: { users, at: NOW, phoneNumberId: NUMBER } });
    expect((await block(simulator, [users.at(-1)])).status).toBe(200);
    expect((await block(simulator, [ANNA], { number: OTHER_NUMBER })).status).toBe(400);
    await control(simulator, 'PATCH /users', { lastInboundAt: { users: [ANNA], at: NOW } });
    expect((await block(simulator, [ANNA], { number: OTHER_NUMBER })).status).toBe(200);
  });

  test.each(['invalidNumbers', 'businessAccounts', 'forgotten'] as const)('PATCH changes %s', async (name) => {
    const simulator = await start({ [name]: [ANNA] });
    await control(simulator, 'PATCH /users', { [name]: { add: [BEN], remove: [ANNA] } });
    expect(simulator.control.options()[name]).toEqual([digits(BEN)]);
    const added = { block_users: { added_users: [{ input: ANNA }] } };
    expect((await block(simulator, [ANNA])).json).toMatchObject(added);
    expect((await block(simulator, [BEN])).json).not.toMatchObject({ block_users: { added_users: [{ input: BEN }] } });
  });

  test('PATCH adds to waIds', async () => {
    const simulator = await start({ waIds: { [BEN]: '16509999999' } });
    await control(simulator, 'PATCH /users', { waIds: { [ANNA]: '16508888888' } });
    await block(simulator, [ANNA, BEN]);
    expect(simulator.control.number(NUMBER).users).toEqual(['16508888888', '16509999999']);
  });
});

describe('faults', () => {
  const rule = { next: 1, fault: { kind: 'error', code: 2 } };

  test('POST adds one rule or several, GET shows them, DELETE drops them', async () => {
    const simulator = await start();
    await control(simulator, 'POST /faults', rule);
    await control(simulator, 'POST /faults', [rule, rule]);
    expect((await list(simulator)).status).toBe(503);
    const { json } = await control(simulator, 'GET /faults');
    expect(json).toEqual(simulator.control.faults());
    expect(json).toMatchObject([
      { rule, seen: 1, fired: 1 },
      { seen: 1, fired: 0 },
      { seen: 1, fired: 0 },
    ]);
    await control(simulator, 'DELETE /faults');
    expect((await list(simulator)).status).toBe(200);
  });

  test.each<[unknown, string]>([
    [{ fault: { kind: 'flood' } }, 'fault.kind'],
    [{ ...rule, probability: 1 }, 'nth'],
    [{ probability: 2, fault: rule.fault }, 'probability'],
    [[rule, { nth: 0, fault: rule.fault }], '1.nth'],
    [{ ...rule, method: 'PUT' }, 'method'],
  ])('POST %j: 400 that names %s', async (body, field) => {
    const simulator = await start();
    const reply = await control(simulator, 'POST /faults', body);
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ error: { issues: [{ field }] } });
    expect(simulator.control.faults()).toEqual([]);
  });
});

describe('counters and log', () => {
  test('count by method, status and code, and the users who were added and removed', async () => {
    const simulator = await start({ invalidNumbers: [BEN] });
    await block(simulator, [ANNA, BEN]);
    await block(simulator, [ANNA]);
    await unblock(simulator, [ANNA]);
    await list(simulator);
    await list(simulator, '', { token: null });
    expect((await control(simulator, 'GET /counters')).json).toEqual({
      requests: 5,
      byMethod: { POST: 2, DELETE: 1, GET: 2 },
      byStatus: { 200: 3, 400: 1, 401: 1 },
      byCode: { 104: 1, 139100: 1 },
      byUserCode: { 131047: 1 },
      byFault: {},
      usersAdded: 1,
      usersRemoved: 1,
      inFlight: 0,
      maxConcurrent: 1,
    });
  });

  test('know the most calls that were in flight at once', async () => {
    const wakes: (() => void)[] = [];
    const sleep = () => new Promise<void>((resolve) => wakes.push(resolve));
    const simulator = await start({ latency: { fixedMs: 1 } }, { sleep });
    const replies = Promise.all([list(simulator), list(simulator), list(simulator)]);
    await until(() => wakes.length === 3);
    for (const wake of wakes) wake();
    await replies;
    simulator.control.patchOptions({ latency: {} });
    await list(simulator);
    expect(simulator.control.counters()).toMatchObject({ inFlight: 0, maxConcurrent: 3 });
  });

  test('the log holds every call, and neither token nor phone number', async () => {
    const simulator = await start();
    await block(simulator, [ANNA, BEN]);
    simulator.control.advanceTime(HOUR);
    await list(simulator, '?limit=1');
    await list(simulator, '', { number: 'me' });
    const { json, text } = await control(simulator, 'GET /calls');
    expect(json).toEqual(simulator.control.calls());
    const call = { phoneNumberId: NUMBER, status: 200, code: null, fault: null, ms: 0 };
    expect(json).toEqual([
      { ...call, method: 'POST', users: 2, start: NOW },
      { ...call, method: 'GET', users: 1, start: NOW + HOUR },
      { ...call, method: 'GET', users: 0, start: NOW + HOUR, phoneNumberId: 'invalid', status: 400, code: 100 },
    ]);
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(digits(ANNA));
  });

  test('option logSize bounds it', async () => {
    const simulator = await start({ logSize: 3 });
    for (let times = 0; times < 30; times++) await list(simulator, `?limit=${times + 1}`);
    await block(simulator, [ANNA]);
    expect(simulator.control.calls()).toHaveLength(3);
    expect(simulator.control.calls().at(-1)).toMatchObject({ method: 'POST' });
  });
});

describe('clock and reset', () => {
  test('the clock can be moved and set', async () => {
    const simulator = await start();
    expect((await control(simulator, 'GET /clock')).json).toEqual({ now: NOW, offsetMs: 0 });
    await control(simulator, 'POST /clock', { advanceMs: 5 });
    await control(simulator, 'POST /clock', { advanceMs: 5 });
    expect(simulator.control.clock()).toEqual({ now: NOW + 10, offsetMs: 10 });
    expect((await control(simulator, 'POST /clock', { offsetMs: -7 })).json).toEqual({ now: NOW - 7, offsetMs: -7 });
    expect((await control(simulator, 'POST /clock', { advanceMs: -1 })).status).toBe(400);
  });

  test('reset: everything as at the start', async () => {
    const simulator = await start({
      listLimit: 10,
      lastInboundAt: { [ANNA]: NOW },
      blocked: { [NUMBER]: [ANNA] },
      faults: [{ nth: 9, fault: { kind: 'empty' } }],
      rateLimit: { requests: 3, windowMs: HOUR },
    });
    const options = simulator.control.options();
    await block(simulator, [BEN]);
    await list(simulator);
    simulator.control.patchOptions({ listLimit: 3 });
    simulator.control.changeUsers({ invalidNumbers: { add: [BEN] }, lastInboundAt: { users: [ANNA], at: null } });
    simulator.control.addFaults({ fault: { kind: 'reset' } });
    simulator.control.advanceTime(1);
    expect((await control(simulator, 'POST /reset')).json).toEqual({ ok: true });
    expect(simulator.control.options()).toEqual(options);
    expect(simulator.control.numbers()).toMatchObject([{ phoneNumberId: NUMBER, size: 1 }]);
    expect(simulator.control.faults()).toMatchObject([{ seen: 0, fired: 0 }]);
    expect(simulator.control.counters()).toMatchObject({ requests: 0, byStatus: {} });
    expect(simulator.control.calls()).toEqual([]);
    expect(simulator.control.clock().offsetMs).toBe(0);
    for (let times = 0; times < 3; times++) expect((await block(simulator, [BEN])).status).toBe(200);
  });
});
