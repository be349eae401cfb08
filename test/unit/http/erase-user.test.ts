import { describe, expect, test } from 'vitest';
import { eraseUserResponse, readEraseUser } from '../../../lambdas/http/erase-user.ts';
import { ACTOR, gatewayEvent, NUMBER, REQUEST_ID, read, refusal, type Sent, send } from '../../support/gateway.ts';

const ROUTE = { resource: '/users/{user}/erase', path: { user: '%2B16505551234' } };
const ask = (sent: Sent = {}) => read({ ...ROUTE, ...sent }, readEraseUser);

describe('a request to erase a user', () => {
  test('needs no body, and names the user by any spelling', async () => {
    const asked = { id: '16505551234', unblock: false, actor: ACTOR };
    for (const body of [undefined, {}, { phone_number_ids: null, unblock: null }])
      expect(await ask({ body })).toEqual(expect.objectContaining({ status: 200, body: asked }));
    expect((await ask({ headers: { 'X-On-Behalf-Of': 'dpo' } })).body).toEqual({ ...asked, onBehalfOf: 'dpo' });
  });

  test('may be for some numbers, each once, and unblock first; in a query or a form too', async () => {
    const body = { phone_number_ids: [NUMBER, '1', NUMBER], unblock: true };
    const read = { phoneNumberIds: [NUMBER, '1'], unblock: true };
    expect((await ask({ body })).body).toMatchObject(read);
    const query = { phone_number_ids: JSON.stringify(body.phone_number_ids), unblock: '1' };
    expect((await ask({ query })).body).toMatchObject(read);
  });

  test.each<[object, string]>([
    [
      { phone_number_ids: [] },
      'phone_number_ids: must have at least one phone number id; leave it out for every number in use',
    ],
    [{ phone_number_ids: Array(1_001).fill('1') }, 'phone_number_ids: must have at most 1000 phone number ids'],
    [{ phone_number_ids: NUMBER }, 'phone_number_ids: must be a list of phone number ids'],
    [{ phone_number_ids: ['me'] }, 'phone_number_ids[0]: must be 1 to 32 digits'],
    [{ unblock: 'yes' }, 'unblock: must be true or false'],
    [{ all_numbers: true }, 'all_numbers: is not a parameter of this route; it takes phone_number_ids, unblock'],
  ])('is refused by the name of the field: %j', async (body, message) => {
    expect(await ask({ body })).toMatchObject({ status: 400, body: refusal(message) });
  });

  test('is refused for a user who is none', async () => {
    expect(await ask({ path: { user: 'me' } })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/^\(#100\) user: .*\(in the path\)/) } },
    });
  });

  test('names the numbers, all of them its own, if its caller may use only some', async () => {
    const asConfined = (body: object) =>
      read({ ...ROUTE, body }, (request) => readEraseUser({ ...request, numbers: new Set([NUMBER]) }));
    expect(await asConfined({ phone_number_ids: [NUMBER] })).toMatchObject({ status: 200 });
    expect(await asConfined({ phone_number_ids: [NUMBER, '1'] })).toMatchObject({ status: 403 });
    const details = 'This caller may use only some numbers; send them as phone_number_ids';
    expect(await asConfined({})).toMatchObject({ status: 403, body: { error: { code: 10, error_data: { details } } } });
  });
});

describe('the answer', () => {
  const answer = (end: Parameters<typeof eraseUserResponse>[1]) =>
    send(gatewayEvent(ROUTE), (request) => eraseUserResponse(request, end));

  test('is the receipt', async () => {
    const erased = { numbers: 1, events: 2, items: 1, aliases: 0 };
    const until = '2026-12-06T12:00:00.000Z';
    const jobIds = [`${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z`];
    const { status, body } = await answer({
      kind: 'erased',
      receipt: {
        erased,
        standing: [{ phoneNumberId: NUMBER, state: 'blocked', code: 10 }],
        remains: [
          { where: 'jobs', until, jobIds, why: 'x' },
          { where: 'graph', phoneNumberIds: [NUMBER], why: 'y' },
        ],
      },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      erased,
      standing: [{ phone_number_id: NUMBER, state: 'blocked', code: 10 }],
      remains: [
        { where: 'jobs', until, job_ids: jobIds, why: 'x' },
        { where: 'graph', phone_number_ids: [NUMBER], why: 'y' },
      ],
    });
  });

  test('is 503 with the time to come again if not everything is erased yet', async () => {
    expect(await answer({ kind: 'unfinished', message: 'Send it again', retryAfterSeconds: 60 })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '60' },
      body: {
        error: { message: 'Send it again', code: 2, error_data: { details: 'Send it again' }, fbtrace_id: REQUEST_ID },
      },
    });
  });
});
