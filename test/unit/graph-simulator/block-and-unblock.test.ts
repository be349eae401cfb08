import { describe, expect, test } from 'vitest';
import { block, call, digits, list, NUMBER, OTHER_NUMBER, pageOf, phones, start, unblock } from './harness.ts';

const [ANNA = '', BEN = '', CARA = ''] = phones(3);
const BSUID = 'US.13491208655302741918';
const PARENT = 'US.ENT.11815799212886844830';

describe('answers when all users succeed', () => {
  test('POST blocks and answers 200 with added_users', async () => {
    const simulator = await start();
    const reply = await block(simulator, [ANNA, BEN]);
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [
          { input: ANNA, wa_id: digits(ANNA) },
          { input: BEN, wa_id: digits(BEN) },
        ],
      },
    });
    expect(simulator.control.number(NUMBER).users).toEqual([digits(ANNA), digits(BEN)]);
  });

  test('DELETE with a JSON body unblocks and answers with removed_users', async () => {
    const simulator = await start({ blocked: { [NUMBER]: [ANNA, BEN] } });
    const reply = await unblock(simulator, [ANNA]);
    expect(reply.json).toEqual({
      messaging_product: 'whatsapp',
      block_users: { removed_users: [{ input: ANNA, wa_id: digits(ANNA) }] },
    });
    expect(simulator.control.number(NUMBER).users).toEqual([digits(BEN)]);
  });

  test('the list belongs to the phone number id', async () => {
    const simulator = await start();
    await block(simulator, [ANNA]);
    await block(simulator, [BEN], { number: OTHER_NUMBER });
    expect(pageOf(await list(simulator)).users).toEqual([digits(ANNA)]);
    expect(pageOf(await list(simulator, '', { number: OTHER_NUMBER })).users).toEqual([digits(BEN)]);
  });

  test.each(['/v25.0', '/v26.0', '/api/v25.0', ''])('the route takes the prefix "%s"', async (prefix) => {
    const simulator = await start();
    expect((await block(simulator, [ANNA], { prefix })).status).toBe(200);
  });

  test('input echoes exactly what was sent', async () => {
    const simulator = await start();
    const sent = ['+1 (650) 555-1234', '1-650-555-1235', '16505551236'];
    expect((await block(simulator, sent)).json).toMatchObject({
      block_users: {
        added_users: [
          { input: '+1 (650) 555-1234', wa_id: '16505551234' },
          { input: '1-650-555-1235', wa_id: '16505551235' },
          { input: '16505551236', wa_id: '16505551236' },
        ],
      },
    });
  });

  test('wa_id may differ from the number sent, and the list holds the wa_id', async () => {
    const simulator = await start({ waIds: { '+5511987654321': '551187654321' } });
    expect((await block(simulator, ['+5511987654321'])).json).toMatchObject({
      block_users: { added_users: [{ input: '+5511987654321', wa_id: '551187654321' }] },
    });
    expect(pageOf(await list(simulator)).users).toEqual(['551187654321']);
    await unblock(simulator, ['+5511987654321']);
    expect(pageOf(await list(simulator)).users).toEqual([]);
  });

  test('a BSUID is answered with user_id and without wa_id, and so is a parent id', async () => {
    const simulator = await start();
    const reply = await block(simulator, [{ user_id: BSUID }, { user_id: PARENT }]);
    expect(reply.json).toMatchObject({
      block_users: {
        added_users: [
          { input: BSUID, user_id: BSUID },
          { input: PARENT, user_id: PARENT },
        ],
      },
    });
    expect(reply.text).not.toContain('wa_id');
    expect(pageOf(await list(simulator)).data).toEqual([
      { messaging_product: 'whatsapp', user_id: BSUID },
      { messaging_product: 'whatsapp', user_id: PARENT },
    ]);
  });

  test('if an entry has both, user wins', async () => {
    const simulator = await start();
    const reply = await block(simulator, [{ user: ANNA, user_id: BSUID }]);
    expect(reply.json).toMatchObject({ block_users: { added_users: [{ input: ANNA, wa_id: digits(ANNA) }] } });
    expect(simulator.control.number(NUMBER).users).toEqual([digits(ANNA)]);
  });
});

describe('answers when users fail', () => {
  const mixed = { invalidNumbers: [BEN] };
  const failedBen = {
    input: BEN,
    errors: [{ message: 'Re-engagement required', code: 131047, error_data: { details: expect.any(String) } }],
  };

  test('some: 400 with both lists and the top-level error 139100', async () => {
    const simulator = await start(mixed);
    const reply = await block(simulator, [ANNA, BEN]);
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({
      messaging_product: 'whatsapp',
      block_users: { added_users: [{ input: ANNA, wa_id: digits(ANNA) }], failed_users: [failedBen] },
      error: {
        message: '(#139100) Failed to block/unblock users',
        type: 'OAuthException',
        code: 139100,
        error_data: { details: expect.any(String) },
        fbtrace_id: expect.stringMatching(/^A.{22}$/),
      },
    });
    expect(simulator.control.number(NUMBER).users).toEqual([digits(ANNA)]);
  });

  test('all: 400 with 139100 and no added_users', async () => {
    const reply = await block(await start(mixed), [BEN]);
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ block_users: { failed_users: [failedBen] }, error: { code: 139100 } });
    expect(reply.text).not.toContain('added_users');
  });

  test('option partialFailureStatus: 200 with the same body', async () => {
    const reply = await block(await start({ ...mixed, partialFailureStatus: 200 }), [ANNA, BEN]);
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ block_users: { failed_users: [failedBen] }, error: { code: 139100 } });
  });

  test('option partialFailureError: the top-level error may be missing', async () => {
    const reply = await block(await start({ ...mixed, partialFailureError: false }), [ANNA, BEN]);
    expect(reply.json).toMatchObject({ block_users: { failed_users: [failedBen] } });
    expect(reply.json).not.toHaveProperty('error');
  });

  test('option emptyArrays: empty results may be there', async () => {
    const simulator = await start({ ...mixed, emptyArrays: 'present' });
    expect((await block(simulator, [ANNA])).json).toMatchObject({ block_users: { failed_users: [] } });
    expect((await block(simulator, [BEN])).json).toMatchObject({ block_users: { added_users: [] } });
  });

  test('wa_id is missing for a number that is not on WhatsApp, and present for other failures', async () => {
    const simulator = await start({ ...mixed, businessAccounts: [CARA] });
    expect((await block(simulator, [BEN, CARA])).json).toMatchObject({
      block_users: { failed_users: [failedBen, { input: CARA, wa_id: digits(CARA) }] },
    });
  });

  test('a BSUID that fails has user_id', async () => {
    const simulator = await start({ businessAccounts: [BSUID] });
    expect((await block(simulator, [{ user_id: BSUID }])).json).toMatchObject({
      block_users: { failed_users: [{ input: BSUID, user_id: BSUID }] },
    });
  });
});

describe('users that an answer omits', () => {
  test('are changed, but missing from the answer', async () => {
    const simulator = await start({ forgotten: [BEN] });
    const reply = await block(simulator, [ANNA, BEN]);
    expect(reply.json).toMatchObject({ block_users: { added_users: [{ input: ANNA }] } });
    expect(reply.text).not.toContain(digits(BEN));
    expect(simulator.control.number(NUMBER).users).toEqual([digits(ANNA), digits(BEN)]);
  });

  test('option forgottenAreApplied: or not applied', async () => {
    const simulator = await start({ forgotten: [BEN], forgottenAreApplied: false });
    expect((await block(simulator, [ANNA, BEN])).text).not.toContain(digits(BEN));
    expect(simulator.control.number(NUMBER).users).toEqual([digits(ANNA)]);
  });
});

describe('requests that are refused as a whole', () => {
  const entries = [{ user: ANNA }];
  test.each([
    ['messaging_product is missing', { block_users: entries }, /^\(#100\) .*messaging_product/],
    ['messaging_product is wrong', { messaging_product: 'sms', block_users: entries }, /^\(#100\) .*messaging_product/],
    ['block_users is missing', { messaging_product: 'whatsapp' }, /^\(#100\) .*block_users/],
    ['block_users is no array', { messaging_product: 'whatsapp', block_users: 'x' }, /^\(#100\) .*block_users/],
    ['block_users is empty', { messaging_product: 'whatsapp', block_users: [] }, /^\(#100\) .*block_users/],
    ['an entry names nobody', { messaging_product: 'whatsapp', block_users: [{}] }, /^\(#100\) .*block_users\[0\]/],
    ['an entry is a number', { messaging_product: 'whatsapp', block_users: [5] }, /^\(#100\) .*block_users\[0\]/],
  ])('100 if %s', async (_, body, message) => {
    const simulator = await start();
    const reply = await call(simulator, 'POST', { body: JSON.stringify(body) });
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ error: { code: 100, message: expect.stringMatching(message) } });
    expect(reply.json).not.toHaveProperty('block_users');
    expect(simulator.control.number(NUMBER).size).toBe(0);
  });

  test.each(['{"messaging_product":', '', '[]', 'null'])('100 for the body %j', async (body) => {
    const reply = await call(await start(), 'POST', { body, headers: { 'content-type': 'application/json' } });
    expect(reply.json).toMatchObject({ error: { code: 100 } });
  });

  test('a body that is not declared as JSON has no parameters', async () => {
    const reply = await block(await start(), [ANNA], { headers: { 'content-type': 'text/plain' } });
    expect(reply.json).toMatchObject({ error: { code: 100, message: expect.stringContaining('messaging_product') } });
  });

  test('130429 for more than 1,000 users, and nothing is applied', async () => {
    const simulator = await start();
    const reply = await block(simulator, phones(1_001));
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ error: { code: 130429, error_data: { details: expect.any(String) } } });
    expect(simulator.control.number(NUMBER).size).toBe(0);
    expect((await block(simulator, phones(1_000))).status).toBe(200);
    expect((await unblock(simulator, phones(1_001))).json).toMatchObject({ error: { code: 130429 } });
  });

  test('option usersPerRequest: another batch size', async () => {
    const simulator = await start({ usersPerRequest: 2 });
    expect((await block(simulator, phones(3))).json).toMatchObject({ error: { code: 130429 } });
    expect((await block(simulator, phones(2))).status).toBe(200);
  });

  test('an unknown path and an unsupported method are Graph errors too', async () => {
    const simulator = await start();
    const reply = await fetch(`${simulator.url}/v25.0/${NUMBER}/messages`, { method: 'POST', body: '{}' });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { code: 2500 } });
    expect((await call(simulator, 'PUT', { users: [ANNA] })).json).toMatchObject({
      error: { code: 100, error_subcode: 33 },
    });
  });
});

describe('the spelling of errors', () => {
  test('option codeAsString: every code is a numeric string', async () => {
    const simulator = await start({ codeAsString: true, invalidNumbers: [ANNA] });
    expect((await block(simulator, [ANNA])).json).toMatchObject({
      block_users: { failed_users: [{ errors: [{ code: '131047' }] }] },
      error: { code: '139100' },
    });
    expect((await block(simulator, [ANNA], { token: null })).json).toMatchObject({ error: { code: '104' } });
  });

  test('option codeAsString holds for Splashify too', async () => {
    const simulator = await start({ codeAsString: true, invalidNumbers: [ANNA], dialect: 'splashify' });
    expect((await block(simulator, [ANNA])).json).toMatchObject({ block_users: { errors: [{ code: '131047' }] } });
  });

  test('option errorDataAsString: every error_data is a bare string', async () => {
    const simulator = await start({ errorDataAsString: true, invalidNumbers: [ANNA] });
    expect((await block(simulator, [ANNA])).json).toMatchObject({
      block_users: { failed_users: [{ errors: [{ error_data: expect.any(String) }] }] },
      error: { error_data: expect.any(String) },
    });
    expect((await block(simulator, phones(1_001))).json).toMatchObject({ error: { error_data: expect.any(String) } });
  });
});
