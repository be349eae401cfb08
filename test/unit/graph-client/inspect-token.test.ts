import { createHmac } from 'node:crypto';
import type http from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { TokenCall } from '../../../lambdas/core/ports/services.ts';
import { type Canned, cannedGraph, clientOf, graphError, META, SPLASHIFY, TOKEN } from './canned-graph.ts';

const aTokenCall = (fields: Partial<TokenCall> = {}): TokenCall => ({ credentials: META, timeoutMs: 5_000, ...fields });

async function ask(canned: Canned | http.RequestListener, call = aTokenCall()) {
  const { graph } = await cannedGraph(canned);
  return graph.inspectToken(call);
}

const recorded = (data: unknown): Canned => ({ body: { data } });

describe('asking about a token', () => {
  test('is a GET by that token, for the configured version', async () => {
    const { graph, received } = await cannedGraph(recorded({ is_valid: true }));
    await graph.inspectToken(aTokenCall());
    await graph.inspectToken(aTokenCall({ version: 'v23.0' }));
    expect(received).toMatchObject([
      {
        method: 'GET',
        url: `/v25.0/debug_token?input_token=${TOKEN}`,
        body: '',
        headers: { authorization: `Bearer ${TOKEN}` },
      },
      { url: `/v23.0/debug_token?input_token=${TOKEN}` },
    ]);
  });

  test('carries an appsecret_proof if the app secret is known', async () => {
    const { graph, received } = await cannedGraph(recorded({ is_valid: true }));
    await graph.inspectToken(aTokenCall({ credentials: { ...META, appSecret: 'app-secret' } }));
    const proof = createHmac('sha256', 'app-secret').update(TOKEN).digest('hex');
    expect(received[0]?.url).toBe(`/v25.0/debug_token?appsecret_proof=${proof}&input_token=${TOKEN}`);
  });

  test('encodes a token so that it is one parameter', async () => {
    const { graph, received } = await cannedGraph(recorded({ is_valid: true }));
    await graph.inspectToken(aTokenCall({ credentials: { ...META, token: '12|a&b=c' } }));
    expect(new URL(received[0]?.url ?? '', 'http://x').searchParams.get('input_token')).toBe('12|a&b=c');
  });

  test('is refused for Splashify, whose API has no such call, before the token is sent anywhere', async () => {
    const { graph, received } = await cannedGraph(recorded({ is_valid: true }));
    const error = await graphError(graph.inspectToken(aTokenCall({ credentials: SPLASHIFY })));
    expect(error).toMatchObject({ kind: 'permanent', code: 100, message: '(#100) splashify has no such call' });
    expect(received).toEqual([]);
  });
});

describe('what Graph says about a token', () => {
  test('is whether it works and when it ends', async () => {
    const data = {
      app_id: '670843887433847',
      type: 'SYSTEM_USER',
      application: 'JaspersMarket',
      data_access_expires_at: 1798761600,
      expires_at: 1798675200,
      is_valid: true,
      scopes: ['whatsapp_business_messaging'],
      granular_scopes: [{ scope: 'whatsapp_business_messaging', target_ids: ['102289599326934'] }],
      user_id: '10222270944537964',
    };
    expect(await ask(recorded(data))).toEqual({
      valid: true,
      expiresAt: '2026-12-31T00:00:00.000Z',
      dataAccessExpiresAt: '2027-01-01T00:00:00.000Z',
    });
  });

  test.each<[string, unknown, string | undefined]>([
    ['zero: never', 0, undefined],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['a numeric text', '1798675200', '2026-12-31T00:00:00.000Z'],
    ['a text', 'never', undefined],
    ['below zero', -1, undefined],
    ['the last second of the year 9999', 253402300799, '9999-12-31T23:59:59.000Z'],
    ['milliseconds', 1798675200000, undefined],
    ['no time of any calendar', 1e15, undefined],
    ['no whole number', 1.5, undefined],
  ])('ends as the moment says: %s', async (_, moment, iso) => {
    const info = await ask(recorded({ is_valid: true, expires_at: moment, data_access_expires_at: moment }));
    expect(info).toEqual({ valid: true, expiresAt: iso, dataAccessExpiresAt: iso });
  });

  test('is why it does not work', async () => {
    const error = { code: 190, message: 'Error validating access token: Session has expired', subcode: 463 };
    expect(await ask(recorded({ is_valid: false, expires_at: 1, error, scopes: [] }))).toMatchObject({
      valid: false,
      refusal: error,
    });
  });

  test.each([
    ['no error', undefined, undefined],
    ['null', null, undefined],
    ['an empty one', {}, { message: 'Graph named no reason' }],
    ['texts for codes', { code: '190', subcode: '463' }, { message: 'Graph named no reason', code: 190, subcode: 463 }],
  ])('is that it does not work, also with %s', async (_, error, refusal) => {
    expect(await ask(recorded({ is_valid: false, error }))).toEqual({ valid: false, refusal });
  });
});

describe('no answer about a token', () => {
  test('is a refusal of the token itself', async () => {
    const error = { message: 'Error validating access token', type: 'OAuthException', code: 190, error_subcode: 463 };
    expect(await graphError(ask({ status: 401, body: { error } }))).toMatchObject({
      kind: 'token',
      code: 190,
      subcode: 463,
    });
    expect(await graphError(ask({ body: { data: { is_valid: true }, error } }))).toMatchObject({ kind: 'token' });
  });

  test('is classified as such if the token may not ask', async () => {
    const error = { message: '(#100) You must provide an app access token', type: 'OAuthException', code: 100 };
    expect(await graphError(ask({ status: 400, body: { error } }))).toMatchObject({ kind: 'permanent', code: 100 });
  });

  test.each<[string, Canned]>([
    ['HTML', { status: 502, body: '<html></html>' }],
    ['nothing', { body: '' }],
    ['half of it', { body: '{"data":{"is_val' }],
    ['no data', { body: {} }],
    ['data that is null', recorded(null)],
    ['data that says nothing', recorded({})],
    ['a list', recorded([])],
    ['a validity that is none', recorded({ is_valid: 'maybe' })],
  ])('is transient: %s', async (_, canned) => {
    expect(await graphError(ask(canned))).toMatchObject({ kind: 'transient', code: 2 });
  });
});

describe('the token in the URL', () => {
  const leaks = (value: unknown) => inspect(value, { depth: 12, showHidden: true });
  const ODD = '1234|odd token/of=no+kind';
  const credentials = { ...META, token: ODD };

  test('is in no error and no log, however Graph or a proxy encodes it', async () => {
    const echoes = [ODD, encodeURIComponent(ODD), String(new URLSearchParams({ input_token: ODD }))].map(
      (spelled): Canned => {
        const echo = `GET /v25.0/debug_token?input_token=${spelled} by Bearer ${spelled}`;
        const error = { message: echo, code: 190, error_data: { details: echo }, fbtrace_id: echo, type: echo };
        return { status: 401, body: { error } };
      },
    );
    const call = aTokenCall({ credentials });
    const faults: http.RequestListener[] = [
      (request, response) => response.end(`<html>${request.url}</html>`),
      (request, response) => response.end(JSON.stringify({ error: { code: 100, message: `No ${request.url}` } })),
      (request, response) => response.writeHead(302, { location: request.url }).end(),
      (_, response) => response.socket?.resetAndDestroy(),
      (request, response) => response.socket?.end(`${request.url} is not HTTP\r\n\r\n`),
    ];
    const thrown = [
      ...(await Promise.all([...echoes, ...faults].map((canned) => graphError(ask(canned, call))))),
      await graphError(ask(() => {}, aTokenCall({ credentials, timeoutMs: 20 }))),
      await graphError(clientOf('http://127.0.0.1:1').inspectToken(call)),
      await graphError(
        clientOf('http://127.0.0.1:1').inspectToken(
          aTokenCall({ credentials: { ...credentials, provider: 'splashify' } }),
        ),
      ),
    ];
    expect(thrown).toHaveLength(11);
    for (const error of thrown) expect(leaks(error)).not.toMatch(/EAA|odd|1234/);

    const echo = `No ${ODD}, nor EAAsomethingElse`;
    const info = await ask(recorded({ is_valid: false, error: { code: 190, message: echo } }), call);
    expect(info.refusal?.message).toBe('No [token], nor [token]');
  });
});
