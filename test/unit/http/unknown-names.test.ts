import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ENV } from '../../../lambdas/contract/environment.ts';
import { handlerOf } from '../../../lambdas/contract/functions.ts';
import { forEachBaseUrl } from '../../../lambdas/contract/providers.ts';
import { routes } from '../../../lambdas/contract/routes.ts';
import { checkAnswer } from '../../../lambdas/openapi/check-answer.ts';
import { ROUTES as DOCUMENTED } from '../../../lambdas/openapi/routes.ts';
import { gatewayEvent, NUMBER, refusal, type Sent } from '../../support/gateway.ts';

const JOB = `${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z`;
const SETTINGS: Partial<Record<keyof typeof ENV, string>> = {
  ...forEachBaseUrl(() => 'http://127.0.0.1:1'),
  graphVersion: 'v25.0',
  trustUnsigned: 'false',
  reasonCodes: 'spam',
  requireReason: 'none',
  metrics: 'essential',
};

beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  for (const [name, variable] of Object.entries(ENV)) {
    if (['publicUrl', 'keyPublicUrl', 'callerNumbers'].includes(name)) continue;
    vi.stubEnv(variable, Object.entries(SETTINGS).find(([one]) => one === name)?.[1] ?? '1');
  }
});
afterAll(() => vi.unstubAllEnvs());

const answered = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });

/** The handlers themselves, as they are deployed: whatever a name leads to must be refused before anything is asked. */
async function call({ method, path, handler }: Route, sent: Sent) {
  const { handler: deployed } = await import(`../../../lambdas/handlers/${handlerOf(handler)}.ts`);
  const target = path.includes('{phoneNumberId}') ? { version: 'v25.0', phoneNumberId: NUMBER } : { version: NUMBER };
  const event = gatewayEvent({
    method,
    resource: path,
    path: { ...target, user: '16505551234', id: JOB },
    ...(method === 'GET' ? {} : { body: '{}' }),
    ...sent,
  });
  const { statusCode, headers, body: text } = answered.parse(await deployed(event));
  const body: unknown = JSON.parse(text);
  checkAnswer({ method, path, status: statusCode, headers: Object.entries(headers), body });
  return { status: statusCode, body };
}

type Route = ReturnType<typeof routes>[number];
const ROUTES = routes().map((route) => [`${route.method} ${route.path}`, route] as const);
const KNOWN: Readonly<Record<Route['handler'], string>> = {
  blockUsers: 'it takes messaging_product, block_users, reason, reason_code, dry_run, expires_at, expires_in, defer',
  unblockUsers: 'it takes messaging_product, block_users, reason, reason_code, dry_run',
  listBlockedUsers:
    'it takes limit, after, before, fields, source, reason_code, blocked_by, expires_before, blocked_after, blocked_before',
  getBlockedUser: 'it takes none',
  getUserHistory: 'it takes limit, after',
  listNumbersInUse: 'it takes limit, after',
  getUserEverywhere: 'it takes limit, after',
  getHistoryEverywhere: 'it takes limit, after',
  eraseUser: 'it takes phone_number_ids, unblock',
  lookupUsers: 'it takes messaging_product, users',
  getBlocklist: 'it takes none',
  listOperations: 'it takes since, until, actor, reason_code, after, limit',
  createJobs:
    'it takes messaging_product, action, phone_number_ids, all_numbers, block_users, reason, reason_code, dry_run, expires_at, expires_in, defer',
  listJobs: 'it takes phone_number_id, batch_id, status, after, limit',
  getJob: 'it takes none',
  listJobUsers: 'it takes limit, after, outcome',
  cancelJob: 'it takes none',
  retryJob: 'it takes none',
  revertJob: 'it takes reason, reason_code, expires_at, expires_in',
  startReconciliation: 'it takes none',
  listProtectedUsers: 'it takes limit, after',
  getProtectedUser: 'it takes none',
  protectUser: 'it takes reason, reason_code',
  unprotectUser: 'it takes reason, reason_code',
  receiveWebhook: 'it takes none',
  getOpenApi: 'it takes none',
  health: 'it takes none',
  createKey: 'it takes name, scopes, phone_number_ids, expires_in',
  listKeys: 'it takes limit, after',
  rotateKey: 'it takes overlap_seconds',
  revokeKey: 'it takes none',
};

/** A word that misses its letter, an option of the contract that is not there yet, a header as a parameter, names of objects. */
const UNKNOWN = ['expire_in', 'dryRun', 'reason_codes', 'on_behalf_of', 'expires_after', 'Limit', 'constructor'];

describe.each(ROUTES)('%s', (_, route) => {
  test.each(UNKNOWN)('refuses %s in the query, and lists what it knows', async (name) => {
    expect(await call(route, { query: Object.fromEntries([[name, 'true']]) })).toEqual({
      status: 400,
      body: refusal(`${name}: is not a parameter of this route; ${KNOWN[route.handler]}`),
    });
  });
});

/** The names of a route's query, or of its body, as the document has them. */
function documentedNames({ handler }: Route): string[] {
  const { query = {}, request } = DOCUMENTED[handler];
  if (request === undefined || handler === 'receiveWebhook') return Object.keys(query);
  const shapes = request.schema instanceof z.ZodUnion ? request.schema.options : [request.schema];
  return [...new Set(shapes.flatMap((shape) => (shape instanceof z.ZodObject ? Object.keys(shape.shape) : [])))];
}

test.each(ROUTES)('%s documents the names that it knows', (_, route) => {
  const known = /^it takes (?!none$)(.*)$/.exec(KNOWN[route.handler])?.[1]?.split(', ') ?? [];
  // Of an unblock, terms that ask for nothing are taken, and not offered.
  const offered = documentedNames(route).filter(
    (name) => route.handler !== 'unblockUsers' || !['expires_at', 'expires_in', 'defer'].includes(name),
  );
  expect(offered.toSorted()).toEqual(known.toSorted());
});

const WITH_BODY = ROUTES.filter(([, { method, handler }]) => method !== 'GET' && handler !== 'receiveWebhook');
describe.each(WITH_BODY)('%s', (_, route) => {
  test.each([...UNKNOWN, '__proto__'])('refuses %s in a body, however it comes', async (name) => {
    const refused = refusal(`${name}: is not a parameter of this route; ${KNOWN[route.handler]}`);
    const multipart = `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\ntrue\r\n--x--`;
    for (const sent of [
      { body: `{"${name}":true}` },
      { body: `{"${name}":null}` },
      { body: `${name}=true`, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      { body: multipart, headers: { 'Content-Type': 'multipart/form-data; boundary=x' } },
    ]) {
      expect(await call(route, sent), sent.body).toEqual({ status: 400, body: refused });
    }
  });
});

describe("Graph's own general parameters", () => {
  const GENERAL = {
    access_token: 'EAAGm0PX4ZCpsBA',
    appsecret_proof: 'a1b2',
    appsecret_time: '1739321024',
    debug: 'all',
    format: 'json',
    include_headers: 'false',
    locale: 'en_US',
    pretty: '0',
    sdk: 'joey',
    suppress_http_code: '1',
    transport: 'cors',
  };
  const isGraphs = ({ path }: Route) => path.endsWith('/block_users');
  /** What is refused next: what was sent is not all of a request. */
  const goesOn = { status: 400, body: { error: { message: '(#100) limit: must be a whole number from 1 to 1000' } } };

  test.each(ROUTES.filter(([, route]) => isGraphs(route)))('mean nothing to %s', async (_, route) => {
    if (route.method === 'GET') {
      expect(await call(route, { query: { ...GENERAL, pretty: '', limit: '0' } })).toMatchObject(goesOn);
      return;
    }
    const needs = {
      status: 400,
      body: {
        error: { message: expect.stringMatching(/^\(#100\) messaging_product: must be "whatsapp"; block_users: /) },
      },
    };
    const form = new URLSearchParams(GENERAL).toString();
    for (const sent of [
      { query: GENERAL },
      { query: { pretty: ['0', '1'], access_token: '' } },
      { body: GENERAL },
      { body: { debug: 1 }, query: { debug: '2' } },
      { body: form, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ]) {
      expect(await call(route, sent), JSON.stringify(sent)).toMatchObject(needs);
    }
  });

  test.each(ROUTES.filter(([, route]) => !isGraphs(route)))('are refused by %s', async (_, route) => {
    for (const [name, value] of Object.entries(GENERAL)) {
      const answer = await call(route, { query: { [name]: value } });
      expect(answer).toEqual({
        status: 400,
        body: refusal(`${name}: is not a parameter of this route; ${KNOWN[route.handler]}`),
      });
    }
  });
});
