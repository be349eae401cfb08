/** Who is not let in, and what is not taken: refused with a sentence that says why, and nothing is called or written. */
import { expect, test } from 'vitest';
import type { ApiCall } from '../../local/api-client.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { Blocklist, call, entry } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { countEvents, countStored } from './support/stored.ts';

calmAfterEach();

const [USER = ''] = phoneNumbers(1);

test('no route answers an unsigned call', async () => {
  const id = phoneNumberId('unsigned');
  const body = { messaging_product: 'whatsapp', block_users: [{ user: USER }] };
  const job = `/jobs/${id}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z`;
  const calls: ApiCall[] = [`/v25.0/${id}/block_users`, `/${id}/block_users`].flatMap((path): ApiCall[] => [
    { method: 'GET', path },
    { method: 'GET', path: `${path}?source=graph` },
    { method: 'POST', path, body },
    { method: 'POST', path, body, headers: { prefer: 'respond-async', 'idempotency-key': 'unsigned' } },
    { method: 'DELETE', path, body },
    { method: 'GET', path: `${path}/${USER}` },
    { method: 'GET', path: `${path}/${USER}/history` },
    { method: 'POST', path: path.replace('block_users', 'blocklist/reconcile') },
  ]);
  calls.push(
    { method: 'GET', path: '/jobs' },
    { method: 'GET', path: job },
    { method: 'GET', path: `${job}/users` },
    { method: 'POST', path: `${job}/cancel` },
    { method: 'POST', path: `${job}/retry` },
    { method: 'POST', path: `${job}/revert` },
    { method: 'GET', path: '/openapi.json' },
    { method: 'GET', path: '/health' },
    { method: 'GET', path: '/' },
    { method: 'GET', path: '/v25.0/nothing/here' },
    { method: 'POST', path: '/health', body },
  );
  for (const one of calls) {
    const { status, headers, body: refusal } = await call({ ...one, signed: false });
    const what = `${one.method} ${one.path}`;
    expect(status, what).toBe(403);
    expect(refusal, what).toMatchObject({
      error: {
        message: expect.stringContaining('not signed'),
        type: 'OAuthException',
        code: 104,
        fbtrace_id: headers.get('x-request-id'),
      },
    });
  }
  expect(await simulator.calls(id)).toEqual([]);
  expect(await countStored(id)).toBe(0);
  expect(await countEvents(id, [USER])).toBe(0);
});

test('a route that does not exist is refused in the same shape, signed or not', async () => {
  for (const method of ['GET', 'POST', 'DELETE'] as const) {
    const answer = await call({ method, path: '/v25.0/nothing/here' });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ error: { message: expect.stringContaining('no such route'), code: 104 } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  }
});

test('every signed caller can read the health of the service', async () => {
  expect(await call({ method: 'GET', path: '/health' })).toMatchObject({ status: 200, body: { status: 'ok' } });
});

test('a malformed request is refused as a whole by the name of its field, and nothing is called or written', async () => {
  const id = phoneNumberId('malformed');
  const blocklist = new Blocklist(id);
  const { path } = blocklist;
  const users = phoneNumbers(5);
  const good = { messaging_product: 'whatsapp', block_users: users.map(entry) };
  const send = (body: unknown, headers: Record<string, string> = {}): ApiCall => ({
    method: 'POST',
    path,
    body,
    headers: { prefer: 'respond-async', ...headers },
  });
  const withEntry = (third: unknown) => send({ ...good, block_users: [...good.block_users.slice(0, 3), third] });
  const get = (below: string): ApiCall => ({ method: 'GET', path: path + below });
  const post = (path: string, body: unknown): ApiCall => ({ method: 'POST', path, body });

  const refusals: [ApiCall, named: string, status?: number][] = [
    [send('{"messaging_product": "whatsapp", '), 'body: is not valid JSON'],
    [send(''), 'body: is empty'],
    [send([good]), 'body: must be a JSON object'],
    [send({ block_users: good.block_users }), 'messaging_product: must be "whatsapp"'],
    [send({ ...good, messaging_product: 'messenger' }), 'messaging_product: must be "whatsapp"'],
    [send({ messaging_product: 'whatsapp' }), 'block_users: must be a list'],
    [send({ ...good, block_users: { user: USER } }), 'block_users: must be a list'],
    [send({ ...good, block_users: [] }), 'block_users: must have at least one entry'],
    [send({ ...good, block_users: phoneNumbers(64_001).map(entry) }), 'block_users: must have at most 64000 entries'],
    [send(good, { 'content-type': 'text/xml' }), 'Content-Type: must be application/json', 415],
    [send(good, { 'content-type': 'application/x-www-form-urlencoded' }), 'body: is JSON, but Content-Type'],
    [send('--x--', { 'content-type': 'multipart/form-data; boundary=y' }), 'body: is not valid multipart/form-data'],
    [send({ ...good, method: 'delete' }), 'method: does not change the HTTP method'],
    [send(good, { 'x-http-method-override': 'DELETE' }), 'x-http-method-override: does not change'],
    [{ ...send(good), path: `${path}?method=delete` }, 'method: does not change the HTTP method'],
    [get('?method=post'), 'method: does not change the HTTP method'],
    [
      { ...send({ ...good, reason: 'abuse' }), path: `${path}?reason=spam` },
      'reason: is in both the query and the body',
    ],
    [{ ...send(good), path: `${path}?expires_in=` }, 'expires_in: must not be empty'],
    [send({ ...good, reason: 'a\ud83d' }), 'reason: must be one line'],
    [send({ ...good, reason: 'a\u202eb' }), 'reason: must be one line'],
    [
      send({ ...good, expire_in: 60 }),
      'expire_in: is not a parameter of this route; it takes messaging_product, block_users',
    ],
    [send({ ...good, dry_run: 'maybe' }), 'dry_run: must be true or false'],
    [{ ...send(good), path: `${path}?on_behalf_of=ana` }, 'on_behalf_of: is not a parameter of this route'],
    [withEntry({ user: users[3], reason: 'spam' }), 'block_users[3].reason: does not belong in an entry'],
    [get('?expires_after=2030-01-01'), 'expires_after: is not a parameter of this route'],
    [get('?blocked_after=yesterday'), 'blocked_after: must be a time with its offset (RFC 3339)'],
    [get('?source=graph&reason_code=spam'), 'reason_code: cannot be combined with source=graph'],
    [send({ ...good, reason_code: 'spammer' }), 'reason_code: must be one of spam, abuse, fraud'],
    [{ ...send({ ...good, reason_code: '' }), method: 'DELETE' }, 'reason_code: must be one of spam, abuse, fraud'],
    [
      post('/jobs', { ...good, action: 'block', phone_number_ids: [id], reason_code: 7 }),
      'reason_code: must be one of spam, abuse, fraud',
    ],
    [get(`?source=graph&after=${'x'.repeat(3_000)}`), 'after: must have at most 2048 characters'],
    [withEntry({ user: '\ud83d' }), 'block_users[3].user: is not well-formed Unicode'],
    [{ ...send(good), path: `/v${'2'.repeat(3_000)}.0/${id}/block_users` }, 'version: must look like v25.0'],
    [get('?limit='), 'limit: must not be empty'],
    [get('?after='), 'after: must not be empty'],
    [withEntry(users[3]), 'block_users[3]: must be an object'],
    [withEntry({}), 'block_users[3]: needs user or user_id'],
    [withEntry({ user: 16502530000 }), 'block_users[3].user: must be a string'],
    [withEntry({ user_id: ['US.1'] }), 'block_users[3].user_id: must be a string'],
    [send({ ...good, reason: 7 }), 'reason: must be a string'],
    [send({ ...good, reason: 'x'.repeat(257) }), 'reason: must have at most 256 characters'],
    [send({ ...good, expires_at: '2099-01-01T00:00:00Z' }), 'expires_at: must be at most 5 years from now'],
    [send({ ...good, expires_at: '2020-01-01T00:00:00Z' }), 'expires_at: must be in the future'],
    [send({ ...good, expires_at: 'tomorrow' }), 'expires_at: must be a time with its offset (RFC 3339)'],
    [send({ ...good, expires_in: 0 }), 'expires_in: must be a whole number of seconds'],
    [send({ ...good, expires_in: 60, expires_at: '2027-01-01T00:00:00Z' }), 'expires_in: cannot be combined'],
    [send({ ...good, defer: 'yes' }), 'defer: must be true or false'],
    [{ ...send({ ...good, defer: true }), method: 'DELETE' }, 'defer: cannot be used to unblock'],
    [send({ ...good, padding: 'x'.repeat(6 * 1024 * 1024) }), 'body: must have at most', 413],
    [send(good, { 'idempotency-key': 'two words' }), 'Idempotency-Key: '],
    [send(good, { 'x-on-behalf-of': 'a'.repeat(129) }), 'X-On-Behalf-Of: must have at most 128 characters'],
    [{ ...send(good), path: '/v25.0/support/block_users' }, 'phone_number_id: must be 1 to 32 digits'],
    [{ ...send(good), path: '/support/block_users' }, 'phone_number_id: must be 1 to 32 digits'],
    [{ ...send(good), path: `/v25/${id}/block_users` }, 'version: must look like v25.0'],
    [get('?limit=0'), 'limit: must be a whole number from 1 to 1000'],
    [get('?limit=1001'), 'limit: must be a whole number'],
    [get('?limit=10&limit=20'), 'limit: is given more than once'],
    [get('?after=nonsense'), 'after: is not a cursor'],
    [get('?after=WzAsIjEiXQ&before=WzAsIjEiXQ'), 'after: cannot be combined with before'],
    [get('?fields=wa_id,password'), 'fields: password is not one of'],
    [get('?source=both'), 'source: must be one of mirror, graph, api, job'],
    [get('/nobody'), 'user: Neither a phone number in international format nor'],
    [get('/%2B12/history'), 'user: A phone number in international format has 7 to 15 digits'],
    [get('/%E0%A4%A/history'), 'user: is not valid percent-encoding'],
    [post(`/v25.0/${id}/block_users/lookup`, { users: Array(1_001).fill('1') }), 'users: must have at most 1000'],
    [post(`/v25.0/${id}/block_users/lookup`, { users: [7] }), 'users[0]: must be a string'],
    [post('/jobs', { ...good, action: 'block', phone_number_ids: ['me'] }), 'phone_number_ids[0]: must be 1 to 32'],
    [
      post('/jobs', { ...good, action: 'block', phone_number_ids: Array(1_001).fill(id) }),
      'phone_number_ids: must have at most 1000',
    ],
    [post('/jobs', { ...good, action: 'mute', phone_number_ids: [id] }), 'action: must be block or unblock'],
    [post('/webhooks/whatsapp', { object: 'page', entry: [] }), 'object: must be "whatsapp_business_account"'],
    [{ method: 'GET', path: `/v25.0/${id}/operations?since=monday` }, 'since: '],
    [{ method: 'GET', path: '/jobs?batch_id=7' }, 'batch_id: '],
    [{ method: 'POST', path: '/v25.0/support/blocklist/reconcile' }, 'phone_number_id: must be 1 to 32 digits'],
    [{ method: 'POST', path: `/v25/${id}/blocklist/reconcile` }, 'version: must look like v25.0'],
    [{ method: 'GET', path: '/jobs?status=lost' }, 'status: must be one of queued, running'],
    [{ method: 'GET', path: '/jobs?phone_number_id=support' }, 'phone_number_id: must be 1 to 32 digits'],
    [{ method: 'GET', path: '/jobs?limit=1001' }, 'limit: must be a whole number'],
    [{ method: 'GET', path: '/jobs?after=nonsense' }, 'after: is not a cursor'],
    [{ method: 'GET', path: '/jobs/42' }, 'id: no such job', 404],
    [{ method: 'POST', path: '/jobs/42/cancel' }, 'id: no such job', 404],
    [{ method: 'POST', path: `/jobs/${id}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z/cancel` }, 'id: there is no job', 404],
    [{ method: 'POST', path: `/jobs/${id}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z/retry` }, 'id: there is no job', 404],
    [{ method: 'POST', path: `/jobs/${id}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z/revert` }, 'id: there is no job', 404],
    [{ method: 'GET', path: `/jobs/${id}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z` }, 'id: there is no job', 404],
    [{ method: 'GET', path: `/jobs/${id}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z/users` }, 'id: there is no job', 404],
    [{ method: 'GET', path: `/jobs/${id}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z/users?outcome=lost` }, 'outcome: must be one of'],
  ];
  for (const [request, named, status = 400] of refusals) {
    const answer = await call(request);
    expect(answer.body, named).toEqual({
      error: {
        message: expect.stringContaining(`(#100) ${named}`),
        type: 'OAuthException',
        code: 100,
        error_data: { details: expect.stringContaining(named) },
        fbtrace_id: answer.headers.get('x-request-id'),
      },
    });
    expect(answer.status, named).toBe(status);
  }
  expect(await simulator.calls(id)).toEqual([]);
  expect(await countStored(id)).toBe(0);
  expect(await countEvents(id, users)).toBe(0);

  // The same checks find something if a request was accepted.
  expect((await blocklist.block(users)).status).toBe(200);
  expect(await simulator.calls(id)).toMatchObject([{ method: 'POST', users: 5, status: 200 }]);
  expect(await countStored(id)).toBeGreaterThan(users.length);
  expect(await countEvents(id, users)).toBe(users.length);
});
