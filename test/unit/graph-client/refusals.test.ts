import type http from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { GraphError, GraphErrorKind } from '../../../lambdas/core/errors.ts';
import {
  aCall,
  type Canned,
  cannedGraph,
  change,
  clientOf,
  graphError,
  NUMBER,
  people,
  refusalOf,
  SPLASHIFY,
  TOKEN,
} from './canned-graph.ts';

const refused = (
  code: unknown,
  fields: object = {},
  { status = 400, headers = {} }: Partial<Pick<Canned, 'status' | 'headers'>> = {},
): Canned => ({
  status,
  headers,
  body: { error: { message: `(#${String(code)}) Refused`, type: 'OAuthException', code, ...fields } },
});

describe('a whole request that Graph refuses', () => {
  test.each<[number, number, GraphErrorKind]>([
    [139100, 400, 'permanent'],
    [139101, 400, 'list_full'],
    [139102, 400, 'list_changed'],
    [139103, 500, 'transient'],
    [130429, 400, 'rate_limited'],
    [131021, 400, 'permanent'],
    [131047, 400, 'permanent'],
    [100, 400, 'permanent'],
    [190, 401, 'token'],
    [104, 401, 'token'],
    [3, 403, 'permission'],
    [10, 403, 'permission'],
    [200, 403, 'permission'],
    [299, 403, 'permission'],
    [1, 500, 'transient'],
    [2, 503, 'transient'],
    [4, 400, 'rate_limited'],
    [17, 400, 'rate_limited'],
    [341, 400, 'rate_limited'],
    [368, 400, 'rate_limited'],
    [80007, 400, 'rate_limited'],
    [0, 401, 'token'],
    [131005, 403, 'token'],
    [32, 400, 'rate_limited'],
    [613, 400, 'rate_limited'],
    [80008, 429, 'rate_limited'],
    [131048, 400, 'permanent'],
  ])('with %d (HTTP %d) is %s', async (code, status, kind) => {
    const fields = { error_data: { details: 'Why' }, fbtrace_id: 'AbC123' };
    for (const spelled of [code, String(code)]) {
      expect(await refusalOf(refused(spelled, fields, { status }))).toMatchObject({
        name: 'GraphError',
        kind,
        code,
        message: `(#${code}) Refused`,
        type: 'OAuthException',
        details: 'Why',
        fbtraceId: 'AbC123',
      });
    }
  });

  test.each([460, 463, 467])('with 190 keeps the subcode %d', async (error_subcode) => {
    expect(await refusalOf(refused(190, { error_subcode }, { status: 401 }))).toMatchObject({
      kind: 'token',
      subcode: error_subcode,
    });
  });

  test('with 100 and subcode 33 names no such number', async () => {
    expect(await refusalOf(refused(100, { error_subcode: '33', type: 'GraphMethodException' }))).toMatchObject({
      kind: 'permanent',
      subcode: 33,
      type: 'GraphMethodException',
    });
  });

  test('is transient if it says so', async () => {
    expect(await refusalOf(refused(99, { is_transient: true }))).toMatchObject({ kind: 'transient', code: 99 });
    expect(await refusalOf(refused(99, { is_transient: false }))).toMatchObject({ kind: 'permanent', code: 99 });
  });

  test.each([500, 502, 503, 504])('with HTTP %d and no code is transient', async (status) => {
    expect(await refusalOf({ status, body: { error: { message: 'Oops' } } })).toMatchObject({
      kind: 'transient',
      code: 1,
      message: 'Oops',
      maybeApplied: true,
    });
  });

  test('with HTTP 429 and no code is throttling', async () => {
    expect(await refusalOf({ status: 429, body: { error: { message: 'Slow down' } } })).toMatchObject({
      kind: 'rate_limited',
      code: 130429,
    });
  });

  test.each([
    ['a bare text', 'Why', 'Why'],
    ['an object', { details: 'Why', messaging_product: 'whatsapp' }, 'Why'],
    ['null', null, undefined],
    ['a list', ['Why'], undefined],
  ])('has details in an error_data that is %s', async (_, error_data, details) => {
    expect((await refusalOf(refused(100, { error_data }))).details).toBe(details);
  });

  test('with empty lists is refused as a whole', async () => {
    const block_users = { added_users: [], failed_users: [] };
    expect(
      await refusalOf({ status: 400, body: { block_users, error: { code: 139101, message: 'Full' } } }),
    ).toMatchObject({
      kind: 'list_full',
    });
    expect(await refusalOf({ status: 400, body: { block_users: null, error: { code: 139101 } } })).toMatchObject({
      kind: 'list_full',
      message: '(#139101) Graph refused the request',
    });
  });

  test('with HTTP 200 is refused by its code', async () => {
    expect(await refusalOf(refused(190, {}, { status: 200 }))).toMatchObject({ kind: 'token' });
  });

  test('by Splashify is the same', async () => {
    const error = { message: '(#3) The account has no such feature', code: 3 };
    expect(await refusalOf({ status: 403, body: { error } }, aCall({ credentials: SPLASHIFY }))).toMatchObject({
      kind: 'permission',
      code: 3,
      message: error.message,
    });
  });

  test('was not carried out, unless Graph failed instead of refusing', async () => {
    expect((await refusalOf(refused(2, {}, { status: 400 }))).maybeApplied).toBe(true);
    expect((await refusalOf(refused(99, { is_transient: true }, { status: 400 }))).maybeApplied).toBe(true);
    expect((await refusalOf(refused(100, {}, { status: 500 }))).maybeApplied).toBe(false);
    expect((await refusalOf(refused(130429, {}, { status: 500 }))).maybeApplied).toBe(false);
    expect((await refusalOf(refused(2, {}, { status: 500 }))).maybeApplied).toBe(true);
  });
});

describe('an answer names a time to wait', () => {
  const USAGE = 'x-business-use-case-usage';
  const DAY = 24 * 60 * 60;
  const usage = (...minutes: unknown[]) => ({
    [USAGE]: JSON.stringify({
      '102290129340398': minutes.map((estimated_time_to_regain_access) => ({
        type: 'whatsapp_business_management',
        call_count: 100,
        total_cputime: 25,
        total_time: 25,
        estimated_time_to_regain_access,
      })),
    }),
  });
  const raw = (value: unknown) => ({ [USAGE]: typeof value === 'string' ? value : JSON.stringify(value) });
  const seconds = async (headers: Record<string, string>, code: unknown = 80007, status = 400) =>
    (await refusalOf(refused(code, {}, { status, headers }))).retryAfterSeconds;

  test.each<[string, Record<string, string>, number]>([
    ['minutes', usage(5), 300],
    ['the longest of several', usage(0, 7, 2), 420],
    ['the longest of several accounts', raw({ 1: [minute(1)], 2: [minute(3)] }), 180],
    ['a text', usage('5'), 300],
    ['a text with its unit', usage(' 5 minutes'), 300],
    ['half a minute', usage(0.5), 30],
    ['beside null', usage(null, 5), 300],
    ['beside words', usage('soon', 5, {}, [], true), 300],
    ['beside entries that are none', raw({ 1: [null, 'x', 7, [], minute(5)] }), 300],
    ['beside accounts that are none', raw({ 1: null, 2: 'x', 3: 7, 4: [[minute(9)]], 5: [minute(5)] }), 300],
    ['no list', raw({ 1: minute(5) }), 300],
    ['two headers', raw(`${JSON.stringify({ 1: [minute(2)] })}, ${JSON.stringify({ 2: [minute(5)] })}`), 300],
    ['two headers, one of them odd', raw(`[1], ${JSON.stringify({ 2: [minute(5)] })}`), 300],
  ])('in its usage header: %s', async (_, headers, expected) => {
    expect(await seconds(headers)).toBe(expected);
  });

  function minute(estimated_time_to_regain_access: unknown) {
    return { estimated_time_to_regain_access };
  }

  const SENT = 'Wed, 21 Oct 2026 07:28:00 GMT';
  test.each<[string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '17' }, 17],
    ['a part of a second', { 'retry-after': ' 0.2 ' }, 1],
    ['a date', { date: SENT, 'retry-after': 'Wed, 21 Oct 2026 07:30:00 GMT' }, 120],
    ['a date of the older form', { date: SENT, 'retry-after': 'Wednesday, 21-Oct-26 07:30:00 GMT' }, 120],
    ['a date of the oldest form', { date: SENT, 'retry-after': 'Wed Oct 21 07:30:00 2026' }, 120],
  ])('in Retry-After: %s', async (_, headers, expected) => {
    expect(await seconds(headers)).toBe(expected);
  });

  test('in Retry-After, as a date, if the server sends no Date header', async () => {
    const { graph } = await cannedGraph((_, response) => {
      response.sendDate = false;
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }).end();
    });
    const error = await graphError(graph.changeUsers(aCall(), 'block', people('+16505551234')));
    expect(error.retryAfterSeconds).toBeGreaterThan(80);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(90);
  });

  test('in both headers, and the longer one counts', async () => {
    expect(await seconds({ 'retry-after': '17', ...usage(1) })).toBe(60);
    expect(await seconds({ 'retry-after': '70', ...usage(1) })).toBe(70);
    expect(await seconds({ 'retry-after': '70', ...raw('{') })).toBe(70);
  });

  test.each<[string, Record<string, string>]>([
    ['there is no header', {}],
    ['it is zero', usage(0)],
    ['it is null', usage(null)],
    ['it is below zero', usage(-5)],
    ['it is no number', usage('soon')],
    ['the header is no JSON', raw('{')],
    ['the header is of another shape', raw([1])],
    ['the header has no entries', raw({ 1: [] })],
    ['Retry-After is zero', { 'retry-after': '0' }],
    ['Retry-After is below zero', { 'retry-after': '-5' }],
    ['Retry-After is empty', { 'retry-after': '' }],
    ['Retry-After is a word', { 'retry-after': 'soon' }],
    ['Retry-After is a date that is over', { date: SENT, 'retry-after': 'Wed, 21 Oct 2026 07:27:59 GMT' }],
    ['Retry-After is a date of no calendar', { 'retry-after': 'Wed, 99 Oct 2026 07:30:00 GMT' }],
    ['another header of Graph is full', { 'x-app-usage': '{"call_count":100,"total_time":25,"total_cputime":25}' }],
  ])('not if %s', async (_, headers) => {
    expect(await seconds(headers)).toBeUndefined();
  });

  test.each<[string, Record<string, string>]>([
    ['minutes', usage(1_000_000)],
    ['more than a number holds', raw('{"1":[{"estimated_time_to_regain_access":1e999}]}')],
    ['seconds', { 'retry-after': '99999999999999999999' }],
    ['a date', { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }],
  ])('of a day at the most: %s', async (_, headers) => {
    expect(await seconds(headers)).toBe(DAY);
  });

  test.each([429, 503, 500, 502])('even without JSON, with HTTP %d', async (status) => {
    const canned = { status, headers: { 'retry-after': '9' }, body: '<html>Too many requests</html>' };
    expect(await refusalOf(canned)).toMatchObject({ retryAfterSeconds: 9 });
  });

  test('in Retry-After only for a temporary failure, since each answer has a usage header', async () => {
    expect(await seconds({ 'retry-after': '9' }, 2, 503)).toBe(9);
    expect(await seconds(usage(5), 2, 500)).toBeUndefined();
  });

  test.each([100, 190, 10, 139101])('not if waiting cannot help: %d', async (code) => {
    expect(await seconds({ 'retry-after': '9', ...usage(5) }, code)).toBeUndefined();
  });
});

describe('an answer that is not from Graph', () => {
  const html = '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>';

  test.each<[string, Canned, string]>([
    [
      'HTML of a proxy',
      { status: 502, body: html, headers: { 'content-type': 'text/html' } },
      'not its JSON (HTTP 502)',
    ],
    ['HTML with HTTP 200', { status: 200, body: html }, 'not its JSON (HTTP 200)'],
    ['JSON that is cut off', { body: '{"messaging_product":"whatsapp","block_us' }, 'not its JSON (HTTP 200)'],
    ['nothing', { body: '' }, 'an empty answer (HTTP 200)'],
    ['nothing with HTTP 500', { status: 500, body: ' \n' }, 'an empty answer (HTTP 500)'],
    ['HTTP 503 without JSON', { status: 503, body: 'Service Unavailable' }, 'not its JSON (HTTP 503)'],
    ['other JSON', { body: { success: true } }, 'not its JSON (HTTP 200)'],
    ['a JSON list', { body: [] }, 'not its JSON (HTTP 200)'],
    ['JSON null', { body: 'null' }, 'not its JSON (HTTP 200)'],
    ['an error that is a text', { status: 400, body: { error: 'no' } }, 'not its JSON (HTTP 400)'],
    ['block_users of another shape', { body: { block_users: 'done' } }, 'not its JSON (HTTP 200)'],
    ['a list of nothing', { body: { error: [] } }, 'not its JSON (HTTP 200)'],
    ['a page with a number in it', { status: 502, body: '<h1>Incident (#48213)</h1>' }, 'not its JSON (HTTP 502)'],
    ['a line with a number in it', { status: 400, body: 'Ticket (#48213)' }, 'not its JSON (HTTP 400)'],
    ["somebody else's error", { status: 400, body: { code: 100, message: 'no' } }, 'not its JSON (HTTP 400)'],
    ["a list of somebody else's errors", { status: 400, body: { errors: [{ code: 7 }] } }, 'not its JSON (HTTP 400)'],
  ])('is transient, and may have been carried out: %s', async (_, canned, message) => {
    expect(await refusalOf(canned)).toMatchObject({
      kind: 'transient',
      code: 2,
      message: expect.stringContaining(message),
      maybeApplied: true,
    });
  });
});

describe('the network', () => {
  const half = '{"messaging_product":"whatsapp","block_users":{"added_users":[';

  test.each<[string, http.RequestListener]>([
    ['a reset before the answer', (_, response) => response.socket?.resetAndDestroy()],
    ['a connection that closes before the answer', (_, response) => response.destroy()],
    [
      'a reset in the middle of the answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write(half, () => response.socket?.resetAndDestroy());
      },
    ],
    [
      'an answer shorter than it says',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write(half, () => response.socket?.end());
      },
    ],
    [
      'chunks that never end',
      (_, response) => {
        response.writeHead(200);
        response.write(half, () => response.socket?.destroy());
      },
    ],
    ['an answer that is not HTTP', (_, response) => response.socket?.end('220 ready\r\n\r\n')],
    [
      'an answer without an end',
      (_, response) => {
        const pour = () => {
          while (!response.destroyed && response.write('x'.repeat(256 * 1024)));
        };
        response.on('drain', pour);
        pour();
      },
    ],
  ])('%s is transient, and may have been carried out', async (_, listener) => {
    expect(await refusalOf(listener)).toMatchObject({
      kind: 'transient',
      code: 2,
      message: 'The connection to Graph broke before its answer',
      maybeApplied: true,
    });
  });

  test('a port without a server is transient, and nothing was carried out', async () => {
    const { url } = await cannedGraph({});
    const closed = clientOf(url.replace(/:\d+$/, ':1'));
    expect(await graphError(closed.changeUsers(aCall(), 'block', people('+16505551234')))).toMatchObject({
      kind: 'transient',
      code: 2,
      message: 'Graph could not be reached',
      maybeApplied: false,
    });
  });

  test.each<[string, http.RequestListener]>([
    ['says nothing', () => {}],
    [
      'never ends its answer',
      (_, response) => {
        response.writeHead(200);
        response.write(half);
      },
    ],
  ])('a Graph that %s is a timeout, and may have carried it out', async (_, listener) => {
    const started = process.cpuUsage();
    expect(await refusalOf(listener, aCall({ timeoutMs: 60 }))).toMatchObject({
      kind: 'timeout',
      code: 2,
      message: 'Graph did not answer in time; the request may have been carried out, and is safe to repeat',
      maybeApplied: true,
    });
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(2_000);
  });

  test('after a fault the next request gets through', async () => {
    let requests = 0;
    const { graph } = await cannedGraph((_, response) => {
      requests += 1;
      if (requests === 1) response.destroy();
      else response.end('{"block_users":{"added_users":[{"input":"+16505551234","wa_id":"16505551234"}]}}');
    });
    await graphError(graph.changeUsers(aCall(), 'block', people('+16505551234')));
    expect(await graph.changeUsers(aCall(), 'block', people('+16505551234'))).toMatchObject([{ waId: '16505551234' }]);
  });
});

describe('no token', () => {
  const leaks = (value: unknown) => inspect(value, { depth: 10, showHidden: true });
  const echo = `Malformed access token ${TOKEN} (Bearer ${TOKEN})`;
  const other = 'EAAotherTokenThatGraphKnows';

  async function refusals(): Promise<GraphError[]> {
    const everywhere = {
      type: TOKEN,
      error_data: { details: echo },
      fbtrace_id: TOKEN,
      error_user_msg: echo,
    };
    return [
      await refusalOf({ status: 401, body: { error: { message: echo, code: 190, ...everywhere } } }),
      await refusalOf({
        status: 401,
        body: { error: { message: `Not ${other}`, code: 190, error_data: 'Bearer abc' } },
      }),
      await refusalOf({ status: 401, body: { error: { code: 190, error_user_msg: echo } } }),
      await refusalOf({ status: 502, body: `<html>authorization: Bearer ${TOKEN}</html>` }),
      await refusalOf((request, response) => response.end(request.headers.authorization)),
      await refusalOf((_, response) => response.socket?.resetAndDestroy()),
      await refusalOf(() => {}, aCall({ timeoutMs: 20 })),
    ];
  }

  test('is in any error, its cause or its stack', async () => {
    for (const error of await refusals()) {
      expect(leaks(error)).not.toMatch(/EAA|Bearer abc/);
      expect(leaks(error.cause)).not.toMatch(/EAA/);
    }
  });

  test('is in the failure of a user', async () => {
    const failed_users = [{ input: '+16505551234', errors: [{ code: 100, message: echo, error_data: echo }] }];
    const outcomes = await change({ status: 400, body: { block_users: { failed_users } } }, ['+16505551234']);
    expect(leaks(outcomes)).not.toContain('EAA');
    expect(outcomes[0]?.failure?.message).toContain('[token]');
  });
});

test('the path of an error contains no phone number id', async () => {
  const error = await refusalOf({ status: 502, body: '' });
  expect(error.message).not.toContain(NUMBER);
});
