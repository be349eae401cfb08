import { describe, expect, test } from 'vitest';
import type { StartOptionsInput } from '../../../local/graph-simulator/options.ts';
import { block, digits, HOUR, NOW, NUMBER, OTHER_NUMBER, phones, start, unblock } from './harness.ts';

const [ANNA = '', BEN = '', CARA = ''] = phones(3);
const BSUID = 'US.13491208655302741918';

/** The answer's single failed user has this code. */
function failedWith(code: number, message = expect.any(String)) {
  return { block_users: { failed_users: [{ errors: [{ code, message }] }] }, error: { code: 139100 } };
}

describe('the 24-hour rule', () => {
  test('131047 for a user whose last message is older, success for one just within', async () => {
    const simulator = await start({ lastInboundAt: { [ANNA]: NOW - 24 * HOUR, [BEN]: NOW - 24 * HOUR - 1 } });
    const reply = await block(simulator, [ANNA, BEN]);
    expect(reply.json).toMatchObject({
      block_users: {
        added_users: [{ input: ANNA }],
        failed_users: [{ input: BEN, wa_id: digits(BEN), errors: [{ code: 131047 }] }],
      },
    });
  });

  test('by default everyone has just written, however far the clock moves', async () => {
    const simulator = await start();
    simulator.control.advanceTime(1_000 * HOUR);
    expect((await block(simulator, [ANNA])).status).toBe(200);
  });

  test.each([['never'], [NOW - 25 * HOUR]] as const)('option defaultLastInboundAt %s', async (defaultLastInboundAt) => {
    const simulator = await start({ defaultLastInboundAt, lastInboundAt: { [BEN]: NOW } });
    expect((await block(simulator, [ANNA])).json).toMatchObject(failedWith(131047));
    expect((await block(simulator, [BEN])).status).toBe(200);
  });

  test('null in lastInboundAt is never', async () => {
    const simulator = await start({ lastInboundAt: { [ANNA]: null } });
    expect((await block(simulator, [ANNA])).json).toMatchObject(failedWith(131047));
  });

  test('a user may have written to one number and not to another', async () => {
    const simulator = await start({
      lastInboundAt: { [ANNA]: null, [BEN]: NOW },
      numbers: { [NUMBER]: { lastInboundAt: { [ANNA]: NOW, [BEN]: null } } },
    });
    expect((await block(simulator, [ANNA])).status).toBe(200);
    expect((await block(simulator, [ANNA], { number: OTHER_NUMBER })).json).toMatchObject(failedWith(131047));
    expect((await block(simulator, [BEN])).json).toMatchObject(failedWith(131047));
    expect((await block(simulator, [BEN], { number: OTHER_NUMBER })).status).toBe(200);
  });

  test('applies to a BSUID, and to a number known by its wa_id', async () => {
    const simulator = await start({
      lastInboundAt: { [BSUID]: null, '551187654321': null },
      waIds: { '+5511987654321': '551187654321' },
    });
    expect((await block(simulator, [{ user_id: BSUID }])).json).toMatchObject(failedWith(131047));
    expect((await block(simulator, ['+5511987654321'])).json).toMatchObject(failedWith(131047));
  });

  test('the user can be blocked until the clock has moved on, and again when they write', async () => {
    const simulator = await start({ lastInboundAt: { [ANNA]: NOW } });
    simulator.control.advanceTime(25 * HOUR);
    expect((await block(simulator, [ANNA])).json).toMatchObject(failedWith(131047));
    simulator.control.setLastInboundAt([ANNA], simulator.control.clock().now);
    expect((await block(simulator, [ANNA])).status).toBe(200);
  });

  test('option messageWindowMs', async () => {
    const simulator = await start({ lastInboundAt: { [ANNA]: NOW - 2 * HOUR }, messageWindowMs: HOUR });
    expect((await block(simulator, [ANNA])).json).toMatchObject(failedWith(131047));
  });

  const silent: StartOptionsInput = { lastInboundAt: { [ANNA]: null }, blocked: { [NUMBER]: [ANNA] } };

  test('does not apply to an unblock', async () => {
    expect((await unblock(await start(silent), [ANNA])).status).toBe(200);
  });

  test('option unblockNeedsMessage: applies to an unblock', async () => {
    const reply = await unblock(await start({ ...silent, unblockNeedsMessage: true }), [ANNA]);
    expect(reply.json).toMatchObject(failedWith(131047));
  });

  test('does not apply to a user who is already blocked', async () => {
    expect((await block(await start(silent), [ANNA])).status).toBe(200);
  });

  test('option alreadyBlockedNeedsMessage: applies to a user who is already blocked', async () => {
    const reply = await block(await start({ ...silent, alreadyBlockedNeedsMessage: true }), [ANNA]);
    expect(reply.json).toMatchObject(failedWith(131047));
  });
});

describe('users who can never be blocked', () => {
  test.each(['POST', 'DELETE'])('131047 for a number that is not on WhatsApp (%s)', async (method) => {
    const simulator = await start({ invalidNumbers: [ANNA] });
    const reply = method === 'POST' ? await block(simulator, [ANNA]) : await unblock(simulator, [ANNA]);
    expect(reply.json).toMatchObject(failedWith(131047, 'Re-engagement required'));
  });

  test.each(['not a number', '', '+0123456789', '12345', '+1234567890123456'])('131047 for "%s"', async (user) => {
    const reply = await block(await start(), [ANNA, { user }]);
    expect(reply.json).toMatchObject({
      block_users: { added_users: [{ input: ANNA }], failed_users: [{ input: user }] },
    });
    expect(reply.json).toMatchObject(failedWith(131047));
  });

  test.each(['US.', 'us.123', '13491208655302741918'])('131047 for the user_id "%s"', async (userId) => {
    const reply = await block(await start(), [{ user_id: userId }]);
    expect(reply.json).toMatchObject(failedWith(131047));
    expect(reply.text).not.toContain('"user_id"');
  });

  test('option malformedNumber user-100: 100 for that user', async () => {
    const reply = await block(await start({ malformedNumber: 'user-100' }), ['nobody']);
    expect(reply.json).toMatchObject(failedWith(100));
  });

  test('option malformedNumber request-100: 100 for the request', async () => {
    const simulator = await start({ malformedNumber: 'request-100' });
    expect((await block(simulator, [ANNA, 'nobody'])).json).toMatchObject({ error: { code: 100 } });
    expect(simulator.control.number(NUMBER).size).toBe(0);
  });

  test('131021 for the own number', async () => {
    const simulator = await start({ numbers: { [NUMBER]: { ownNumber: ANNA } } });
    expect((await block(simulator, [ANNA])).json).toMatchObject(failedWith(131021));
    expect((await block(simulator, [ANNA], { number: OTHER_NUMBER })).status).toBe(200);
  });

  test('100 for a business account, unless it is on the list already: then it can be unblocked', async () => {
    const simulator = await start({ businessAccounts: [ANNA], blocked: { [NUMBER]: [ANNA] } });
    expect((await block(simulator, [ANNA])).status).toBe(200);
    expect((await unblock(simulator, [ANNA])).status).toBe(200);
    const reply = await block(simulator, [ANNA]);
    expect(reply.json).toMatchObject(failedWith(100));
    expect(reply.text).toContain('Business account cannot be blocked');
  });

  test('option businessAccountCode', async () => {
    const simulator = await start({ businessAccounts: [ANNA], businessAccountCode: 131_000 });
    expect((await block(simulator, [ANNA])).json).toMatchObject(failedWith(131_000));
  });
});

describe('users who are blocked, or not, already', () => {
  test('both are success with Meta, and change nothing', async () => {
    const simulator = await start({ blocked: { [NUMBER]: [ANNA] } });
    const { version } = simulator.control.number(NUMBER);
    expect((await block(simulator, [ANNA])).json).toMatchObject({ block_users: { added_users: [{ input: ANNA }] } });
    expect((await unblock(simulator, [BEN])).json).toMatchObject({ block_users: { removed_users: [{ input: BEN }] } });
    expect(simulator.control.number(NUMBER)).toMatchObject({ version, size: 1 });
    expect(simulator.control.counters()).toMatchObject({ usersAdded: 0, usersRemoved: 0 });
  });

  test('option alreadyBlocked failure', async () => {
    const simulator = await start({ alreadyBlocked: 'failure', blocked: { [NUMBER]: [ANNA] } });
    expect((await block(simulator, [ANNA])).json).toMatchObject(failedWith(100, 'User is already blocked'));
  });

  test('option notBlocked failure', async () => {
    const simulator = await start({ notBlocked: 'failure' });
    expect((await unblock(simulator, [ANNA])).json).toMatchObject(failedWith(100, 'User is not blocked'));
  });

  test('option alreadyDoneCode', async () => {
    const simulator = await start({ notBlocked: 'failure', alreadyDoneCode: 139_000 });
    expect((await unblock(simulator, [ANNA])).json).toMatchObject(failedWith(139_000));
  });

  test('a user named twice is judged the second time as if the first had been applied', async () => {
    const simulator = await start({ alreadyBlocked: 'failure', notBlocked: 'failure' });
    expect((await block(simulator, [ANNA, digits(ANNA)])).json).toMatchObject({
      block_users: { added_users: [{ input: ANNA }], failed_users: [{ input: digits(ANNA) }] },
    });
    expect((await unblock(simulator, [ANNA, ANNA])).json).toMatchObject({
      block_users: { removed_users: [{ input: ANNA }], failed_users: [{ input: ANNA }] },
    });
  });
});

describe('a full list', () => {
  const nearlyFull = { listLimit: 2, blocked: { [NUMBER]: [ANNA] } };

  test('139101 for each user who does not fit', async () => {
    const simulator = await start(nearlyFull);
    expect((await block(simulator, [BEN, CARA])).json).toMatchObject({
      block_users: { added_users: [{ input: BEN }], failed_users: [{ input: CARA, errors: [{ code: 139101 }] }] },
      error: { code: 139100 },
    });
    expect(simulator.control.number(NUMBER).users).toEqual([digits(ANNA), digits(BEN)]);
  });

  test('a user who is on the list needs no room', async () => {
    const simulator = await start({ ...nearlyFull, listLimit: 1 });
    expect((await block(simulator, [ANNA, ANNA])).status).toBe(200);
  });

  test('an unblock makes room', async () => {
    const simulator = await start({ ...nearlyFull, listLimit: 1 });
    await unblock(simulator, [ANNA]);
    expect((await block(simulator, [BEN])).status).toBe(200);
  });

  test('option listFull request: 139101 for the request, and nothing is applied', async () => {
    const simulator = await start({ ...nearlyFull, listFull: 'request' });
    const reply = await block(simulator, [BEN, CARA]);
    expect(reply.json).toMatchObject({ error: { code: 139101 } });
    expect(reply.json).not.toHaveProperty('block_users');
    expect(simulator.control.number(NUMBER).users).toEqual([digits(ANNA)]);
  });

  test('it holds 64,000 users by default', async () => {
    const simulator = await start({ blocked: { [NUMBER]: phones(63_999) } });
    const reply = await block(simulator, phones(2, 70_000));
    expect(reply.json).toMatchObject(failedWith(139101));
    expect(simulator.control.number(NUMBER).size).toBe(64_000);
  });
});
