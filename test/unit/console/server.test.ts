import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CliError } from '../../../cli/cli-error.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import type { Page } from '../../../console/server/page.ts';
import { type ConsoleSettings, serveConsole } from '../../../console/server/serve.ts';
import { routes } from '../../../lambdas/contract/routes.ts';
import { ConsoleService, exampleOf, refused, SERVICE } from '../../support/console-service.ts';

const NUMBER = '106540352242922';
const JOB = `${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z`;
const USER = '16505551234';
const PAGE: Page = new Map([
  ['/', { type: 'text/html; charset=utf-8', text: '<!doctype html>' }],
  ['/console.js', { type: 'text/javascript; charset=utf-8', text: '// code' }],
]);

let service: ConsoleService;
let stop: AbortController;
let port: number;
let secret: string;
let ended: Promise<string>;

async function start(settings: Partial<ConsoleSettings> = {}): Promise<void> {
  const running = await serveConsole({
    apiUrl: SERVICE,
    authentication: { kind: 'key', key: 'the-key' },
    fetch: service.fetch,
    signal: stop.signal,
    page: PAGE,
    facts: { service: SERVICE, read_only: false },
    port: 0,
    idleMs: 60_000,
    ...settings,
  });
  const url = new URL(running.url);
  [port, secret, ended] = [Number(url.port), url.hash.slice('#key='.length), running.ended];
}

beforeEach(async () => {
  service = new ConsoleService();
  stop = new AbortController();
  await start();
});
afterEach(async () => {
  stop.abort();
  await ended;
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  readonly withSecret?: boolean;
}

/** As any program on the machine, or a page of another site, could ask: `path` goes as it is. */
function ask(path: string, { method = 'GET', headers = {}, body, withSecret = true }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isChunked = 'transfer-encoding' in headers;
    const all = {
      ...(withSecret && { 'x-console-secret': secret }),
      ...(body !== undefined && !isChunked && { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    };
    const sent = request({ host: '127.0.0.1', port, path, method, headers: all }, async (response) => {
      resolve({ status: response.statusCode, headers: response.headers, body: await text(response) });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
const JSON_BODY = { 'content-type': 'application/json' };
const change = JSON.stringify({ messaging_product: 'whatsapp', block_users: [{ user: USER }] });

/** Nothing of a request that was refused has reached the service. */
async function expectRefused(asked: Promise<Answer>, status: number): Promise<void> {
  const answer = await asked;
  expect(answer).toMatchObject({ status, body: expect.stringContaining('"console"') });
  expect(answer.body).not.toContain(secret);
  expect(service.calls).toEqual([]);
}

describe('who may ask', () => {
  test.each([
    'evil.example',
    'evil.example:PORT',
    // DNS rebinding: the name of another site leads to this machine.
    '127.0.0.1.evil.example:PORT',
    'localhost.evil.example:PORT',
    'localhost:1',
    '127.0.0.1',
    '0.0.0.0:PORT',
    '[::1]:PORT',
    '127.1:PORT',
    'user@127.0.0.1:PORT',
  ])('not under the host %s, not even the page', async (name) => {
    const host = name.replace('PORT', String(port));
    await expectRefused(ask('/api/numbers', { headers: { host } }), 403);
    await expectRefused(ask('/', { headers: { host } }), 403);
  });

  test.each([
    'https://evil.example',
    'null',
    'http://localhost:1',
    'https://127.0.0.1:PORT',
    'http://127.0.0.1:PORT.evil.example',
    // The same console under its other name is another origin to a browser.
    'http://localhost:PORT',
  ])('not from the origin %s', async (name) => {
    const origin = name.replace('PORT', String(port));
    await expectRefused(ask('/api/numbers', { headers: { origin } }), 403);
  });

  test('from its own origin, and under both of its names', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const answer = await ask('/api/numbers', { headers: { host, origin: `http://${host}` } });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('a browser that asks for leave on behalf of another site gets none', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-headers': 'x-console-secret' };
    const { status, headers: given } = await ask('/api/numbers', { method: 'OPTIONS', headers, withSecret: false });
    expect(status).toBe(403);
    expect(Object.keys(given).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('not without the secret', async () => {
    await expectRefused(ask('/api/numbers', { withSecret: false }), 401);
    await expectRefused(ask('/console.json', { withSecret: false }), 401);
  });

  test.each([
    ['another', () => 'x'.repeat(43)],
    ['a part of it', () => secret.slice(0, -1)],
    ['it and more', () => `${secret}x`],
    ['it twice', () => [secret, secret]],
    ['nothing', () => ''],
    ['a long one', () => 'x'.repeat(8_000)],
  ])('not with %s as the secret', async (_, given) => {
    await expectRefused(ask('/api/numbers', { withSecret: false, headers: { 'x-console-secret': given() } }), 401);
  });

  test('not with the secret in a cookie, the address or the usual header', async () => {
    const headers = { cookie: `secret=${secret}; x-console-secret=${secret}`, authorization: `Bearer ${secret}` };
    await expectRefused(
      ask(`/api/numbers?x-console-secret=${secret}&key=${secret}`, { withSecret: false, headers }),
      401,
    );
  });

  test('two consoles have different secrets, of 256 bits', async () => {
    const first = secret;
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
    stop.abort();
    await ended;
    stop = new AbortController();
    await start();
    expect(secret).not.toBe(first);
    await expectRefused(ask('/api/numbers', { withSecret: false, headers: { 'x-console-secret': first } }), 401);
  });
});

describe('what is passed on', () => {
  test('every route of the table but the one for machines', async () => {
    for (const { method, path, handler, scope } of routes()) {
      service.calls.length = 0;
      const at = path
        .replace('{version}', path.includes('{phoneNumberId}') ? 'v25.0' : NUMBER)
        .replace('{phoneNumberId}', NUMBER)
        .replace('{id}', path.startsWith('/keys') ? 'Aa0000000001' : JOB)
        .replace('{user}', '%2B16505551234');
      const sent = method === 'GET' ? {} : { body: change, headers: JSON_BODY };
      const { status } = await ask(`/api${at}`, { method, ...sent });
      if (scope === 'webhook') expect([status, service.calls]).toEqual([404, []]);
      else expect([status, service.calls]).toMatchObject([exampleOf(handler).status, [{ handler, method, path: at }]]);
    }
  });

  test.each([
    ['GET', '/api/admin'],
    ['GET', '/api/'],
    ['GET', '/api'],
    ['GET', '/apinumbers'],
    ['GET', '/numbers'],
    ['PUT', '/api/numbers'],
    ['HEAD', '/api/numbers'],
    ['TRACE', '/api/numbers'],
    ['PATCH', `/api/jobs/${JOB}`],
    ['GET', '/api/numbers/'],
    ['GET', '/api//numbers'],
    ['GET', '/api/%6Eumbers%2F'],
    ['POST', '/api/webhooks/whatsapp'],
    // Paths that a server behind could read as others.
    ['GET', '/api/../console.json'],
    ['GET', '/api/users/..'],
    ['GET', '/api/users/%2e%2e/history'],
    ['GET', '/api/users/..%2fkeys'],
    ['GET', '/api/users/..%5ckeys'],
    ['GET', '/api/users/a%2fb'],
    ['GET', '/api/users/a%252fb'],
    ['GET', '/api/users/%'],
    ['GET', '/api/users/a%00b'],
    ['GET', '/api/users/a%0d%0ab'],
    ['GET', '/api/jobs/a%3fb'],
    ['GET', '/api/jobs/a%23b'],
    ['GET', '/api/jobs/a;b'],
    ['GET', '/api/v25.0/0x10/block_users'],
    ['GET', '/api/v25.0%2f1/1/block_users'],
    ['GET', `/api/numbers?limit=1?after=2`],
    ['GET', `http://evil.example/api/numbers`],
    ['GET', `//evil.example/api/numbers`],
    ['GET', '/console.js/'],
    ['GET', '/../package.json'],
    ['GET', '/%2e%2e/package.json'],
    ['POST', '/'],
  ])('not %s %s', async (method, path) => {
    const { status, body } = await ask(path, { method });
    expect([status, service.calls]).toEqual([404, []]);
    if (method !== 'HEAD') expect(body).toContain('"console"');
  });

  test('a path and a query are spelled anew: what a user is called stays one part', async () => {
    await ask('/api/users/%2b1%20650?limit=5&after=a%2Bb%26c=d');
    expect(service.calls).toMatchObject([{ path: '/users/%2B1%20650?limit=5&after=a%2Bb%26c%3Dd' }]);
  });

  test('a parameter that is there twice is refused: it is not sure which of them counts', async () => {
    await expectRefused(ask('/api/numbers?limit=1&limit=2'), 400);
  });

  test('no header of the browser but two, and the person’s own credentials', async () => {
    const headers = {
      ...JSON_BODY,
      'idempotency-key': 'once',
      'x-on-behalf-of': 'ana@support',
      authorization: 'Bearer stolen',
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'x-http-method-override': 'DELETE',
      'x-amz-security-token': 'x',
      prefer: 'respond-async',
      referer: 'http://127.0.0.1/',
      'x-hub-signature-256': 'sha256=0',
    };
    await ask(`/api/${NUMBER}/block_users`, { method: 'POST', body: change, headers });
    expect(Object.fromEntries(service.calls[0]?.headers ?? [])).toEqual({
      ...JSON_BODY,
      authorization: 'Bearer the-key',
      'idempotency-key': 'once',
      'x-on-behalf-of': 'ana@support',
    });
    expect(service.calls[0]).toMatchObject({ method: 'POST', body: change });
  });

  test.each([
    [{ 'x-on-behalf-of': ['ana', 'bob'] }],
    [{ 'idempotency-key': ['one', 'two'] }],
    [{ 'x-on-behalf-of': 'ana\u00e9' }],
    [{ 'x-on-behalf-of': 'a'.repeat(300) }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/json; charset=utf-7' }],
  ])('not with %j', async (headers) => {
    await expectRefused(
      ask(`/api/${NUMBER}/block_users`, { method: 'POST', body: change, headers: { ...JSON_BODY, ...headers } }),
      400,
    );
  });

  test('a body of 6 MB, and none that is larger, whatever it says of its length', async () => {
    const largest = 'x'.repeat(6 * 1024 * 1024);
    const post = { method: 'POST', headers: JSON_BODY } as const;
    expect((await ask('/api/jobs', { ...post, body: largest })).status).toBe(exampleOf('createJobs').status);
    service.calls.length = 0;
    await expectRefused(ask('/api/jobs', { ...post, body: `${largest}x` }), 413);
    const chunked = { ...JSON_BODY, 'transfer-encoding': 'chunked' };
    await expectRefused(ask('/api/jobs', { ...post, body: `${largest}x`, headers: chunked }), 413);
  });
});

describe('a console that only reads', () => {
  beforeEach(async () => {
    stop.abort();
    await ended;
    stop = new AbortController();
    await start({ facts: { service: SERVICE, read_only: true } });
  });

  test('passes on what reads, a look-up too', async () => {
    expect((await ask('/api/numbers')).status).toBe(200);
    const users = JSON.stringify({ users: [USER] });
    const lookup = { method: 'POST', headers: JSON_BODY, body: users };
    expect((await ask(`/api/${NUMBER}/block_users/lookup`, lookup)).status).toBe(200);
  });

  test('and nothing else, however it is asked', async () => {
    for (const { method, path, handler, scope } of routes()) {
      if (method === 'GET' || handler === 'lookupUsers' || scope === 'webhook') continue;
      const at = path.replace('{version}', path.includes('{phone') ? 'v25.0' : NUMBER).replace(/\{\w+\}/g, '123');
      await expectRefused(ask(`/api${at}`, { method, body: change, headers: JSON_BODY }), 403);
    }
    const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
    await ask(`/api/${NUMBER}/block_users?limit=1`, { headers });
    expect(service.calls).toMatchObject([{ method: 'GET' }]);
    expect(service.calls[0]?.headers.get('x-http-method-override')).toBeNull();
  });
});

describe('what comes back', () => {
  const ANSWERS = [
    ['the page', '/', {}],
    ['its code', '/console.js', {}],
    ['an answer', '/api/numbers', {}],
    ['a refusal', '/api/nothing', {}],
    ['a refusal of another site', '/', { headers: { host: 'evil.example' } }],
  ] as const;
  test.each(ANSWERS)('%s is not stored, framed, guessed at, or read by another site', async (_, path, how) => {
    const { headers } = await ask(path, how);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self'",
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('etag');
  });

  test('the service decides neither how an answer is kept nor what it is', async () => {
    const headers = {
      'set-cookie': 'a=b',
      'cache-control': 'max-age=60',
      'content-type': 'text/html',
      'retry-after': '7',
    };
    service.answers = { listNumbersInUse: () => ({ ...refused(429, '<script>alert(1)</script>'), headers }) };
    const answer = await ask('/api/numbers');
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'retry-after': '7',
    });
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  test('a success has the shape of the contract; what a newer service says beside it is left out', async () => {
    const { body: example } = exampleOf('listNumbersInUse');
    const more = { ...Object(example), is_new: true };
    service.answers = { listNumbersInUse: () => ({ body: more }) };
    expect(JSON.parse((await ask('/api/numbers')).body)).toEqual(example);
    service.answers = { listNumbersInUse: () => ({ body: { data: 'none' } }) };
    expect(await ask('/api/numbers')).toMatchObject({
      status: 502,
      body: expect.stringContaining('as new as the service'),
    });
  });

  test('without credentials, it says how to sign in', async () => {
    stop.abort();
    await ended;
    stop = new AbortController();
    const credentials = async () => {
      throw new CliError(EXIT.notAuthorized, 'Your AWS sign-in is over: expired', 'Sign in again: aws sso login');
    };
    await start({ authentication: { kind: 'iam', region: 'eu-west-1', credentials } });
    const { status, body } = await ask('/api/numbers');
    expect([status, JSON.parse(body)]).toMatchObject([
      401,
      { console: { kind: 'signIn', hint: 'Sign in again: aws sso login' } },
    ]);
  });

  test('if the service cannot be reached, it says so', async () => {
    stop.abort();
    await ended;
    stop = new AbortController();
    await start({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ENOTFOUND') })) });
    const { status, body } = await ask('/api/numbers');
    expect([status, JSON.parse(body)]).toMatchObject([
      502,
      { console: { kind: 'unreachable', message: 'api.example.test cannot be reached: ENOTFOUND' } },
    ]);
  });
});

describe('its end', () => {
  test('comes within a second of the signal, whatever is open', async () => {
    service.answers = { listNumbersInUse: () => new Promise(() => {}) };
    const open = ask('/api/numbers').catch(() => 'cut off');
    await vi.waitFor(() => expect(service.calls).toHaveLength(1));
    const began = Date.now();
    stop.abort();
    expect(await ended).toBe('stopped');
    expect(Date.now() - began).toBeLessThan(1_000);
    expect(await open).toBe('cut off');
    await expect(ask('/')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
  });

  test('comes if nobody used it for long; looking at it again puts that off, and knocking without the secret does not', async () => {
    stop.abort();
    await ended;
    stop = new AbortController();
    const idleMs = 500;
    await start({ idleMs });
    const began = Date.now();
    while (Date.now() - began < 3 * idleMs) expect((await ask('/console.json')).status).toBe(200);
    let why: string | undefined;
    void ended.then((reason) => {
      why = reason;
    });
    while (why === undefined) await ask('/console.json', { withSecret: false }).catch(() => {});
    expect(why).toBe('idle');
  });
});
