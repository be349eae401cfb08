import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { GraphSimulator } from '../../../local/graph-simulator/server.ts';
import { HOUR, list, NOW, NUMBER, OTHER_NUMBER, start, TOKEN } from './harness.ts';

const ENDING = 'EAA-ending';
const ends = { token: ENDING, expiresAt: NOW + HOUR };

interface Asked {
  /** The bearer; null: none. */
  by?: string | null;
  path?: string;
  method?: string;
  /** More of the query. */
  query?: Record<string, string>;
}

/** Asks about a token; undefined: about none. */
async function inspect(simulator: GraphSimulator, input: string | undefined, asked: Asked = {}) {
  const { by = TOKEN, path = '/v25.0/debug_token', method = 'GET', query = {} } = asked;
  const params = new URLSearchParams({ ...(input === undefined ? {} : { input_token: input }), ...query });
  const headers = by === null ? {} : { authorization: `Bearer ${by}` };
  const response = await fetch(`${simulator.url}${path}?${params}`, { method, headers });
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) };
}

describe('debug_token', () => {
  test.each(['/v25.0/debug_token', '/debug_token', '/v23.0/debug_token/'])('%s describes a token', async (path) => {
    const { status, json } = await inspect(await start(), TOKEN, { path });
    expect(status).toBe(200);
    expect(json).toEqual({
      data: {
        app_id: expect.stringMatching(/^\d+$/),
        type: 'SYSTEM_USER',
        application: expect.any(String),
        data_access_expires_at: 0,
        expires_at: 0,
        is_valid: true,
        scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
      },
    });
  });

  test('gives the expiry of a token in seconds, and calls it expired from then on', async () => {
    const tokens = [TOKEN, { ...ends, dataAccessExpiresAt: NOW + 2 * HOUR }];
    const simulator = await start({ tokens });
    const moments = { expires_at: (NOW + HOUR) / 1_000, data_access_expires_at: (NOW + 2 * HOUR) / 1_000 };
    const before = await inspect(simulator, ENDING);
    expect(before.json).toMatchObject({ data: { ...moments, is_valid: true } });
    expect(before.text).not.toContain('"error"');
    expect((await inspect(simulator, ENDING, { by: ENDING })).json).toEqual(before.json);

    simulator.control.advanceTime(HOUR);
    const after = await inspect(simulator, ENDING);
    expect(after.status).toBe(200);
    expect(after.json).toMatchObject({
      data: {
        ...moments,
        is_valid: false,
        error: { code: 190, subcode: 463, message: 'Error validating access token: the session has expired' },
      },
    });
  });

  test('says of an unknown token only that it is not valid', async () => {
    const { status, json } = await inspect(await start(), 'EAA-unknown');
    expect(status).toBe(200);
    expect(json).toEqual({
      data: { error: { code: 190, message: 'Invalid OAuth access token' }, is_valid: false, scopes: [] },
    });
  });

  test('knows the tokens of single numbers, and they may ask', async () => {
    const simulator = await start({ tokens: [], numbers: { [NUMBER]: { tokens: ['EAA-own'] } } });
    expect((await inspect(simulator, 'EAA-own', { by: 'EAA-own' })).json).toMatchObject({ data: { is_valid: true } });
    expect((await inspect(simulator, 'EAA-own')).json).toMatchObject({ error: { code: 190 } });
  });

  test.each<[string, Asked, number]>([
    ['104 without a bearer', { by: null }, 104],
    ['190 for a bearer that is wrong', { by: 'EAA-wrong' }, 190],
    ['100 for another method', { method: 'POST' }, 100],
  ])('%s', async (_, asked, code) => {
    const { status, json } = await inspect(await start(), TOKEN, asked);
    expect(status).toBe(code === 100 ? 400 : 401);
    expect(json).toMatchObject({ error: { code } });
  });

  test('190 with subcode 463 for a bearer that has ended', async () => {
    const { json } = await inspect(await start({ tokens: [{ ...ends, expiresAt: NOW }] }), ENDING, { by: ENDING });
    expect(json).toMatchObject({ error: { code: 190, error_subcode: 463 } });
  });

  test.each([undefined, ''])('100 without an input_token: %j', async (input) => {
    const { json } = await inspect(await start(), input);
    expect(json).toMatchObject({ error: { code: 100, message: expect.stringContaining('input_token') } });
  });

  test('with option appSecret the proof is one of the bearer', async () => {
    const simulator = await start({ appSecret: 'secret', tokens: [TOKEN, ENDING] });
    const proofOf = (token: string) => createHmac('sha256', 'secret').update(token).digest('hex');
    const asked = async (query: Record<string, string>) => (await inspect(simulator, ENDING, { query })).json;
    expect(await asked({ appsecret_proof: proofOf(TOKEN) })).toMatchObject({ data: { is_valid: true } });
    const refused = { error: { code: 100, message: expect.stringContaining('appsecret_proof') } };
    expect(await asked({ appsecret_proof: proofOf(ENDING) })).toMatchObject(refused);
    expect(await asked({})).toMatchObject(refused);
  });

  test('is an unknown path in the Splashify dialect, and below its /api', async () => {
    const unknown = { error: { code: 2500, message: 'Unknown path components' } };
    const splashify = await start({ dialect: 'splashify' });
    expect((await inspect(splashify, TOKEN)).json).toMatchObject(unknown);
    expect(splashify.control.calls()).toMatchObject([{ phoneNumberId: 'invalid', status: 400, code: 2500 }]);
    expect((await inspect(await start(), TOKEN, { path: '/api/v25.0/debug_token' })).json).toMatchObject(unknown);
  });

  test('is in the log of calls and in the counters, without a token', async () => {
    const simulator = await start(
      { latency: { fixedMs: 7 } },
      { sleep: async (ms) => void simulator.control.advanceTime(ms) },
    );
    await inspect(simulator, 'EAA-unknown');
    await inspect(simulator, TOKEN, { by: 'EAA-wrong' });
    const call = { method: 'GET', phoneNumberId: 'none', users: 0, fault: null, ms: 7 };
    expect(simulator.control.calls()).toEqual([
      { ...call, status: 200, code: null, start: NOW },
      { ...call, status: 401, code: 190, start: NOW + 7 },
    ]);
    expect(simulator.control.counters()).toMatchObject({ requests: 2, byMethod: { GET: 2 }, byCode: { 190: 1 } });
    expect(JSON.stringify(simulator.control.calls())).not.toContain('EAA');
  });
});

describe('faults of debug_token', () => {
  test('are those of every GET', async () => {
    const simulator = await start({
      faults: [
        { method: 'GET', next: 1, fault: { kind: 'error', code: 100, message: 'You must provide an app token' } },
      ],
    });
    const { status, json } = await inspect(simulator, TOKEN);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: { code: 100, message: '(#100) You must provide an app token' } });
    expect(simulator.control.calls()).toMatchObject([{ phoneNumberId: 'none', code: 100, fault: 'error' }]);
    expect((await inspect(simulator, TOKEN)).status).toBe(200);
  });

  test('truncate its answer too', async () => {
    const simulator = await start({ faults: [{ next: 1, fault: { kind: 'truncated' } }] });
    await expect(inspect(simulator, TOKEN)).rejects.toThrow(SyntaxError);
  });

  test('are none that name a number, another method, or single users', async () => {
    const simulator = await start({
      faults: [
        { phoneNumberId: NUMBER, fault: { kind: 'http', status: 500 } },
        { phoneNumberId: OTHER_NUMBER, fault: { kind: 'http', status: 501 } },
        { method: 'POST', fault: { kind: 'http', status: 502 } },
        { fault: { kind: 'user-errors', code: 100 } },
        { fault: { kind: 'forget' } },
      ],
    });
    expect((await inspect(simulator, TOKEN)).status).toBe(200);
    expect(simulator.control.faults().map(({ seen }) => seen)).toEqual([0, 0, 0, 0, 0]);
    expect((await list(simulator)).status).toBe(500);
    expect(simulator.control.faults().map(({ seen }) => seen)).toEqual([1, 0, 0, 1, 1]);
  });
});
