import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { TokenMissingError } from '../../../lambdas/core/errors.ts';
import { type AppSecrets, verifySignature } from '../../../lambdas/core/webhook/verify-signature.ts';
import { readRequest } from '../../../lambdas/http/api-request.ts';
import { readSignature, readWebhook, webhookResponse } from '../../../lambdas/http/webhook-request.ts';
import { isSignedBy } from '../../../lambdas/runtime/hub-signature.ts';
import { gatewayEvent, NUMBER } from '../../support/gateway.ts';

const OTHER = '106540352242923';
const BSUID = 'US.13491208655302741918';

interface Value {
  readonly number?: string;
  readonly contacts?: unknown;
  readonly messages?: unknown;
}

/** A payload in Meta's shape: one change for each value. */
function payload(...values: Value[]) {
  return {
    object: 'whatsapp_business_account',
    entry: values.map(({ number = NUMBER, contacts, messages }) => ({
      id: '102290129340398',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '15550783881', phone_number_id: number },
            ...(contacts === undefined ? {} : { contacts }),
            ...(messages === undefined ? {} : { messages }),
          },
        },
      ],
    })),
  };
}

const text = (ids: object) => ({ ...ids, id: 'wamid.1', timestamp: '1739321024', type: 'text', text: { body: 'Hi' } });
const system = (ids: object, news: object) => ({
  id: 'wamid.2',
  timestamp: '1739321024',
  ...ids,
  type: 'system',
  system: news,
});
/** When those of `system` happened. */
const AT = '2025-02-12T00:43:44.000Z';
const readAll = (body: unknown) =>
  readWebhook(readRequest(gatewayEvent({ resource: '/webhooks/whatsapp', path: {}, body }), {}));
const read = (body: unknown) => readAll(body).numbers;
const sendersOf = (body: unknown) => read(body).map(({ senders }) => senders);

describe('the senders of a payload', () => {
  it('are named by number, and by the ids that their contact has', () => {
    const contacts = [{ profile: { name: 'Ana' }, wa_id: '16505551234', user_id: BSUID }];
    expect(sendersOf(payload({ contacts, messages: [text({ from: '16505551234' })] }))).toEqual([
      ['16505551234', BSUID],
    ]);
  });

  it('are named by the BSUID alone if the number is hidden', () => {
    const contacts = [{ profile: { username: 'ana' }, user_id: BSUID, parent_user_id: 'US.ENT.1' }];
    const messages = [text({ from_user_id: BSUID })];
    expect(sendersOf(payload({ contacts, messages }))).toEqual([[BSUID, 'US.ENT.1']]);
    expect(sendersOf(payload({ contacts, messages: [text({})] }))).toEqual([[BSUID, 'US.ENT.1']]);
  });

  it('are distinguished in a batch: a contact belongs to the message that shares an id with it', () => {
    const contacts = [
      { wa_id: '16505551234', user_id: 'US.1' },
      { wa_id: '16505551235', user_id: 'US.2' },
    ];
    const messages = [text({ from: '16505551235' }), text({ from_user_id: 'US.9' }), text({ from: '16505551235' })];
    expect(sendersOf(payload({ contacts, messages }))).toEqual([['16505551235', 'US.2', 'US.9']]);
    expect(sendersOf(payload({ contacts, messages: [text({})] }))).toEqual([[]]);
  });

  it('belong to the number that they wrote to', () => {
    const [first, second] = [text({ from: '16505551234' }), text({ from: '16505551235' })];
    const found = read(payload({ messages: [first] }, { number: OTHER, messages: [second] }, { messages: [second] }));
    expect(found).toEqual([
      { phoneNumberId: NUMBER, senders: ['16505551234', '16505551235'], changes: [] },
      { phoneNumberId: OTHER, senders: ['16505551235'], changes: [] },
    ]);
  });
});

describe('the news of a user', () => {
  const changesOf = (message: object) => read(payload({ messages: [message] })).flatMap(({ changes }) => changes);
  const from = { from: '16505551234' };

  it('name the new number', () => {
    const expected = [
      { action: 'user_changed_number', at: AT, from: ['16505551234'], waId: '12195555358', userId: undefined },
    ];
    expect(changesOf(system(from, { type: 'user_changed_number', body: 'x', wa_id: '12195555358' }))).toEqual(expected);
    expect(changesOf(system(from, { type: 'user_changed_number', new_wa_id: '12195555358' }))).toEqual(expected);
  });

  it('name the new BSUID beside it', () => {
    const news = { type: 'user_changed_number', wa_id: '12195555358', user_id: 'US.2', previous_user_id: 'US.1' };
    expect(changesOf(system(from, news))).toEqual([
      { action: 'user_changed_number', at: AT, from: ['16505551234', 'US.1'], waId: '12195555358', userId: 'US.2' },
    ]);
  });

  it('name a new BSUID if there is no number', () => {
    const news = { type: 'user_changed_user_id', user_id: 'US.2', previous_user_id: 'US.1' };
    expect(changesOf(system({}, news))).toEqual([
      { action: 'user_changed_user_id', at: AT, from: ['US.1'], waId: undefined, userId: 'US.2' },
    ]);
  });

  it.each([
    ['customer_changed_number', { customer: '16505551234', wa_id: '12195555358' }],
    ['customer_changed_number', { customer: 16505551234, new_wa_id: 12195555358 }],
    [{ customer_changed_number: true, customer_identity_changed: false }, { wa_id: '+12195555358' }],
    ['customer_changed_number', { customer_changed_number: { old_wa_id: '16505551234', new_wa_id: '12195555358' } }],
    ['user_changed_number', { customer: { previous_wa_id: '16505551234', wa_id: '12195555358' } }],
  ])('name the new number in every shape that Meta and SDKs know: %j %j', (type, recorded) => {
    const expected = {
      action: 'user_changed_number',
      at: AT,
      from: ['16505551234'],
      waId: '12195555358',
      userId: undefined,
    };
    expect(changesOf(system(from, { type, ...recorded }))).toEqual([expected]);
  });

  it('are read from their own fields only, never from texts that a user writes', () => {
    const words = fc.constantFrom('User', 'changed from', 'to', '376312345', 'US.2', 'US.1', '+16505551234', '.', '\n');
    const texts = fc.array(words, { maxLength: 12 }).map((all) => all.join(' '));
    const fields = fc.record(
      { wa_id: fc.constant('12195555358'), user_id: fc.constant('US.3'), previous_user_id: fc.constant('US.4') },
      { requiredKeys: [] },
    );
    const types = fc.constantFrom('user_changed_number', 'customer_changed_number', 'user_changed_user_id');
    fc.assert(
      fc.property(fc.tuple(texts, fields, types, fc.boolean()), ([body, recorded, type, named]) => {
        const sender = named ? from : {};
        const silent = payload({ messages: [system(sender, { type, ...recorded })] });
        const contacts = [{ profile: { name: body, username: body } }];
        const talking = payload({ contacts, messages: [system(sender, { type, body, ...recorded, identity: body })] });
        expect(readAll(talking)).toEqual(readAll(silent));
      }),
    );
  });

  it.each([
    ['no_old_id', {}, { user_id: 'US.2', body: 'User changed from 376312345 to changed from US.1 to US.2' }],
    ['no_new_id', from, { body: 'User Ana changed from 16505551234 to 12195555358' }],
    ['contradictory_ids', from, { customer: '16505551235', wa_id: '12195555358' }],
    ['contradictory_ids', from, { wa_id: '12195555358', new_wa_id: '12195555359' }],
    ['no_timestamp', { ...from, timestamp: undefined }, { wa_id: '12195555358' }],
    ['no_timestamp', { ...from, timestamp: '1739321024000' }, { wa_id: '12195555358' }],
    ['no_timestamp', { ...from, timestamp: '-1' }, { wa_id: '12195555358' }],
  ])('cannot be followed, and say so: %s', (reason, sender, recorded) => {
    const { numbers, notFollowed } = readAll(
      payload({ messages: [system(sender, { type: 'user_changed_user_id', ...recorded })] }),
    );
    expect(numbers).toEqual([{ phoneNumberId: NUMBER, senders: [], changes: [] }]);
    expect(notFollowed).toEqual([{ phoneNumberId: NUMBER, action: 'user_changed_user_id', reason }]);
  });

  it('are not messages: no user counts as having written', () => {
    expect(
      sendersOf(payload({ messages: [system(from, { type: 'user_changed_number', wa_id: '1219555535' })] })),
    ).toEqual([[]]);
  });

  it('of another kind are ignored, and their sender counts as having written', () => {
    const body = payload({ messages: [system(from, { type: 'customer_identity_changed' })] });
    expect(read(body)).toEqual([{ phoneNumberId: NUMBER, senders: ['16505551234'], changes: [] }]);
  });
});

describe('a payload', () => {
  it('may contain anything else, which is ignored', () => {
    const statuses = payload({});
    expect(read(statuses)).toEqual([{ phoneNumberId: NUMBER, senders: [], changes: [] }]);
    expect(
      read({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'account_update' }] }] }),
    ).toEqual([]);
  });

  it('with a malformed part is read for the rest', () => {
    const messages = ['?', null, { from: 5 }, { from: 'nobody' }, text({ from: '16505551234' }), { system: 7 }];
    expect(sendersOf(payload({ contacts: 'none', messages }))).toEqual([['16505551234']]);
    expect(read(payload({ number: 'me', messages: [text({ from: '16505551234' })] }))).toEqual([]);
    expect(sendersOf(payload({ messages: 'none' }))).toEqual([[]]);
  });

  test.each([
    ['nothing', undefined, 'body: is empty; send JSON'],
    ['no JSON', '{', 'body: is not valid JSON'],
    ['another object', { object: 'page', entry: [] }, 'object: must be "whatsapp_business_account"'],
    [
      'no entries',
      { object: 'whatsapp_business_account' },
      'entry: must be the list of entries of a WhatsApp webhook payload',
    ],
  ])('that is not a payload is refused: %s', (_, body, message) => {
    expect(() => read(body)).toThrow(message);
  });
});

describe('the answer', () => {
  it('has counts, and what was not followed and why, without a user', () => {
    const kind = { phoneNumberId: NUMBER, action: 'user_changed_number', reason: 'no_new_id', count: 2 } as const;
    const received = { senders: 3, blocked: 1, waiting: 0, moved: 0, notFollowed: [kind] };
    expect(JSON.parse(webhookResponse(received).body)).toEqual({
      senders: 3,
      blocked: 1,
      waiting: 0,
      moved: 0,
      not_followed: [{ phone_number_id: NUMBER, action: 'user_changed_number', reason: 'no_new_id', count: 2 }],
    });
  });
});

describe('the signature of a payload', () => {
  const body = JSON.stringify(payload({ messages: [text({ from: '16505551234' })] }));
  const sign = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const SHARED = '106540352242924';
  const secrets = new Map<string, AppSecrets>([
    [NUMBER, { own: 'secret-1' }],
    [SHARED, { shared: 'secret-1' }],
  ]);
  const tokens = { appSecrets: async (phoneNumberId: string) => secrets.get(phoneNumberId) ?? {} };
  const verify = async (numbers: string[], signature?: string) => {
    const headers = signature === undefined ? {} : { 'X-Hub-Signature-256': signature };
    const request = readRequest(gatewayEvent({ resource: '/webhooks/whatsapp', path: {}, body, headers }), {});
    return [...(await verifySignature({ tokens, isSignedBy }, numbers, readSignature(request)))];
  };

  it('is that of the app secret, of the number or of the default', async () => {
    expect(await verify([NUMBER, SHARED], sign('secret-1'))).toEqual([
      [NUMBER, 'verified'],
      [SHARED, 'verified'],
    ]);
  });

  test.each([
    ['is missing', undefined, 'X-Hub-Signature-256: is missing'],
    ['is by another secret', sign('secret-2'), 'X-Hub-Signature-256: is not the signature of this body'],
    ['is none', 'sha256=', 'X-Hub-Signature-256: is not the signature of this body'],
    ['is without its name', sign('secret-1').slice(7), 'X-Hub-Signature-256: is not the signature of this body'],
  ])('that %s is refused with 403', async (_, signature, message) => {
    await expect(verify([OTHER, NUMBER], signature)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining(message),
    });
  });

  it('by another app than the default’s is not refused for a number without its own secret, and verifies nothing', async () => {
    for (const signature of [undefined, sign('secret-2')]) {
      expect(await verify([SHARED], signature)).toEqual([[SHARED, 'not_signed']]);
    }
  });

  it('verifies nothing if there is no app secret', async () => {
    for (const signature of [undefined, sign('secret-1'), sign('')]) {
      expect(await verify([OTHER], signature)).toEqual([[OTHER, 'no_app_secret']]);
    }
  });

  it('cannot be verified if the secret cannot be read', async () => {
    const broken = { appSecrets: () => Promise.reject(new TokenMissingError('not as expected')) };
    await expect(
      verifySignature({ tokens: broken, isSignedBy }, [OTHER], { signature: undefined, body }),
    ).rejects.toThrow('not as expected');
  });
});
