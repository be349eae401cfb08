import { describe, expect, test } from 'vitest';
import { readChange } from '../../../lambdas/http/block-request.ts';
import { readNoParameters } from '../../../lambdas/http/body.ts';
import { readCreateJobs } from '../../../lambdas/http/create-jobs.ts';
import { readListRequest } from '../../../lambdas/http/list-request.ts';
import { readLookup } from '../../../lambdas/http/lookup.ts';
import { read, refusal, rulesAt, type Sent } from '../../support/gateway.ts';

const BODY = { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }] };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const refused = (name: string) =>
  refusal(
    `${name}: does not change the HTTP method here; leave it out, and send POST to block, DELETE to unblock, GET to read`,
  );

const ROUTES: Record<string, (sent: Sent) => ReturnType<typeof read>> = {
  block: (sent) => read({ body: BODY, ...sent }, (request) => readChange(request, 'block', rulesAt(0))),
  unblock: (sent) =>
    read({ method: 'DELETE', body: BODY, ...sent }, (request) => readChange(request, 'unblock', rulesAt(0))),
  jobs: (sent) =>
    read({ body: { action: 'block', phone_number_ids: ['1'], block_users: BODY.block_users }, ...sent }, (request) =>
      readCreateJobs(request, rulesAt(0)),
    ),
  'look-up': (sent) => read({ body: { users: ['16505551234'] }, ...sent }, readLookup),
  'cancel, retry and reconcile': (sent) => read(sent, readNoParameters),
};

describe.each(Object.entries(ROUTES))('a request to %s', (_, send) => {
  test('is accepted without one', async () => {
    expect(await send({})).toMatchObject({ status: 200 });
  });

  test.each([
    ['method', 'delete'],
    ['method', 'DELETE'],
    ['method', 'post'],
    ['method', 'nonsense'],
    ['Method', 'Delete'],
    ['METHOD', 'GET'],
    ['_method', 'put'],
    ['method[]', 'delete'],
  ])('is refused with %s=%s, in the query and in the body', async (name, method) => {
    const body = { ...BODY, [name]: method };
    const multipart = `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${method}\r\n--x--`;
    for (const sent of [
      { query: { [name]: method } },
      { body },
      { body, base64: true },
      { headers: FORM, body: `${name}=${method}&messaging_product=whatsapp` },
      { headers: FORM, body: `reason=x&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=${method}` },
      { headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body: multipart },
    ]) {
      const answer = await send(sent);
      expect(answer, JSON.stringify(sent)).toMatchObject({ status: 400 });
      expect(JSON.stringify(answer.body).toLowerCase()).toContain('method');
    }
    expect(await send({ query: { [name]: method } })).toMatchObject({ body: refused(name) });
  });

  test.each(['X-HTTP-Method-Override', 'x-http-method', 'X-METHOD-OVERRIDE'])(
    'is refused with the header %s',
    async (name) => {
      expect(await send({ headers: { [name]: 'DELETE' } })).toMatchObject({
        status: 400,
        body: refused(name.toLowerCase()),
      });
    },
  );
});

test('a list is refused with one, which would have blocked', async () => {
  for (const method of ['post', 'POST', 'delete']) {
    const sent = { method: 'GET', query: { method, block_users: '[]' } };
    expect(await read(sent, readListRequest)).toMatchObject({ status: 400, body: refused('method') });
  }
});

test('the word may be in any other text', async () => {
  const body = { ...BODY, reason: 'method=delete', block_users: [{ user: '+16505551234', method: 'delete' }] };
  expect(await ROUTES.block?.({ body })).toMatchObject({ status: 200 });
});
