import { describe, expect, test } from 'vitest';
import type { StartOptionsInput } from '../../../local/graph-simulator/options.ts';
import { block, digits, list, NUMBER, OTHER_NUMBER, pageOf, phones, start, unblock } from './harness.ts';

const [ANNA = '', BEN = '', CARA = ''] = phones(3);
const KEY = { token: 'pk_live_local-simulator-token', prefix: '/api/v25.0' };
const splashify: StartOptionsInput = { dialect: 'splashify' };

describe('the Splashify dialect', () => {
  test('errors is present and empty when nobody failed, for block and unblock', async () => {
    const simulator = await start(splashify);
    const blocked = await block(simulator, [ANNA, BEN], KEY);
    expect(blocked.status).toBe(200);
    expect(blocked.json).toEqual({
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [
          { input: ANNA, wa_id: digits(ANNA) },
          { input: BEN, wa_id: digits(BEN) },
        ],
        errors: [],
      },
    });
    expect((await unblock(simulator, [ANNA], KEY)).json).toEqual({
      messaging_product: 'whatsapp',
      block_users: { removed_users: [{ input: ANNA, wa_id: digits(ANNA) }], errors: [] },
    });
  });

  test('500 users a request: 100 for more, in its words', async () => {
    const simulator = await start(splashify);
    const reply = await block(simulator, phones(501), KEY);
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({
      error: { code: 100, message: '(#100) Cannot block more than 500 users in one request' },
    });
    expect(simulator.control.number(NUMBER).size).toBe(0);
    expect((await block(simulator, phones(500), KEY)).status).toBe(200);
  });

  test('per-user failures are code and message in errors, with 200 and no top-level error', async () => {
    const simulator = await start({ ...splashify, invalidNumbers: [BEN] });
    const reply = await block(simulator, [ANNA, BEN], KEY);
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [{ input: ANNA, wa_id: digits(ANNA) }],
        errors: [{ input: BEN, code: 131047, message: 'Re-engagement required' }],
      },
    });
  });

  test('a user who is blocked (or not) already is a failure', async () => {
    const simulator = await start({ ...splashify, blocked: { [NUMBER]: [ANNA] } });
    expect((await block(simulator, [ANNA], KEY)).json).toMatchObject({
      block_users: {
        added_users: [],
        errors: [{ input: ANNA, wa_id: digits(ANNA), code: 100, message: 'User is already blocked' }],
      },
    });
    expect((await unblock(simulator, [CARA], KEY)).json).toMatchObject({
      block_users: { removed_users: [], errors: [{ input: CARA, message: 'User is not blocked' }] },
    });
  });

  test.each(['nobody', '+1 650 555 1234', '0650'])('"%s" is refused with the whole request', async (number) => {
    const simulator = await start(splashify);
    const reply = await block(simulator, [ANNA, number], KEY);
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ error: { code: 100, message: '(#100) Invalid phone number' } });
    expect(simulator.control.number(NUMBER).size).toBe(0);
  });

  test('so is a number that looks like one and is none', async () => {
    const simulator = await start({ ...splashify, malformedNumbers: [BEN] });
    expect((await block(simulator, [ANNA, BEN], KEY)).json).toMatchObject({
      error: { code: 100, message: '(#100) Invalid phone number' },
    });
    expect(simulator.control.number(NUMBER).size).toBe(0);
    simulator.control.changeUsers({ malformedNumbers: { remove: [BEN] } });
    expect((await block(simulator, [ANNA, BEN], KEY)).status).toBe(200);
  });

  test('BSUIDs are not known', async () => {
    const reply = await block(await start(splashify), [{ user_id: 'US.13491208655302741918' }], KEY);
    expect(reply.json).toMatchObject({ error: { code: 100 } });
  });

  test('list items are user and block_reason', async () => {
    const simulator = await start({ ...splashify, blocked: { [NUMBER]: [ANNA] } });
    const page = pageOf(await list(simulator, '?limit=100', KEY));
    expect(page.data).toEqual([{ user: digits(ANNA), block_reason: 'manual' }]);
    expect(page.paging?.cursors).toEqual({ before: expect.any(String), after: expect.any(String) });
  });

  test('one simulator serves both dialects', async () => {
    const simulator = await start({ numbers: { [OTHER_NUMBER]: { dialect: 'splashify' } } });
    expect((await block(simulator, [ANNA])).text).not.toContain('"errors"');
    expect((await block(simulator, [ANNA], { ...KEY, number: OTHER_NUMBER })).text).toContain('"errors":[]');
  });

  test('a rule of one number comes before the rule of the simulator, and that before the dialect', async () => {
    const simulator = await start({
      dialect: 'splashify',
      usersPerRequest: 3,
      numbers: { [OTHER_NUMBER]: { usersPerRequest: 2, emptyArrays: 'absent' } },
    });
    expect((await block(simulator, phones(4), KEY)).text).toContain('more than 3 users');
    expect((await block(simulator, phones(3), { ...KEY, number: OTHER_NUMBER })).text).toContain('more than 2 users');
    expect((await block(simulator, [ANNA], { ...KEY, number: OTHER_NUMBER })).text).not.toContain('errors');
  });
});
