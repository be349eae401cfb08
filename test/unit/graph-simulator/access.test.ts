import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { block, call, HOUR, list, NOW, NUMBER, OTHER_NUMBER, phones, start, TOKEN } from './harness.ts';

const users = phones(1);

describe('tokens', () => {
  test.each(['POST', 'DELETE', 'GET'])('104 for a %s without a token', async (method) => {
    const reply = await call(await start(), method, { token: null, ...(method === 'GET' ? {} : { users }) });
    expect(reply.status).toBe(401);
    expect(reply.json).toMatchObject({ error: { code: 104, type: 'OAuthException' } });
  });

  test('104 for another scheme', async () => {
    const reply = await block(await start(), users, { token: null, headers: { authorization: `Basic ${TOKEN}` } });
    expect(reply.json).toMatchObject({ error: { code: 104 } });
  });

  test.each(['POST', 'DELETE', 'GET'])('190 for a %s with a wrong token, and nothing is done', async (method) => {
    const simulator = await start();
    const reply = await call(simulator, method, { token: 'EAA-wrong', ...(method === 'GET' ? {} : { users }) });
    expect(reply.status).toBe(401);
    expect(reply.json).toMatchObject({ error: { code: 190 } });
    expect(reply.text).not.toContain('error_subcode');
    expect(simulator.control.number(NUMBER).size).toBe(0);
  });

  test.each([460, 463, 467] as const)('option invalidTokenSubcode %i', async (subcode) => {
    const reply = await block(await start({ invalidTokenSubcode: subcode }), users, { token: 'EAA-wrong' });
    expect(reply.json).toMatchObject({ error: { code: 190, error_subcode: subcode } });
  });

  test('both default tokens work, and option tokens replaces them', async () => {
    const simulator = await start();
    expect((await block(simulator, users)).status).toBe(200);
    expect((await block(simulator, users, { token: 'pk_live_local-simulator-token' })).status).toBe(200);
    simulator.control.patchOptions({ tokens: ['EAA-rotated'] });
    expect((await block(simulator, users)).json).toMatchObject({ error: { code: 190 } });
    expect((await block(simulator, users, { token: 'EAA-rotated' })).status).toBe(200);
  });

  test('a token expires at its moment with subcode 463, another one goes on', async () => {
    const simulator = await start({ tokens: [{ token: TOKEN, expiresAt: NOW + HOUR }, 'EAA-next'] });
    expect((await block(simulator, users)).status).toBe(200);
    simulator.control.advanceTime(HOUR);
    expect((await block(simulator, users)).json).toMatchObject({ error: { code: 190, error_subcode: 463 } });
    expect((await block(simulator, users, { token: 'EAA-next' })).status).toBe(200);
  });

  test('a number may have its own tokens', async () => {
    const simulator = await start({ numbers: { [OTHER_NUMBER]: { tokens: ['EAA-other'] } } });
    expect((await block(simulator, users, { number: OTHER_NUMBER })).json).toMatchObject({ error: { code: 190 } });
    expect((await block(simulator, users, { number: OTHER_NUMBER, token: 'EAA-other' })).status).toBe(200);
    expect((await block(simulator, users, { token: 'EAA-other' })).json).toMatchObject({ error: { code: 190 } });
  });
});

describe('appsecret_proof', () => {
  const proof = createHmac('sha256', 'secret').update(TOKEN).digest('hex');

  test('is not asked for by default', async () => {
    expect((await list(await start())).status).toBe(200);
  });

  test.each([
    ['is right', `?appsecret_proof=${proof}`, 200],
    ['is missing', '', 400],
    ['is wrong', `?appsecret_proof=${proof.replace(/^./, 'x')}`, 400],
  ])('with option appSecret, if it %s', async (_, query, status) => {
    const simulator = await start({ appSecret: 'secret' });
    for (const reply of [await list(simulator, query), await block(simulator, users, { query })]) {
      expect(reply.status).toBe(status);
      if (status === 400) {
        expect(reply.json).toMatchObject({ error: { code: 100, message: expect.stringContaining('appsecret_proof') } });
      }
    }
  });
});

describe('phone number ids', () => {
  test('100 with subcode 33 for one that option phoneNumberIds does not name', async () => {
    const simulator = await start({ phoneNumberIds: [NUMBER] });
    const reply = await block(simulator, users, { number: OTHER_NUMBER });
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ error: { code: 100, error_subcode: 33, type: 'GraphMethodException' } });
    expect((await block(simulator, users)).status).toBe(200);
  });

  test('every id of digits exists by default, and no other', async () => {
    const simulator = await start();
    expect((await list(simulator, '', { number: '42' })).status).toBe(200);
    expect((await list(simulator, '', { number: 'me' })).json).toMatchObject({
      error: { code: 100, error_subcode: 33 },
    });
  });

  test('a wrong token hides whether an id exists', async () => {
    const reply = await list(await start({ phoneNumberIds: [NUMBER] }), '', {
      number: OTHER_NUMBER,
      token: 'EAA-wrong',
    });
    expect(reply.json).toMatchObject({ error: { code: 190 } });
  });
});
