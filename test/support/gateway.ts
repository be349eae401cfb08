import { z } from 'zod';
import { DEFAULT_REASON_CODES } from '../../lambdas/contract/reasons.ts';
import type { ApiRequest } from '../../lambdas/http/api-request.ts';
import { type HandleOptions, handle, type RequestLog } from '../../lambdas/http/handle.ts';
import type { ChangeRules } from '../../lambdas/http/reasons.ts';
import { type ApiResponse, json } from '../../lambdas/http/respond.ts';
import { checkAnswer } from '../../lambdas/openapi/check-answer.ts';
import { refused } from '../../lambdas/openapi/error.ts';

export const NUMBER = '106540352242922';
/** What requests for a change are judged by, with the usual settings. */
export const rulesAt = (nowMs: number): ChangeRules => ({
  nowMs,
  reasonCodes: DEFAULT_REASON_CODES,
  requireReason: 'none',
});
export const REQUEST_ID = 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef';
export const ACTOR = 'arn:aws:sts::123456789012:assumed-role/support/jo';

export interface Sent {
  readonly method?: string;
  /** As API Gateway gives it: path parameters of the resource, percent-encoded. */
  readonly path?: Record<string, string>;
  readonly resource?: string;
  readonly url?: string;
  readonly query?: Record<string, string | string[]>;
  /** A list is a header in several lines. */
  readonly headers?: Record<string, string | string[]>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly base64?: boolean;
  readonly identity?: Record<string, unknown> | null;
  /** What the authorizer of the API for keys said; its callers have no identity of AWS. */
  readonly authorizer?: Record<string, unknown>;
}

/** An event as a REST API with a Lambda proxy integration sends it. */
export function gatewayEvent(sent: Sent = {}) {
  const path = sent.path ?? { version: 'v25.0', phoneNumberId: NUMBER };
  const resource = sent.resource ?? '/{version}/{phoneNumberId}/block_users';
  const url = sent.url ?? `/prod${resource.replace(/\{(\w+)\}/g, (_, name: string) => path[name] ?? '')}`;
  const headers = Object.entries({
    Host: 'abc123.execute-api.eu-central-1.amazonaws.com',
    'User-Agent': 'curl/8',
    ...sent.headers,
  }).map(([name, value]) => [name, [value].flat()] as const);
  const query = Object.entries(sent.query ?? {}).map(([name, value]) => [name, [value].flat()] as const);
  const text = sent.body === undefined || typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
  return {
    resource,
    path: url.replace('/prod', ''),
    httpMethod: sent.method ?? 'POST',
    headers: Object.fromEntries(headers.map(([name, lines]) => [name, lines.at(-1)])),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query.map(([n, v]) => [n, v.at(-1)])),
    multiValueQueryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    pathParameters: Object.keys(path).length === 0 ? null : path,
    stageVariables: null,
    requestContext: {
      resourceId: 'x1y2z3',
      resourcePath: resource,
      httpMethod: sent.method ?? 'POST',
      requestId: REQUEST_ID,
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      accountId: '123456789012',
      apiId: 'abc123',
      stage: 'prod',
      path: url,
      domainName: 'abc123.execute-api.eu-central-1.amazonaws.com',
      ...(sent.authorizer !== undefined && {
        authorizer: { principalId: 'x', integrationLatency: 3, ...sent.authorizer },
      }),
      identity:
        sent.authorizer !== undefined
          ? { userArn: null, caller: null, accessKey: null, sourceIp: '192.0.2.1', user: null }
          : sent.identity === undefined
            ? { userArn: ACTOR, caller: 'AROAEXAMPLE:jo', accessKey: 'ASIAEXAMPLE', sourceIp: '192.0.2.1', user: null }
            : sent.identity,
    },
    body: text === undefined ? null : sent.base64 ? Buffer.from(text).toString('base64') : text,
    isBase64Encoded: sent.base64 ?? false,
  };
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Logged {
  readonly requests: Parameters<RequestLog['request']>[0][];
  readonly faults: { requestId: string; error: unknown }[];
}

export function recordingLog(): { options: HandleOptions; logged: Logged } {
  const logged: Logged = { requests: [], faults: [] };
  const log: RequestLog = {
    within: (_, run) => run(),
    request: (fields) => logged.requests.push(fields),
    fault: (requestId, error) => logged.faults.push({ requestId, error }),
  };
  return {
    options: { log: () => log, publicUrls: () => ({}), callerNumbers: () => new Map(), scope: () => 'read' },
    logged,
  };
}

type Answer = (request: ApiRequest) => ApiResponse | Promise<ApiResponse>;

/** Sends an event through `handle` to the answer of its route, as a Lambda function would; it must be the documented one. */
export async function send(
  event: ReturnType<typeof gatewayEvent>,
  answer: Answer,
  options?: HandleOptions,
): Promise<Answered> {
  const answered = await sendToAny(event, answer, options);
  const { status, headers, body } = answered;
  checkAnswer({ method: event.httpMethod, path: event.resource, status, headers: Object.entries(headers), body });
  return answered;
}

/** Sends an event through `handle` to its handler. */
export async function sendToAny(
  event: unknown,
  answer: Answer,
  options: HandleOptions = recordingLog().options,
): Promise<Answered> {
  const { statusCode, headers, body: text } = await handle(options, async (request) => answer(request))(event);
  return { status: statusCode, headers, body: JSON.parse(text) };
}

/** Sends a request to a reader, and gives what it read, as JSON has it, or the refusal. */
export async function read(sent: Sent, reader: (request: ApiRequest) => unknown): Promise<Answered> {
  const answered = await sendToAny(gatewayEvent(sent), (request) => json(200, reader(request) ?? null));
  if (answered.status >= 400) refused.parse(answered.body);
  return answered;
}

const page = z.looseObject({
  data: z.array(z.record(z.string(), z.unknown())),
  paging: z.strictObject({ cursors: z.unknown(), next: z.optional(z.url()), previous: z.optional(z.url()) }),
});

/** The answer of a route that gives pages. */
export const asPage = (body: unknown) => page.parse(body);

/** A refusal of the request whole, in Graph's shape. */
export function refusal(message: string) {
  return {
    error: {
      message: `(#100) ${message}`,
      type: 'OAuthException',
      code: 100,
      error_data: { details: message },
      fbtrace_id: REQUEST_ID,
    },
  };
}
