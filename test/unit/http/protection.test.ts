import { describe, expect, test } from 'vitest';
import type { ProtectedUser } from '../../../lambdas/core/protection/protected-user.ts';
import {
  protectedUserResponse,
  protectedUsersResponse,
  protectionResponse,
  readProtectedUsersPage,
  readProtection,
  unprotectedResponse,
} from '../../../lambdas/http/protection.ts';
import { mirrorUser } from '../../support/contract-fixtures.ts';
import { ACTOR, gatewayEvent, read, refusal, rulesAt, type Sent, send } from '../../support/gateway.ts';

const USER: ProtectedUser = {
  user: '16505551234',
  ids: ['16505551234', 'US.1'],
  actor: 'ana',
  reason: 'ours',
  reasonCode: 'other',
  protectedAt: '2026-11-01T12:00:00.000Z',
  revision: 3,
};
const SHOWN = {
  wa_id: '16505551234',
  ids: ['16505551234', 'US.1'],
  reason: 'ours',
  reason_code: 'other',
  protected_at: '2026-11-01T12:00:00.000Z',
  protected_by: 'ana',
};
const one = { resource: '/protected_users/{user}', path: { user: '%2B1 650-555 1234' } };

describe.each(['PUT', 'DELETE'])('%s /protected_users/{user}', (method) => {
  const ask = (sent: Sent = {}) => read({ ...one, method, ...sent }, (request) => readProtection(request, rulesAt(0)));

  test('takes a user in any spelling, and a reason or none', async () => {
    const known = { id: '16505551234', actor: ACTOR };
    expect((await ask()).body).toEqual(known);
    expect((await ask({ body: {} })).body).toEqual(known);
    expect((await ask({ body: { reason: '' } })).body).toEqual(known);
    expect((await ask({ body: { reason: null } })).body).toEqual(known);
    const headers = { 'X-On-Behalf-Of': 'bo' };
    expect((await ask({ body: { reason: 'ours' }, headers })).body).toEqual({
      ...known,
      onBehalfOf: 'bo',
      reason: 'ours',
    });
    expect((await ask({ query: { reason: 'ours' } })).body).toEqual({ ...known, reason: 'ours' });
    expect((await ask({ body: { reason_code: 'other' } })).body).toEqual({ ...known, reasonCode: 'other' });
    expect((await ask({ path: { user: 'us.134' } })).body).toEqual({ ...known, id: 'US.134' });
  });

  test.each<[Sent, string]>([
    [
      { path: { user: 'nobody' } },
      'user: Neither a phone number in international format nor a business-scoped user id (in the path)',
    ],
    [{ body: { reason: 'x'.repeat(257) } }, 'reason: must have at most 256 characters'],
    [{ body: { reason: 1 } }, 'reason: must be a string'],
    [{ body: '[]' }, 'body: must be a JSON object'],
    [{ body: { block_users: [] } }, 'block_users: is not a parameter of this route; it takes reason, reason_code'],
    [
      { body: { reason_code: 'nope' } },
      'reason_code: must be one of spam, abuse, fraud, harassment, opt_out, test, other',
    ],
    [{ headers: { 'X-On-Behalf-Of': 'x'.repeat(129) } }, 'X-On-Behalf-Of: must have at most 128 characters'],
  ])('refuses %j', async (sent, message) => {
    expect(await ask(sent)).toMatchObject({ status: 400, body: refusal(message) });
  });
});

test('the answer to a protection has the user, and each number with a block as a look-up has it', async () => {
  const blockedOn = [{ phoneNumberId: '1', user: mirrorUser('16505551234', { reason: 'spam' }) }];
  const answer = await send(gatewayEvent({ ...one, method: 'PUT' }), () =>
    protectionResponse({ user: USER, blockedOn }),
  );
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).toMatchObject({
    protected: true,
    ...SHOWN,
    blocked_on: [{ phone_number_id: '1', blocked: true, state: 'blocked', wa_id: '16505551234', reason: 'spam' }],
  });
});

test('the answers about one user', async () => {
  const shown = await send(gatewayEvent({ ...one, method: 'GET' }), () => protectedUserResponse(USER));
  expect(shown.body).toEqual({ protected: true, ...SHOWN });
  const ended = await send(gatewayEvent({ ...one, method: 'DELETE' }), () =>
    unprotectedResponse({ id: 'US.1', actor: 'a' }),
  );
  expect(ended.body).toEqual({ protected: false, user_id: 'US.1' });
});

test('the list has pages with a cursor, which leads on', async () => {
  const sent = { resource: '/protected_users', path: {}, method: 'GET', query: { limit: '1' } };
  const page = await send(gatewayEvent(sent), (request) =>
    protectedUsersResponse(request, { users: [USER], more: true }),
  );
  expect(page.body).toMatchObject({
    data: [SHOWN],
    paging: { next: expect.stringMatching(/\/protected_users\?limit=1&after=\S+$/) },
  });
  const next = new URL(String(Object(Object(page.body).paging).next));
  const query = Object.fromEntries(next.searchParams);
  expect((await read({ ...sent, query }, readProtectedUsersPage)).body).toEqual({ limit: 1, after: '16505551234' });
  const last = await send(gatewayEvent(sent), (request) => protectedUsersResponse(request, { users: [], more: false }));
  expect(last.body).toEqual({ data: [], paging: { cursors: {} } });
  expect(await read({ ...sent, query: { after: 'x' } }, readProtectedUsersPage)).toMatchObject({ status: 400 });
});
