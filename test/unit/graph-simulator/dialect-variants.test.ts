import { describe, expect, test } from 'vitest';
import type { StartOptionsInput } from '../../../local/graph-simulator/options.ts';
import { block, digits, list, NOW, NUMBER, OTHER_NUMBER, phones, start, unblock } from './harness.ts';

const [ANNA = '', BEN = ''] = phones(2);
const BSUID = 'US.13491208655302741918';
const KEY = { token: 'pk_live_local-simulator-token', prefix: '/api/v25.0' };

describe('option listLayout nested', () => {
  const nested: StartOptionsInput = { listLayout: 'nested', blocked: { [NUMBER]: [ANNA, BSUID] } };

  test('has the users of a page in one item, with what they were blocked by', async () => {
    expect((await list(await start(nested))).json).toMatchObject({
      data: [
        {
          block_users: [
            { input: ANNA, wa_id: digits(ANNA) },
            { input: BSUID, user_id: BSUID },
          ],
        },
      ],
      paging: { cursors: { after: expect.any(String) } },
    });
  });

  test('has pages, and ends with empty data', async () => {
    const simulator = await start({ listLayout: 'nested', blocked: { [NUMBER]: [ANNA] } });
    const reply = await list(simulator, '?limit=1');
    expect(reply.text).toContain(digits(ANNA));
    const after = /"after":"([^"]+)"/.exec(reply.text)?.[1];
    expect((await list(simulator, `?limit=1&after=${after}`)).json).toEqual({ data: [] });
  });

  test('names the number sent if the wa_id is another', async () => {
    const simulator = await start({ ...nested, waIds: { '+5511987654321': '551187654321' }, blocked: {} });
    await block(simulator, ['+5511987654321']);
    expect((await list(simulator)).json).toMatchObject({
      data: [{ block_users: [{ input: '+5511987654321', wa_id: '551187654321' }] }],
    });
  });

  test('is a rule of a number too', async () => {
    const blocked = { [NUMBER]: [ANNA], [OTHER_NUMBER]: [ANNA] };
    const simulator = await start({ numbers: { [OTHER_NUMBER]: { listLayout: 'nested' } }, blocked });
    expect((await list(simulator)).text).not.toContain('block_users');
    expect((await list(simulator, '', { number: OTHER_NUMBER })).text).toContain('block_users');
  });
});

describe('option waIdSpelling plus', () => {
  test('puts a + before every wa_id, in lists and in results', async () => {
    const simulator = await start({ waIdSpelling: 'plus', businessAccounts: [BEN] });
    expect((await block(simulator, [ANNA, BEN, { user_id: BSUID }])).json).toMatchObject({
      block_users: {
        added_users: [
          { input: ANNA, wa_id: ANNA },
          { input: BSUID, user_id: BSUID },
        ],
        failed_users: [{ input: BEN, wa_id: BEN }],
      },
    });
    expect((await list(simulator)).json).toMatchObject({ data: [{ wa_id: ANNA }, { user_id: BSUID }] });
    expect((await unblock(simulator, [ANNA])).json).toMatchObject({
      block_users: { removed_users: [{ wa_id: ANNA }] },
    });
  });

  test('holds for Splashify', async () => {
    const simulator = await start({ waIdSpelling: 'plus', dialect: 'splashify', blocked: { [NUMBER]: [ANNA] } });
    expect((await list(simulator, '', KEY)).json).toMatchObject({ data: [{ user: ANNA }] });
  });
});

describe('option listedWithoutId', () => {
  const options = { listedWithoutId: [ANNA], blocked: { [NUMBER]: [ANNA, BEN] } };

  test.each<[string, StartOptionsInput, unknown]>([
    ['flat', {}, [{ messaging_product: 'whatsapp' }, { messaging_product: 'whatsapp', wa_id: digits(BEN) }]],
    ['nested', { listLayout: 'nested' }, [{ block_users: [{ input: ANNA }, { input: BEN, wa_id: digits(BEN) }] }]],
    [
      'Splashify',
      { dialect: 'splashify' },
      [{ block_reason: 'manual' }, { user: digits(BEN), block_reason: 'manual' }],
    ],
  ])('lists the user in an item that has no id: %s', async (_, layout, data) => {
    expect((await list(await start({ ...options, ...layout }), '', KEY)).json).toMatchObject({ data });
    const reply = await list(await start({ ...options, ...layout }), '', KEY);
    expect(reply.json).toHaveProperty('data', data);
  });

  test('can be set for a while', async () => {
    const simulator = await start({ blocked: { [NUMBER]: [ANNA] } });
    simulator.control.changeUsers({ listedWithoutId: { add: [ANNA] } });
    expect((await list(simulator)).text).not.toContain(digits(ANNA));
    simulator.control.changeUsers({ listedWithoutId: { remove: [ANNA] } });
    expect((await list(simulator)).text).toContain(digits(ANNA));
  });
});

describe('option codeStandsIn', () => {
  const MESSAGE = '(#190) Invalid OAuth access token';

  test.each<[NonNullable<StartOptionsInput['codeStandsIn']>, string, unknown]>([
    [
      'message',
      'application/json',
      { error: { message: MESSAGE, type: 'OAuthException', fbtrace_id: expect.any(String) } },
    ],
    ['error-text', 'application/json', { error: MESSAGE }],
    ['json-text', 'application/json', MESSAGE],
    ['plain', 'text/plain', undefined],
    ['html', 'text/html', undefined],
  ])('%s: the code is only in the text', async (codeStandsIn, type, json) => {
    const simulator = await start({ codeStandsIn });
    const reply = await block(simulator, [ANNA], { token: 'EAA-wrong' });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('content-type')).toContain(type);
    expect(reply.json).toEqual(json);
    expect(reply.text).toContain(MESSAGE);
    expect(simulator.control.calls()).toMatchObject([{ status: 401, code: 190 }]);
  });

  test.each<[NonNullable<StartOptionsInput['codeStandsIn']>, unknown, unknown]>([
    [
      'message',
      { message: '(#131047) Re-engagement required', error_data: { details: expect.any(String) } },
      { message: expect.stringMatching(/^\(#139100\)/) },
    ],
    ['error-text', '(#131047) Re-engagement required', expect.stringMatching(/^\(#139100\)/)],
    ['plain', '(#131047) Re-engagement required', expect.stringMatching(/^\(#139100\)/)],
  ])('%s: also for a single user', async (codeStandsIn, recorded, error) => {
    const reply = await block(await start({ codeStandsIn, invalidNumbers: [BEN] }), [ANNA, BEN]);
    expect(reply.json).toMatchObject({
      block_users: { added_users: [{ input: ANNA }], failed_users: [{ input: BEN, errors: [recorded] }] },
      error,
    });
    expect(reply.text).not.toContain('"code"');
  });

  test('of Splashify: no code outside the message', async () => {
    const simulator = await start({ codeStandsIn: 'message', invalidNumbers: [BEN], dialect: 'splashify' });
    expect((await block(simulator, [BEN], KEY)).json).toMatchObject({
      block_users: { errors: [{ input: BEN, message: '(#131047) Re-engagement required' }] },
    });
  });
});

describe('option messagesQuoteUsers', () => {
  const quote: StartOptionsInput = { messagesQuoteUsers: true };
  const SENT = '+1 650-000-0000';
  const QUOTED = `(${SENT}, 16500000000)`;

  test('every text of a user names them, as sent and as digits', async () => {
    const reply = await block(await start({ ...quote, invalidNumbers: [SENT] }), [SENT]);
    expect(reply.json).toMatchObject({
      block_users: {
        failed_users: [
          {
            errors: [
              {
                message: `Re-engagement required ${QUOTED}`,
                error_data: { details: `The number is not a WhatsApp user ${QUOTED}` },
              },
            ],
          },
        ],
      },
    });
  });

  test.each<[string, StartOptionsInput]>([
    ['a wrong token', { tokens: ['EAA-other'] }],
    ['too many users', { usersPerRequest: 1 }],
    ['a fault', { faults: [{ fault: { kind: 'error', code: 2, applied: true } }] }],
    ['a fault instead of the work', { faults: [{ fault: { kind: 'error', code: 100, message: 'No' } }] }],
    ['a full list', { listLimit: 0, listFull: 'request' }],
  ])('every text of a request names its first user: %s', async (_, options) => {
    const reply = await block(await start({ ...quote, ...options }), [SENT, BEN]);
    expect(reply.json).toMatchObject({ error: { message: expect.stringContaining(QUOTED) } });
    expect(reply.text).not.toContain(digits(BEN));
  });

  test('in each text that has the code', async () => {
    const simulator = await start({ ...quote, codeStandsIn: 'plain' });
    expect((await block(simulator, [SENT], { token: null })).text).toBe(
      `(#104) An access token is required to request this resource. ${QUOTED}\n`,
    );
  });

  test('a BSUID too; digits only once; the list quotes no user', async () => {
    const simulator = await start({ ...quote, businessAccounts: [BSUID] });
    expect((await block(simulator, [{ user_id: BSUID }])).text).toContain(`(${BSUID}, 13491208655302741918)`);
    expect((await block(simulator, ['16500000000'], { token: null })).text).toContain('(16500000000)');
    expect((await list(simulator, '', { token: null })).text).toContain('this resource."');
  });
});

describe('a smaller batch', () => {
  test.each(['meta', 'splashify'] as const)(
    'is refused with 130429 if option tooManyUsers is 130429: %s',
    async (dialect) => {
      const simulator = await start({ dialect, usersPerRequest: 2, tooManyUsers: 130429 });
      const reply = await block(simulator, phones(3), KEY);
      expect(reply.status).toBe(400);
      expect(reply.json).toMatchObject({ error: { code: 130429 } });
      expect(reply.headers.get('x-business-use-case-usage')).toBeNull();
      expect((await block(simulator, phones(2), KEY)).status).toBe(200);
    },
  );

  test('or with 100, and for one number only', async () => {
    const simulator = await start({ numbers: { [OTHER_NUMBER]: { usersPerRequest: 2, tooManyUsers: 100 } } });
    const reply = await block(simulator, phones(3), { number: OTHER_NUMBER });
    expect(reply.json).toMatchObject({ error: { code: 100, message: expect.stringContaining('more than 2 users') } });
    expect((await block(simulator, phones(3))).status).toBe(200);
  });
});

describe('headers that name a time', () => {
  test.each([429, 503])('Retry-After in seconds and as a date, by the clock of the simulator: %d', async (status) => {
    const simulator = await start({
      faults: [
        { nth: 1, fault: { kind: 'http', status, retryAfter: { seconds: 90 } } },
        { nth: 2, fault: { kind: 'error', code: 2, status, retryAfter: { seconds: 90, as: 'date' } } },
        { nth: 3, fault: { kind: 'html', status, retryAfter: { seconds: -5 }, applied: true } },
        { nth: 4, fault: { kind: 'empty', status, retryAfter: { seconds: 0.5 } } },
      ],
    });
    const replies = [];
    for (let nth = 0; nth < 5; nth++) replies.push(await block(simulator, [ANNA]));
    expect(replies.map((reply) => reply.headers.get('retry-after'))).toEqual([
      '90',
      'Mon, 01 Jun 2026 00:01:30 GMT',
      '-5',
      '0.5',
      null,
    ]);
    expect(replies[1]?.headers.get('date')).toBe(new Date(NOW).toUTCString());
    expect(replies.slice(0, 4).map((reply) => reply.status)).toEqual([status, status, status, status]);
  });

  test('option usageEntries odd: the true time is a text among entries that name none', async () => {
    const simulator = await start({
      usageEntries: 'odd',
      rateLimit: { requests: 0, windowMs: 60_000, regainAccessMinutes: 7 },
    });
    const usage: unknown = JSON.parse((await list(simulator)).headers.get('x-business-use-case-usage') ?? '');
    expect(usage).toMatchObject({
      0: null,
      1: [],
      '100000000000001': [null, {}, [], 'none', { estimated_time_to_regain_access: '7' }],
    });
  });

  test.each([
    ['seconds', '420'],
    ['date', 'Mon, 01 Jun 2026 00:07:00 GMT'],
  ] as const)('option rateLimit.retryAfter: %s', async (retryAfter, header) => {
    const simulator = await start({
      usageHeader: 'never',
      rateLimit: { requests: 1, windowMs: 60_000, regainAccessMinutes: 7, retryAfter },
    });
    expect((await list(simulator)).headers.get('retry-after')).toBeNull();
    const reply = await list(simulator);
    expect(reply.headers.get('retry-after')).toBe(header);
    expect(reply.headers.get('x-business-use-case-usage')).toBeNull();
  });
});

describe('JSON that is not from Graph', () => {
  test.each([false, true])('is sent as it is given, with applied: %s', async (applied) => {
    const fault = { kind: 'json', status: 401, body: { message: 'Unauthorized' }, applied } as const;
    const simulator = await start({ faults: [{ fault }] });
    const reply = await block(simulator, [ANNA]);
    expect(reply.status).toBe(401);
    expect(reply.json).toEqual({ message: 'Unauthorized' });
    expect(simulator.control.number(NUMBER).size).toBe(applied ? 1 : 0);
    expect(simulator.control.calls()).toMatchObject([{ status: 401, code: null, fault: 'json' }]);
  });
});
