import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ENV } from '../../../lambdas/contract/environment.ts';
import { handlerOf } from '../../../lambdas/contract/functions.ts';
import { baseUrlName, PROVIDER_NAMES } from '../../../lambdas/contract/providers.ts';
import { KEY_SCOPES, type Route, routes } from '../../../lambdas/contract/routes.ts';
import type { ApiRequest } from '../../../lambdas/http/api-request.ts';
import { type CallerNumbers, toCallerNumbers } from '../../../lambdas/http/caller-numbers.ts';
import { readHistoryEverywhere, readUserEverywhere } from '../../../lambdas/http/everywhere-response.ts';
import { readJobsPage } from '../../../lambdas/http/job-list.ts';
import { json } from '../../../lambdas/http/respond.ts';
import { gatewayEvent, NUMBER, REQUEST_ID, recordingLog, type Sent, sendToAny } from '../../support/gateway.ts';

const ROLE = 'arn:aws:iam::123456789012:role/team/support';
const SESSION = 'arn:aws:sts::123456789012:assumed-role/support/jo';
const OWN = NUMBER;
const OTHER = '106540352242999';

const callers = toCallerNumbers({ [ROLE]: [OWN] });

/** Sends it through `handle` to a route that would answer anybody. */
function sendAs(userArn: string | null, sent: Sent = {}, numbers: CallerNumbers = callers) {
  const { options, logged } = recordingLog();
  const answer = vi.fn((_: ApiRequest) => json(200, {}));
  const event = gatewayEvent({ ...sent, identity: { userArn, caller: 'AROAEXAMPLE:jo' } });
  const answered = sendToAny(event, answer, { ...options, callerNumbers: () => numbers });
  return answered.then(({ status, body }) => ({ status, body, answer, logged }));
}

const notPermitted = (message: string) => ({
  status: 403,
  body: {
    error: {
      message: `(#10) ${message}`,
      type: 'OAuthException',
      code: 10,
      error_data: { details: message },
      fbtrace_id: REQUEST_ID,
    },
  },
});
const notThatNumber = notPermitted(
  `This caller may not use phone_number_id ${OTHER}, only the numbers that are configured for it`,
);

describe('a caller that may use some numbers only', () => {
  test('is let through to those, and told so of any other, before anything is asked or read', async () => {
    const own = await sendAs(SESSION, { path: { version: 'v25.0', phoneNumberId: OWN } });
    expect(own.status).toBe(200);
    const { answer, logged, ...refused } = await sendAs(SESSION, { path: { version: 'v25.0', phoneNumberId: OTHER } });
    expect(refused).toEqual(notThatNumber);
    expect(answer).not.toHaveBeenCalled();
    expect(logged.faults).toEqual([]);
    expect(logged.requests).toMatchObject([{ status: 403, actor: SESSION }]);
  });

  test.each<[configured: string, caller: string]>([
    [ROLE, SESSION],
    [ROLE, 'arn:aws:sts::123456789012:assumed-role/support/role-session@example.com'],
    [ROLE, 'arn:aws:sts::123456789012:assumed-role/Support/jo'],
    [ROLE, ROLE],
    ['arn:aws:iam::123456789012:role/support', SESSION],
    ['arn:aws:iam::123456789012:role/SUPPORT', SESSION],
    ['arn:aws:iam::123456789012:user/jo', 'arn:aws:iam::123456789012:user/jo'],
    ['arn:aws:iam::123456789012:user/team/jo', 'arn:aws:iam::123456789012:user/team/jo'],
    [
      'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_support_0123456789abcdef',
      'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_support_0123456789abcdef/jo@example.com',
    ],
  ])('%s is who calls as %s', async (configured, caller) => {
    const numbers = toCallerNumbers({ [configured]: [OWN] });
    expect((await sendAs(caller, { path: { version: OTHER } }, numbers)).status).toBe(403);
    expect((await sendAs(caller, { path: { version: OWN } }, numbers)).status).toBe(200);
  });

  test.each([
    'arn:aws:sts::123456789012:assumed-role/support2/jo',
    'arn:aws:sts::123456789012:assumed-role/jo/support',
    'arn:aws:sts::210987654321:assumed-role/support/jo',
    'arn:aws:iam::123456789012:user/support',
    'arn:aws:iam::123456789012:root',
  ])('is not %s, who may use every number', async (caller) => {
    expect((await sendAs(caller, { path: { version: OTHER } })).status).toBe(200);
  });

  test('is known by what API Gateway says, and by no header', async () => {
    const headers = {
      Authorization: `AWS4-HMAC-SHA256 Credential=${ROLE}/20270131/eu-west-1/execute-api/aws4_request`,
      'X-On-Behalf-Of': ROLE,
    };
    expect((await sendAs('arn:aws:iam::123456789012:user/jo', { headers, path: { version: OTHER } })).status).toBe(200);
  });

  test('who has no ARN is refused where anybody is confined, and nowhere else', async () => {
    expect((await sendAs('AIDACKCEVSQ6C2EXAMPLE', { path: { version: OWN } })).status).toBe(403);
    expect((await sendAs('AIDACKCEVSQ6C2EXAMPLE', { path: { version: OWN } }, new Map())).status).toBe(200);
  });

  test('is refused on a route that nobody has decided on', async () => {
    const { answer, logged: _, ...refused } = await sendAs(SESSION, { method: 'GET', resource: '/keys', path: {} });
    expect(refused).toEqual(notPermitted('This caller may use only some numbers, and this route covers all of them'));
    expect(answer).not.toHaveBeenCalled();
    const asUser = { method: 'PUT', resource: '/users/{user}', path: { user: '16505551234' } };
    expect((await sendAs(SESSION, asUser)).status).toBe(403);
  });

  test.each([
    ['/users/{user}', readUserEverywhere],
    ['/users/{user}/history', readHistoryEverywhere],
  ] as const)('sees a user on its own numbers alone: %s', async (resource, read) => {
    const asked = { method: 'GET', resource, path: { user: '16505551234' } };
    const { answer, status } = await sendAs(SESSION, asked);
    const [request] = answer.mock.calls[0] ?? [];
    expect({ status, asked: request && read(request).asked }).toEqual({
      status: 200,
      asked: { id: '16505551234', within: new Set([OWN]) },
    });
    const all = await sendAs('arn:aws:iam::123456789012:user/jo', asked);
    expect(all.answer.mock.calls[0]?.[0].numbers).toBeUndefined();
  });

  test('lists the jobs of its numbers, or of one of them', async () => {
    const list = async (query: Record<string, string>) => {
      const { answer, status } = await sendAs(SESSION, { method: 'GET', resource: '/jobs', path: {}, query });
      const [request] = answer.mock.calls[0] ?? [];
      return { status, within: request && readJobsPage(request).within };
    };
    expect(await list({})).toEqual({ status: 200, within: new Set([OWN]) });
    expect(await list({ phone_number_id: OWN })).toEqual({ status: 200, within: new Set([OWN]) });
    expect(await list({ phone_number_id: OTHER })).toEqual({ status: 403, within: undefined });
    const all = await sendAs('arn:aws:iam::123456789012:user/jo', { method: 'GET', resource: '/jobs', path: {} });
    expect(all.answer.mock.calls[0]?.[0].numbers).toBeUndefined();
  });
});

type Handler = (event: unknown) => Promise<{ statusCode: number; body: string }>;

/** Each route as somebody asks for a number that is not theirs: alone, or beside their own. */
function asking({ path, handler }: Route): Sent {
  const parameters: Record<string, string> = {
    version: path.includes('{phoneNumberId}') ? 'v25.0' : OTHER,
    phoneNumberId: OTHER,
    user: '16505551234',
    id: `${OTHER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z`,
  };
  const used = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, parameters[name] ?? '']);
  const value = (id: string) => ({ changes: [{ value: { metadata: { phone_number_id: id }, messages: [] } }] });
  const bodies: Partial<Record<Route['handler'], unknown>> = {
    createJobs: { action: 'block', phone_number_ids: [OWN, OTHER], block_users: [{ user: '16505551234' }] },
    eraseUser: { phone_number_ids: [OWN, OTHER] },
    receiveWebhook: { object: 'whatsapp_business_account', entry: [value(OWN), value(OTHER)] },
  };
  const query = handler === 'listJobs' ? { phone_number_id: OTHER } : undefined;
  return {
    resource: path,
    path: Object.fromEntries(used),
    body: bodies[handler] ?? { messaging_product: 'whatsapp', block_users: [{ user: '16505551234' }], users: ['1'] },
    ...(query && { query }),
  };
}

describe('the handler of each route refuses a number that is not the caller’s', () => {
  beforeEach(() => {
    for (const name of Object.values(ENV)) vi.stubEnv(name, '1');
    vi.stubEnv(ENV.graphVersion, 'v25.0');
    vi.stubEnv(ENV.reasonCodes, 'spam');
    vi.stubEnv(ENV.requireReason, 'none');
    vi.stubEnv(ENV.metrics, 'essential');
    for (const url of ['publicUrl', 'keyPublicUrl', ...PROVIDER_NAMES.map(baseUrlName)] as const)
      vi.stubEnv(ENV[url], 'https://x.example');
    vi.stubEnv(ENV.callerNumbers, JSON.stringify({ [ROLE]: [OWN] }));

    // Whoever went on would fail here, and not with 403.
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
  });
  afterEach(() => vi.unstubAllEnvs());

  async function ask(route: Route, more: Sent) {
    vi.stubEnv(ENV.scope, route.scope);
    const { handler }: { handler: Handler } = await import(`../../../lambdas/handlers/${handlerOf(route.handler)}.ts`);
    const { statusCode, body } = await handler(gatewayEvent({ ...asking(route), method: route.method, ...more }));
    return { status: statusCode, body: JSON.parse(body) };
  }
  const named = (all: readonly Route[]) => all.map((route) => [`${route.method} ${route.path}`, route] as const);

  // These speak of no number, and those of a user, and of all numbers, look at the caller's own alone.
  const WITHOUT = new Set<Route['handler']>([
    'health',
    'getOpenApi',
    'listNumbersInUse',
    'getUserEverywhere',
    'getHistoryEverywhere',
  ]);
  const all = routes().filter(({ handler }) => !WITHOUT.has(handler));
  const coversAll = ({ scope, path }: Route) => scope === 'keys' || path.startsWith('/protected_users');
  const ofNumbers = all.filter((route) => !coversAll(route));
  test.each(named(ofNumbers))('%s, of a caller that signs', async (_, route) => {
    expect(await ask(route, { identity: { userArn: SESSION } })).toEqual(notThatNumber);
  });

  test.each(named(ofNumbers))('%s, of a caller with a key', async (_, route) => {
    const authorizer = { keyId: 'Aa0000000001', keyName: 'support', scopes: 'operate,webhook', numbers: OWN };
    expect(await ask(route, { authorizer })).toEqual(notThatNumber);
    // A header that names somebody who may use every number is nobody.
    const headers = { 'X-On-Behalf-Of': 'arn:aws:iam::123456789012:user/jo', 'X-Amz-Security-Token': 'x' };
    expect(await ask(route, { authorizer, headers })).toEqual(notThatNumber);
  });

  test.each(named(all.filter(coversAll)))('%s, for it is about every one', async (_, route) => {
    const speaksOfAll = notPermitted('This caller may use only some numbers, and this route covers all of them');
    expect(await ask(route, { identity: { userArn: SESSION } })).toEqual(speaksOfAll);
  });

  const scopes = ['read', 'write', 'operate', 'webhook'] as const;
  test.each(named(ofNumbers))(
    '%s, where the key is not for what it takes, however its path was spelt',
    async (_, route) => {
      for (const scope of scopes) {
        const authorizer = { keyId: 'Aa0000000001', keyName: 'support', scopes: scope, numbers: OWN };
        const may: readonly string[] = KEY_SCOPES[scope];
        const refused = notPermitted(`This key is for ${scope}, and this route takes ${route.scope}`);
        expect(await ask(route, { authorizer })).toEqual(may.includes(route.scope) ? notThatNumber : refused);
      }
    },
  );
});

describe('a caller with a key', () => {
  const KEY = { keyId: 'Aa0000000001', keyName: 'support', scopes: 'read', numbers: '*' };
  const get = { method: 'GET', path: { version: OTHER }, resource: '/{version}/block_users' };
  const ask = (sent: Sent) => {
    const { options, logged } = recordingLog();
    const answer = vi.fn((_: ApiRequest) => json(200, {}));
    return sendToAny(gatewayEvent({ ...get, ...sent }), answer, options).then(({ status }) => ({
      status,
      answer,
      logged,
    }));
  };

  test('is known by the name of its key, and in the log by its id too', async () => {
    const { answer, logged, status } = await ask({ authorizer: KEY });
    expect(status).toBe(200);
    expect(answer.mock.calls[0]?.[0]).toMatchObject({ actor: 'api-key/support', key: { id: 'Aa0000000001' } });
    expect(answer.mock.calls[0]?.[0].numbers).toBeUndefined();
    expect(logged.requests).toMatchObject([{ actor: 'api-key/support', key_id: 'Aa0000000001' }]);
  });

  test('is one only where the authorizer says so, and no header makes one', async () => {
    const headers = {
      Authorization: 'Bearer wabl_prod_Aa0000000001_x',
      authorizer: JSON.stringify(KEY),
      'x-amzn-authorizer-keyId': KEY.keyId,
      'X-On-Behalf-Of': 'api-key/support',
    };
    const { answer } = await ask({ headers, query: {} });
    const [request] = answer.mock.calls[0] ?? [];
    expect(request?.actor).toBe('arn:aws:sts::123456789012:assumed-role/support/jo');
    expect(request?.key).toBeUndefined();
    // Nor is somebody without any identity let through.
    expect(await ask({ headers, identity: { userArn: null } })).toMatchObject({ status: 500 });
  });

  test.each<[string, Record<string, unknown>]>([
    ['no numbers', { numbers: undefined }],
    ['empty numbers', { numbers: '' }],
    ['numbers that are none', { numbers: 'all' }],
    ['a star among numbers', { numbers: `${OWN},*` }],
    ['no scopes', { scopes: undefined }],
    ['empty scopes', { scopes: '' }],
    ['a scope that no key has', { scopes: 'read,keys' }],
    ['the name of a built-in for a scope', { scopes: 'constructor' }],
    ['no name', { keyName: '' }],
    ['no id', { keyId: undefined }],
    ['nothing that is known', { keyId: undefined, keyName: undefined, scopes: undefined, numbers: undefined }],
  ])('is let through to nothing where the authorizer says %s', async (_, more) => {
    const { status, answer, logged } = await ask({ authorizer: { ...KEY, ...more } });
    expect(status).toBe(500);
    expect(answer).not.toHaveBeenCalled();
    expect(logged.faults).toHaveLength(1);
  });
});
