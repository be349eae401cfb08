import { FUNCTIONS, type FunctionSpec } from '../contract/functions.ts';
import type { Route } from '../contract/routes.ts';
import { GRAPH_CODE } from '../core/graph-codes.ts';
import type { Refused } from './error.ts';

interface Refusal {
  readonly description: string;
  /** As it is answered; `details` is the message unless given. */
  readonly example: { readonly message: string; readonly code: number; readonly details?: string };
  /** Whether `Retry-After` says when to come again. */
  readonly retryAfter?: true;
}

/** What is refused here by the name of the field. */
function invalid(details: string): Refusal['example'] {
  return { message: `(#${GRAPH_CODE.invalidParameter}) ${details}`, code: GRAPH_CODE.invalidParameter, details };
}

const NUMBER = '106540352242922';
const NOT_FOR_THE_NUMBER = `This caller may not use phone_number_id ${NUMBER}, only the numbers that are configured for it`;

/** Refusals of whole requests, by status. */
export const REFUSALS = {
  400: {
    description: 'The request is malformed, or Graph refuses it and would refuse it again. Nothing was changed',
    example: invalid('limit: must be a whole number from 1 to 1000'),
  },
  401: {
    description: 'The caller is not known: the API key is wrong, revoked or expired',
    example: { message: 'The caller is not known', code: GRAPH_CODE.accessTokenInvalid },
  },
  403: {
    description:
      'The request is not signed, or there is no such route, or the caller may not call it, or not for this number',
    example: {
      message: `(#${GRAPH_CODE.permissionDenied}) ${NOT_FOR_THE_NUMBER}`,
      code: GRAPH_CODE.permissionDenied,
      details: NOT_FOR_THE_NUMBER,
    },
  },
  404: {
    description:
      'There is no such job, batch, number, key or protected user; or, at the address for callers with a key, no such route',
    example: invalid(`id: there is no job ${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z, or it was too old to be kept`),
  },
  409: {
    description:
      'The `Idempotency-Key` was used with another body, or the job was retried as often as one can be, was reverted, or cannot be reverted. For keys: another key has, or had, the name, or the key cannot be rotated any more. For protected users: there are as many as there can be',
    example: invalid(
      'Idempotency-Key: was used with another body in the last 24 hours; send the same body, or another key',
    ),
  },
  413: {
    description: 'The body is larger than 6 MB',
    example: {
      message: 'The request is larger than 6 MB; send the list in parts',
      code: GRAPH_CODE.invalidParameter,
      details: 'send the list in parts',
    },
  },
  415: {
    description: 'The body is neither JSON nor a form, or not in UTF-8, or it is compressed',
    example: invalid('Content-Encoding: is not supported; send the body uncompressed'),
  },
  429: {
    description: 'Graph or this API is throttled, or a limit on open jobs or reconciliations is reached',
    example: { message: '(#130429) Rate limit hit', code: GRAPH_CODE.rateLimitHit },
    retryAfter: true,
  },
  500: {
    description: 'A fault of this service',
    example: { message: 'An unexpected error occurred in this service; see its log', code: GRAPH_CODE.unknown },
  },
  502: {
    description:
      "This service's own token is missing, refused or lacks a permission; or Graph answered in a way that this service cannot read",
    example: {
      message: 'Error validating access token',
      code: GRAPH_CODE.accessTokenInvalid,
      details: "Graph refused this service's own access token; it has to be replaced in the token secret",
    },
  },
  503: {
    description: 'Graph or a part of this service is unavailable, after retries. The request is safe to repeat',
    example: {
      message: 'A part of this service is temporarily unavailable; the request is safe to repeat',
      code: 2,
    },
    retryAfter: true,
  },
  504: {
    description: 'No answer in time. A change may have been made all the same; the request is safe to repeat',
    example: {
      message: 'Graph did not answer in time; the request may have been carried out, and is safe to repeat',
      code: 2,
    },
  },
} as const satisfies Readonly<Record<number, Refusal>>;

export type RefusalStatus = keyof typeof REFUSALS;

/** Of any route: its parameters are wrong, the caller is, or the service is not well. */
const ALWAYS: readonly RefusalStatus[] = [400, 401, 403, 429, 500, 503, 504];
/** Of routes that read a body. */
const OF_A_BODY: readonly RefusalStatus[] = [413, 415];

/** With which statuses a route may refuse a request; `also` are those that not every route has. */
export function refusalsOf(
  { method, handler }: Pick<Route, 'method' | 'handler'>,
  also: readonly RefusalStatus[] = [],
): RefusalStatus[] {
  const { readsTokens }: FunctionSpec = FUNCTIONS[handler];
  const ofBody = method === 'GET' ? [] : OF_A_BODY;
  const ofGraph: readonly RefusalStatus[] = readsTokens ? [502] : [];
  return [...ALWAYS, ...ofBody, ...ofGraph, ...also].sort((a, b) => a - b);
}

/** Whether every refusal with this status says when to come again. */
export function hasRetryAfter(status: number): boolean {
  const all: Readonly<Record<number, Refusal>> = REFUSALS;
  return all[status]?.retryAfter ?? false;
}

/** An answer with this status. */
export function refusalExample(status: RefusalStatus): Refused {
  const { message, code, details = message }: Refusal['example'] = REFUSALS[status].example;
  return {
    error: {
      message,
      type: 'OAuthException',
      code,
      error_data: { details },
      fbtrace_id: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    },
  };
}
