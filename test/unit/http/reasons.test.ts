import { describe, expect, test } from 'vitest';
import type { ApiRequest } from '../../../lambdas/http/api-request.ts';
import { readChange } from '../../../lambdas/http/block-request.ts';
import { readCreateJobs } from '../../../lambdas/http/create-jobs.ts';
import type { ChangeRules } from '../../../lambdas/http/reasons.ts';
import { NUMBER, read, refusal, rulesAt, type Sent } from '../../support/gateway.ts';

const CHANGE = { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }] };
const ON_NUMBERS = { ...CHANGE, action: 'block', phone_number_ids: [NUMBER] };

interface Asking {
  readonly sent: Sent & { readonly body: object };
  readonly reader: (request: ApiRequest, rules: ChangeRules) => unknown;
}
/** Every route on which a caller asks for a change. */
const ROUTES: Readonly<Record<string, Asking>> = {
  'a block': { sent: { body: CHANGE }, reader: (request, rules) => readChange(request, 'block', rules) },
  'an unblock': {
    sent: { method: 'DELETE', body: CHANGE },
    reader: (request, rules) => readChange(request, 'unblock', rules),
  },
  jobs: { sent: { resource: '/jobs', path: {}, body: ON_NUMBERS }, reader: readCreateJobs },
};

describe.each(Object.entries(ROUTES))('of %s', (_, { sent, reader }) => {
  const ask = (fields: object, rules: Partial<ChangeRules> = {}, more: Sent = {}) =>
    read({ ...sent, body: { ...sent.body, ...fields }, ...more }, (request) =>
      reader(request, { ...rulesAt(0), ...rules }),
    );

  test.each(['spam', 'abuse', 'fraud', 'harassment', 'opt_out', 'test', 'other'])(
    'the code %s is read, with a reason and without',
    async (reason_code) => {
      expect(await ask({ reason_code })).toMatchObject({ status: 200, body: { reasonCode: reason_code } });
      const both = await ask({ reason_code, reason: 'forty messages' });
      expect(both.body).toMatchObject({ reasonCode: reason_code, reason: 'forty messages' });
    },
  );

  test('neither is needed, and null is nothing', async () => {
    for (const fields of [{}, { reason_code: null }, { reason_code: null, reason: null }]) {
      const { status, body } = await ask(fields);
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('reasonCode');
    }
  });

  test('a code comes in the query, too, as clients send it that write the body themselves', async () => {
    expect(await ask({}, {}, { query: { reason_code: 'spam' } })).toMatchObject({
      status: 200,
      body: { reasonCode: 'spam' },
    });
  });

  test.each(['spammer', 'Spam', ' spam', '', 7, ['spam'], true, {}])(
    'the code %j is refused, and the message has those that there are',
    async (reason_code) => {
      expect(await ask({ reason_code })).toMatchObject({
        status: 400,
        body: refusal('reason_code: must be one of spam, abuse, fraud, harassment, opt_out, test, other'),
      });
    },
  );

  test('the codes are those of the deployment', async () => {
    const own = { reasonCodes: ['chargeback', 'minor'] };
    expect(await ask({ reason_code: 'minor' }, own)).toMatchObject({ status: 200, body: { reasonCode: 'minor' } });
    expect(await ask({ reason_code: 'spam' }, own)).toMatchObject({
      status: 400,
      body: refusal('reason_code: must be one of chargeback, minor'),
    });
  });

  test('a code may be required', async () => {
    const rules = { requireReason: 'code', reasonCodes: ['spam', 'abuse'] } as const;
    for (const fields of [{}, { reason: 'forty messages' }, { reason_code: null }]) {
      expect(await ask(fields, rules)).toMatchObject({
        status: 400,
        body: refusal('reason_code: is required on this deployment; one of spam, abuse'),
      });
    }
    expect((await ask({ reason_code: 'abuse' }, rules)).status).toBe(200);
  });

  test('a text may be required', async () => {
    const rules = { requireReason: 'text' } as const;
    const blank = ['', '  ', '\u200b', '\u3164', '\u2800 \u00a0'].map((reason) => ({ reason }));
    for (const fields of [{}, { reason_code: 'spam' }, ...blank, { reason: null }]) {
      expect(await ask(fields, rules)).toMatchObject({
        status: 400,
        body: refusal('reason: is required on this deployment; say why, in at most 256 characters'),
      });
    }
    expect((await ask({ reason: 'forty messages' }, rules)).status).toBe(200);
  });
});
