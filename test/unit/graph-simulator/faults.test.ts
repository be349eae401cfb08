import { describe, expect, test } from 'vitest';
import type { FaultRuleInput } from '../../../local/graph-simulator/fault-schema.ts';
import {
  block,
  bodyOf,
  call,
  digits,
  failureOf,
  list,
  NUMBER,
  pageOf,
  phones,
  start,
  TOKEN,
  unblock,
  until,
} from './harness.ts';

type FaultInput = FaultRuleInput['fault'];

const users = phones(3);
const keys = users.map(digits);

async function startWith(...faults: FaultInput[]) {
  return start({ faults: faults.map((fault) => ({ next: 1, fault })) });
}

describe('whole-request errors', () => {
  test.each<[number, number, FaultInput]>([
    [139101, 400, { kind: 'error', code: 139101 }],
    [139102, 400, { kind: 'error', code: 139102 }],
    [139103, 500, { kind: 'error', code: 139103 }],
    [130429, 400, { kind: 'error', code: 130429 }],
    [100, 400, { kind: 'error', code: 100 }],
    [100, 400, { kind: 'error', code: 100, subcode: 33 }],
    [190, 401, { kind: 'error', code: 190, subcode: 460 }],
    [190, 401, { kind: 'error', code: 190, subcode: 463 }],
    [190, 401, { kind: 'error', code: 190, subcode: 467 }],
    [104, 401, { kind: 'error', code: 104 }],
    [3, 500, { kind: 'error', code: 3 }],
    [10, 403, { kind: 'error', code: 10 }],
    [200, 403, { kind: 'error', code: 200 }],
    [299, 403, { kind: 'error', code: 299 }],
    [1, 500, { kind: 'error', code: 1 }],
    [2, 503, { kind: 'error', code: 2 }],
    [4, 400, { kind: 'error', code: 4 }],
    [17, 400, { kind: 'error', code: 17 }],
    [341, 400, { kind: 'error', code: 341 }],
    [368, 403, { kind: 'error', code: 368 }],
    [80007, 400, { kind: 'error', code: 80007 }],
    [4, 429, { kind: 'error', code: 4, status: 429 }],
    [0, 401, { kind: 'error', code: 0 }],
    [32, 400, { kind: 'error', code: 32 }],
    [613, 400, { kind: 'error', code: 613 }],
    [80008, 400, { kind: 'error', code: 80008 }],
    [131005, 403, { kind: 'error', code: 131005 }],
    [131048, 400, { kind: 'error', code: 131048 }],
  ])('%i with status %i from %j, and nothing is applied', async (code, status, fault) => {
    const simulator = await startWith(fault);
    const reply = await block(simulator, users);
    expect(reply.status).toBe(status);
    const subcode = 'subcode' in fault ? { error_subcode: fault.subcode } : {};
    expect(reply.json).toEqual({ error: expect.objectContaining({ code, ...subcode }) });
    expect(simulator.control.number(NUMBER).size).toBe(0);
    expect((await block(simulator, users)).status).toBe(200);
  });

  test.each([true, false])('is_transient: %s with any code', async (isTransient) => {
    const reply = await block(await startWith({ kind: 'error', code: 100, isTransient }), users);
    expect(reply.json).toMatchObject({ error: { code: 100, is_transient: isTransient } });
  });

  test('a message, and minutes until access comes back', async () => {
    const reply = await block(
      await startWith({ kind: 'error', code: 80007, message: 'Too many calls', regainAccessMinutes: 5 }),
      users,
    );
    expect(reply.json).toMatchObject({ error: { message: '(#80007) Too many calls' } });
    expect(reply.headers.get('x-business-use-case-usage')).toContain('"estimated_time_to_regain_access":5');
  });

  test.each([
    [1, 'An unknown error occurred'],
    [190, 'Invalid OAuth access token'],
    [139103, '(#139103) Internal error'],
  ])('%i reads "%s"', async (code, message) => {
    expect((await block(await startWith({ kind: 'error', code }), users)).json).toMatchObject({ error: { message } });
  });

  test('applied: the change is made although the answer is an error', async () => {
    const simulator = await startWith({ kind: 'error', code: 139103, applied: true });
    expect((await block(simulator, users)).json).toMatchObject({ error: { code: 139103 } });
    expect(simulator.control.number(NUMBER).users).toEqual(keys);
  });
});

describe('per-user errors', () => {
  test('for the first n users', async () => {
    const simulator = await startWith({ kind: 'user-errors', code: 139103, users: 2 });
    const reply = await block(simulator, users);
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({
      block_users: {
        added_users: [{ input: users[2] }],
        failed_users: [
          { input: users[0], wa_id: keys[0], errors: [{ code: 139103 }] },
          { input: users[1], errors: [{ code: 139103 }] },
        ],
      },
      error: { code: 139100 },
    });
    expect(simulator.control.number(NUMBER).users).toEqual(keys.slice(2));
  });

  test('for every user, on DELETE too', async () => {
    const simulator = await start({
      blocked: { [NUMBER]: users },
      faults: [{ fault: { kind: 'user-errors', code: 139103 } }],
    });
    await unblock(simulator, users);
    expect(simulator.control.number(NUMBER).size).toBe(3);
  });

  test('applied: the users are on the list although they failed', async () => {
    const simulator = await startWith({ kind: 'user-errors', code: 139103, applied: true });
    expect((await block(simulator, users)).json).toMatchObject({ error: { code: 139100 } });
    expect(simulator.control.number(NUMBER).users).toEqual(keys);
  });

  test('with a probability, the same users for the same seed', async () => {
    const failed: string[] = [];
    for (const seed of [3, 3, 4]) {
      const simulator = await start({
        seed,
        faults: [{ fault: { kind: 'user-errors', code: 100, probability: 0.5 } }],
      });
      await block(simulator, phones(100));
      failed.push(simulator.control.number(NUMBER).users.join());
    }
    expect(failed[0]).toBe(failed[1]);
    expect(failed[0]).not.toBe(failed[2]);
    const count = failed[0]?.split(',').length ?? 0;
    expect(count > 25 && count < 75).toBe(true);
  });

  test('a user who fails anyway keeps their own error', async () => {
    const simulator = await start({
      invalidNumbers: users.slice(0, 1),
      faults: [{ fault: { kind: 'user-errors', code: 139103, users: 1 } }],
    });
    expect((await block(simulator, users)).json).toMatchObject({
      block_users: { failed_users: [{ errors: [{ code: 131047 }] }] },
    });
  });

  test.each([undefined, false])('omitted from the answer, with applied: %s', async (applied) => {
    const fault: FaultInput = { kind: 'forget', users: 1, ...(applied === undefined ? {} : { applied }) };
    const simulator = await startWith(fault);
    const reply = await block(simulator, users);
    expect(reply.status).toBe(200);
    expect(reply.text).not.toContain(keys[0]);
    expect(simulator.control.number(NUMBER).users).toEqual(applied === false ? keys.slice(1) : keys);
  });

  test.each<[FaultInput['kind'], boolean]>([
    ['forget', true],
    ['forget', false],
    ['user-errors', true],
    ['user-errors', false],
  ])('of the nth DELETE only, by %s, with applied: %s', async (kind, applied) => {
    const fault = {
      applied,
      users: 2,
      ...(kind === 'forget' ? { kind } : { kind: 'user-errors' as const, code: 139103 }),
    };
    const simulator = await start({
      blocked: { [NUMBER]: users },
      faults: [{ method: 'DELETE', nth: 2, fault }],
    });
    await unblock(simulator, users.slice(2));
    const { text } = await unblock(simulator, users.slice(0, 2));
    expect(text.includes('139103')).toBe(kind === 'user-errors');
    expect(text).not.toContain('removed_users');
    expect(simulator.control.number(NUMBER).users).toEqual(applied ? [] : keys.slice(0, 2));
    await unblock(simulator, users);
    expect(simulator.control.number(NUMBER).users).toEqual([]);
  });
});

describe('answers that are not from Graph', () => {
  const broken: [string, FaultInput, number, RegExp][] = [
    ['HTTP 500', { kind: 'http', status: 500 }, 500, /^Internal Server Error\n$/],
    ['HTTP 502', { kind: 'http', status: 502 }, 502, /^Bad Gateway\n$/],
    ['HTTP 503', { kind: 'http', status: 503 }, 503, /^Service Unavailable\n$/],
    ['HTTP 504', { kind: 'http', status: 504 }, 504, /^Gateway Timeout\n$/],
    ['HTTP 429', { kind: 'http', status: 429 }, 429, /^Too Many Requests\n$/],
    ['an HTML page with 502', { kind: 'html' }, 502, /^<!DOCTYPE html>/],
    ['an HTML page with 200', { kind: 'html', status: 200 }, 200, /^<!DOCTYPE html>/],
    ['truncated JSON', { kind: 'truncated' }, 200, /^\{"messaging_product"/],
    ['an empty body', { kind: 'empty' }, 200, /^$/],
    ['an empty body with 500', { kind: 'empty', status: 500 }, 500, /^$/],
  ];
  describe.for(broken)('%s', ([_, fault, status, text]) => {
    test.each([false, true])('with applied: %s', async (applied) => {
      const simulator = await startWith({ ...fault, applied });
      const reply = await block(simulator, users);
      expect(reply.status).toBe(status);
      expect(reply.text).toMatch(text);
      expect(reply.json).toBeUndefined();
      expect(simulator.control.number(NUMBER).users).toEqual(applied ? keys : []);
      expect(simulator.control.calls()).toMatchObject([{ status, code: null, fault: fault.kind }]);
    });
  });

  test('the log has no code of an answer that a fault replaced', async () => {
    const simulator = await startWith({ kind: 'html', applied: true });
    await block(simulator, users, { token: 'EAA-wrong' });
    expect(simulator.control.calls()).toMatchObject([{ status: 502, code: null, fault: 'html' }]);
  });

  test('a truncated page holds users', async () => {
    const simulator = await start({ blocked: { [NUMBER]: users }, faults: [{ fault: { kind: 'truncated' } }] });
    const reply = await list(simulator);
    expect(reply.json).toBeUndefined();
    expect(reply.text).toContain(keys[0]);
  });

  test('truncated with declareWhole: the connection ends before the promised length', async () => {
    const simulator = await startWith({ kind: 'truncated', declareWhole: true, applied: true });
    const response = await fetch(`${simulator.url}/v25.0/${NUMBER}/block_users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: bodyOf(users),
    });
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
    expect(await failureOf(response.text())).not.toBe('answered');
    expect(simulator.control.number(NUMBER).users).toEqual(keys);
  });
});

describe('connections', () => {
  test.each([false, true])('a reset, with applied: %s', async (applied) => {
    const simulator = await startWith({ kind: 'reset', applied });
    expect(await failureOf(block(simulator, users))).toBe('ECONNRESET');
    expect(simulator.control.number(NUMBER).users).toEqual(applied ? keys : []);
    await until(() => simulator.control.counters().inFlight === 0);
    expect(simulator.control.calls()).toMatchObject([{ status: null, code: null, fault: 'reset', users: 3 }]);
    expect((await block(simulator, users)).status).toBe(200);
  });

  test.each([false, true])('a hang until the client gives up, with applied: %s', async (applied) => {
    const simulator = await startWith({ kind: 'hang', applied });
    const client = new AbortController();
    const failure = failureOf(block(simulator, users, { signal: client.signal }));
    await until(() => simulator.control.counters().byFault.hang === 1);
    expect(simulator.control.number(NUMBER).users).toEqual(applied ? keys : []);
    expect(simulator.control.counters().inFlight).toBe(1);
    client.abort();
    expect(await failure).not.toBe('answered');
    await until(() => simulator.control.counters().inFlight === 0);
    expect(simulator.control.calls()).toMatchObject([{ status: null, fault: 'hang' }]);
  });

  test('stop ends a call that hangs', async () => {
    const simulator = await startWith({ kind: 'hang' });
    const failure = failureOf(block(simulator, users));
    await until(() => simulator.control.counters().byFault.hang === 1);
    await simulator.stop();
    expect(await failure).not.toBe('answered');
    await simulator.stop();
  });
});

describe('which requests meet a fault', () => {
  const fault: FaultInput = { kind: 'error', code: 2 };

  /** Whether each of the calls met the fault, as 0s and 1s. */
  async function met(rules: FaultRuleInput[], methods: string[], seed = 1): Promise<string> {
    const simulator = await start({ seed, faults: rules });
    let result = '';
    for (const method of methods) {
      const reply = await call(simulator, method, { number: NUMBER, ...(method === 'GET' ? {} : { users }) });
      result += reply.status === 503 ? '1' : '0';
    }
    return result;
  }
  const fiveGets = Array<string>(5).fill('GET');

  test('every one', async () => expect(await met([{ fault }], fiveGets)).toBe('11111'));
  test('the nth', async () => expect(await met([{ nth: 2, fault }], fiveGets)).toBe('01000'));
  test('several nth', async () => expect(await met([{ nth: [1, 4], fault }], fiveGets)).toBe('10010'));
  test('the next n', async () => expect(await met([{ next: 3, fault }], fiveGets)).toBe('11100'));

  test('of a method: others do not count', async () => {
    expect(await met([{ method: 'POST', nth: 2, fault }], ['POST', 'GET', 'DELETE', 'POST', 'POST'])).toBe('00010');
  });

  test('of a phone number id: others do not count', async () => {
    expect(await met([{ phoneNumberId: NUMBER, fault }], fiveGets)).toBe('11111');
    expect(await met([{ phoneNumberId: '42', fault }], fiveGets)).toBe('00000');
  });

  test('each with a probability, the same for the same seed, even with other rules', async () => {
    const many = Array<string>(40).fill('GET');
    const rule = { probability: 0.3, fault };
    const first = await met([rule], many, 5);
    expect(await met([rule], many, 5)).toBe(first);
    expect(await met([rule], many, 6)).not.toBe(first);
    const count = first.replaceAll('0', '').length;
    expect(count > 3 && count < 25).toBe(true);
    expect(await met([rule, { probability: 0.5, fault: { kind: 'error', code: 4 } }], many, 5)).toBe(first);
    const other: FaultRuleInput = { nth: [1, 5, 9, 13], fault: { kind: 'error', code: 4 } };
    const second = await met([other, rule], many, 5);
    // A rule's stream follows from its place, so the same place is what compares.
    const alone = await met([{ nth: 99, fault }, rule], many, 5);
    expect(alone).toContain('1');
    for (const [index, bit] of [...second].entries()) {
      expect(bit).toBe([0, 4, 8, 12].includes(index) ? '0' : alone[index]);
    }
  });

  test('of several rules the first applies, and all count the request', async () => {
    const simulator = await start({
      faults: [
        { nth: 1, fault },
        { nth: [1, 2], fault: { kind: 'error', code: 4 } },
      ],
    });
    expect((await list(simulator)).json).toMatchObject({ error: { code: 2 } });
    expect((await list(simulator)).json).toMatchObject({ error: { code: 4 } });
    expect(simulator.control.faults()).toMatchObject([
      { seen: 2, fired: 1 },
      { seen: 2, fired: 1 },
    ]);
  });

  test('a fault comes before the check of the token', async () => {
    const simulator = await start({ faults: [{ fault }] });
    expect((await list(simulator, '', { token: null })).json).toMatchObject({ error: { code: 2 } });
  });

  test('a rule takes one of nth, next and probability', async () => {
    const simulator = await start();
    expect(() => simulator.control.addFaults({ nth: 1, next: 1, fault })).toThrow('nth');
    expect(pageOf(await list(simulator)).users).toEqual([]);
  });
});
