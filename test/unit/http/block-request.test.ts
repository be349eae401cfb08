import { describe, expect, test } from 'vitest';
import type { Action } from '../../../lambdas/core/changes/outcome.ts';
import { readChange } from '../../../lambdas/http/block-request.ts';
import { ACTOR, NUMBER, read, refusal, rulesAt, type Sent } from '../../support/gateway.ts';

const USER = { user: '+16505551234' };

const NOW = Date.parse('2027-01-31T12:00:00.000Z');
const change = (sent: Sent, action: Action = 'block') =>
  read(sent, (request) => readChange(request, action, rulesAt(NOW)));
const withBody = (fields: Record<string, unknown>, action: Action = 'block') =>
  change({ body: { messaging_product: 'whatsapp', block_users: [USER], ...fields } }, action);

describe("Graph's body", () => {
  test('is read', async () => {
    const { status, body } = await change({
      body: {
        messaging_product: 'whatsapp',
        block_users: [{ user: '+1 650 555 1234' }, { user_id: 'US.134' }, { user: 'x' }, { user: '16505551234' }],
      },
    });
    expect(status).toBe(200);
    const phone = { input: '+1 650 555 1234', identity: { kind: 'phone', id: '16505551234' } };
    const bsuid = { input: 'US.134', identity: { kind: 'bsuid', id: 'US.134' } };
    const malformed = { input: 'x', problem: 'nobody' };
    expect(body).toEqual({
      phoneNumberId: NUMBER,
      version: 'v25.0',
      action: 'block',
      actor: ACTOR,
      respondAsync: false,
      list: {
        entries: [phone, bsuid, malformed, { ...phone, input: '16505551234' }],
        distinct: [phone, bsuid, malformed],
        users: 2,
      },
    });
  });

  test('can come in base64', async () => {
    const { body } = await change({
      base64: true,
      body: { messaging_product: 'whatsapp', block_users: [USER], reason: 'Böse' },
    });
    expect(body).toMatchObject({ reason: 'Böse', list: { users: 1 } });
  });

  test('may have entries with fields that neither Graph nor we know', async () => {
    expect((await withBody({ block_users: [{ ...USER, name: 'Jo' }] })).status).toBe(200);
  });

  test.each(['reason', 'expires_at', 'expires_in', 'defer', 'dry_run', 'reason_code'])(
    'may have %s beside the list, and is refused with it in an entry',
    async (option) => {
      for (const action of ['block', 'unblock'] as const) {
        expect(await withBody({ block_users: [USER, USER, USER, { ...USER, [option]: null }] }, action)).toMatchObject({
          status: 400,
          body: refusal(
            `block_users[3].${option}: does not belong in an entry; options go beside block_users, and apply to the whole list`,
          ),
        });
      }
    },
  );

  test('may hold 64,000 entries', async () => {
    const block_users = Array.from({ length: 64_000 }, (_, i) => ({ user: `+1650${1_000_000 + i}` }));
    expect(await withBody({ block_users })).toMatchObject({ status: 200, body: { list: { users: 64_000 } } });
  });

  test('gives the other action to an unblock', async () => {
    expect(await withBody({ reason: 'appeal' }, 'unblock')).toMatchObject({
      status: 200,
      body: { action: 'unblock', reason: 'appeal' },
    });
  });
});

describe('a whole request is refused by the name of the field:', () => {
  test.each<[string, Sent, string]>([
    ['no body', {}, 'body: is empty; send JSON'],
    ['an empty body', { body: '' }, 'body: is empty; send JSON'],
    ['no JSON', { body: '{"messaging_product":' }, 'body: is not valid JSON'],
    ['a form', { body: 'messaging_product=whatsapp' }, 'body: is not valid JSON'],
    ['a list', { body: [USER] }, 'body: must be a JSON object'],
    ['null', { body: 'null' }, 'body: must be a JSON object'],
    ['no JSON in base64', { body: '{', base64: true }, 'body: is not valid JSON'],
  ])('%s', async (_, sent, message) => {
    expect(await change(sent)).toMatchObject({ status: 400, body: refusal(message) });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no product', { messaging_product: undefined }, 'messaging_product: must be "whatsapp"'],
    ['another product', { messaging_product: 'messenger' }, 'messaging_product: must be "whatsapp"'],
    ['no users', { block_users: undefined }, 'block_users: must be a list of {"user": …} or {"user_id": …}'],
    ['one user', { block_users: USER }, 'block_users: must be a list of {"user": …} or {"user_id": …}'],
    ['an empty list', { block_users: [] }, 'block_users: must have at least one entry'],
    [
      'an entry that is a text',
      { block_users: [USER, '+1'] },
      'block_users[1]: must be an object with user or user_id',
    ],
    ['an entry that is null', { block_users: [null] }, 'block_users[0]: must be an object with user or user_id'],
    ['an entry that is a list', { block_users: [[]] }, 'block_users[0]: must be an object with user or user_id'],
    ['an entry of nobody', { block_users: [USER, {}] }, 'block_users[1]: needs user or user_id'],
    ['an entry of null', { block_users: [{ user: null }] }, 'block_users[0]: needs user or user_id'],
    [
      'a number without quotes',
      { block_users: [USER, USER, USER, { user: 16505551234 }] },
      'block_users[3].user: must be a string (a phone number or a user id in quotes)',
    ],
    [
      'a user id without quotes',
      { block_users: [{ user_id: 134 }] },
      'block_users[0].user_id: must be a string (a phone number or a user id in quotes)',
    ],
    ['a reason that is no text', { reason: 7 }, 'reason: must be a string'],
    ['a long reason', { reason: 'r'.repeat(257) }, 'reason: must have at most 256 characters'],
    ['an end in the past', { expires_at: '2027-01-31T11:59:59Z' }, 'expires_at: must be in the future'],
    ['an end too far', { expires_at: '2032-02-01T00:00:00Z' }, 'expires_at: must be at most 5 years from now'],
    ['no seconds', { expires_in: 0 }, 'expires_in: must be a whole number of seconds, 1 or more'],
    ['a defer that is no boolean', { defer: 'yes' }, 'defer: must be true or false'],
  ])('%s', async (_, fields, message) => {
    expect(await withBody(fields)).toMatchObject({ status: 400, body: refusal(message) });
  });

  test.each(['expires_at', 'expires_in', 'defer'])('%s in an unblock', async (field) => {
    expect(await withBody({ [field]: 1 }, 'unblock')).toMatchObject({
      status: 400,
      body: refusal(`${field}: cannot be used to unblock; leave it out`),
    });
  });

  test('several fields at once, each by its name', async () => {
    expect(await withBody({ messaging_product: 'sms', block_users: [] })).toMatchObject({
      status: 400,
      body: refusal('messaging_product: must be "whatsapp"; block_users: must have at least one entry'),
    });
  });

  test('more than 64,000 entries', async () => {
    expect(await withBody({ block_users: Array(64_001).fill(USER) })).toMatchObject({
      status: 400,
      body: refusal('block_users: must have at most 64000 entries, the size of a blocklist'),
    });
  });

  test('more than 6 MB, with 413', async () => {
    const answered = await withBody({ padding: 'é'.repeat(3 * 1024 * 1024) });
    expect(answered).toMatchObject({
      status: 413,
      body: refusal('body: must have at most 6291456 bytes (6 MB); send the list in parts'),
    });
  });

  test('more than 6 MB in base64, with 413', async () => {
    expect(await change({ base64: true, body: 'x'.repeat(6 * 1024 * 1024 + 1) })).toMatchObject({ status: 413 });
  });
});

describe('the terms of a block', () => {
  test('are read', async () => {
    expect(await withBody({ expires_at: '2027-02-01T02:00:00+02:00', defer: true })).toMatchObject({
      status: 200,
      body: { expiresAt: '2027-02-01T00:00:00.000Z', defer: true, termsAsSent: expect.any(String) },
    });
    expect(await withBody({ expires_in: 60 })).toMatchObject({ body: { expiresAt: '2027-01-31T12:01:00.000Z' } });
  });

  test('are absent if they are null', async () => {
    const { status, body } = await withBody({ expires_at: null, expires_in: null, defer: null });
    expect(status).toBe(200);
    for (const name of ['expiresAt', 'defer', 'termsAsSent']) expect(body).not.toHaveProperty(name);
    expect((await withBody({ expires_at: null, defer: null }, 'unblock')).status).toBe(200);
  });
});

describe('reason', () => {
  test('may have 256 characters', async () => {
    expect((await withBody({ reason: 'r'.repeat(256) })).status).toBe(200);
  });

  test.each([[null], ['']])('is absent if it is %j', async (reason) => {
    const { status, body } = await withBody({ reason });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('reason');
  });
});

describe('the phone number id of the path', () => {
  const body = { messaging_product: 'whatsapp', block_users: [USER] };

  test('is found in a path without a version', async () => {
    const { body: read } = await change({ body, resource: '/{version}/block_users', path: { version: NUMBER } });
    expect(read).toMatchObject({ phoneNumberId: NUMBER });
    expect(read).not.toHaveProperty('version');
  });

  test.each([
    ['letters', { version: 'v25.0', phoneNumberId: 'me' }],
    ['a plus', { version: 'v25.0', phoneNumberId: '%2B106540352242922' }],
    ['33 digits', { version: 'v25.0', phoneNumberId: '1'.repeat(33) }],
    ['letters, without a version', { version: 'me' }],
    ['a version only', { version: 'v25.0' }],
  ])('is refused with %s', async (_, path: Record<string, string>) => {
    expect(await change({ body, path })).toMatchObject({
      status: 400,
      body: refusal('phone_number_id: must be 1 to 32 digits (in the path)'),
    });
  });

  test.each(['v25', '25.0', 'V25.0', 'latest', 'v25.0.1'])('is refused behind the version %s', async (version) => {
    expect(await change({ body, path: { version, phoneNumberId: NUMBER } })).toMatchObject({
      status: 400,
      body: refusal('version: must look like v25.0 (in the path, before the phone number id)'),
    });
  });

  test('is refused if the percent-encoding is broken', async () => {
    expect(await change({ body, path: { version: 'v25.0', phoneNumberId: '%E0%A4%A' } })).toMatchObject({
      status: 400,
      body: refusal('phoneNumberId: is not valid percent-encoding'),
    });
  });
});

describe('headers', () => {
  const body = { messaging_product: 'whatsapp', block_users: [USER] };
  const withHeaders = (headers: Record<string, string>) => change({ body, headers });

  test.each(['respond-async', 'Respond-Async', 'wait=10, respond-async', 'respond-async; wait=10'])(
    'Prefer: %s asks for a job',
    async (prefer) => {
      expect(await withHeaders({ Prefer: prefer })).toMatchObject({ body: { respondAsync: true } });
    },
  );

  test('Prefer in several lines is read whole', async () => {
    const answered = await change({ body, headers: { Prefer: ['respond-async', 'wait=5'] } });
    expect(answered).toMatchObject({ body: { respondAsync: true } });
  });

  test.each(['return=minimal', 'respond-asynchronously', ''])('Prefer: %s does not', async (prefer) => {
    expect(await withHeaders({ prefer })).toMatchObject({ status: 200, body: { respondAsync: false } });
  });

  test('X-On-Behalf-Of is recorded beside the caller', async () => {
    expect(await withHeaders({ 'X-On-Behalf-Of': ` ${'p'.repeat(128)} ` })).toMatchObject({
      body: { actor: ACTOR, onBehalfOf: 'p'.repeat(128) },
    });
  });

  test('X-On-Behalf-Of has at most 128 characters', async () => {
    expect(await withHeaders({ 'x-on-behalf-of': 'p'.repeat(129) })).toMatchObject({
      status: 400,
      body: refusal('X-On-Behalf-Of: must have at most 128 characters'),
    });
  });

  test('X-On-Behalf-Of that is empty is none', async () => {
    expect((await withHeaders({ 'x-on-behalf-of': ' ' })).body).not.toHaveProperty('onBehalfOf');
  });

  test('Idempotency-Key is read', async () => {
    expect(await withHeaders({ 'Idempotency-Key': 'import-2026/06:01' })).toMatchObject({
      body: { idempotencyKey: 'import-2026/06:01' },
    });
  });

  test.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['with letters beyond ASCII', 'schlüssel'],
  ])('Idempotency-Key is refused %s', async (_, key) => {
    expect(await withHeaders({ 'idempotency-key': key })).toMatchObject({
      status: 400,
      body: refusal('Idempotency-Key: must have 1 to 255 printable ASCII characters without spaces'),
    });
  });
});
