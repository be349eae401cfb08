import { LIMITS } from '../contract/limits.ts';
import { GraphError, TokenMissingError } from '../core/errors.ts';
import { type ApiRequest, readRequest } from './api-request.ts';
import { type CallerNumbers, confine } from './caller-numbers.ts';
import { errorResponse, isExpected } from './error-response.ts';
import type { ApiResponse } from './respond.ts';

/** One line per request, and an error with its cause where the service itself is at fault. No user, no token. */
export interface RequestLog {
  request(fields: {
    /** The caller's `x-request-id`, so that an answer and its line are found from each other. */
    request_id: string;
    route: string;
    method: string;
    status: number;
    ms: number;
    /** Graph's code, where Graph refused the request. */
    code?: number;
    /** If no token can be used: why, and the command that puts one in, which no caller is told. */
    reason?: string;
    command?: string | undefined;
    actor?: string;
  }): void;
  fault(requestId: string, error: unknown): void;
}

export interface HandleOptions {
  readonly log: () => RequestLog;
  /** Where callers reach the API, if not under the host and path of the request. */
  readonly publicUrl: () => string | undefined;
  /** Who may use some numbers only. */
  readonly callerNumbers: () => CallerNumbers;
}

/** A Lambda handler around a function from request to response: parses, answers errors in Graph's shape, logs once. */
export function handle(
  options: HandleOptions,
  answer: (request: ApiRequest) => Promise<ApiResponse>,
): (event: unknown) => Promise<ApiResponse> {
  return async (event) => {
    const startedMs = performance.now();
    const requestId = requestIdOf(event);
    let request: ApiRequest | undefined;
    let response: ApiResponse;
    let refusal: ReturnType<typeof loggedRefusal> = {};
    try {
      request = readRequest(event, options.publicUrl());
      response = await answer(confine(request, options.callerNumbers()));
    } catch (error) {
      response = errorResponse(error, requestId);
      refusal = loggedRefusal(error);
      if (!isExpected(error)) options.log().fault(requestId, error);
    }
    options.log().request({
      request_id: requestId,
      ...(request ? { route: request.route, method: request.method } : routeOf(event)),
      status: response.statusCode,
      ms: Math.round(performance.now() - startedMs),
      ...refusal,
      ...(request ? { actor: request.actor } : {}),
    });
    return { ...response, headers: { ...response.headers, 'x-request-id': requestId } };
  };
}

/** What the line says of an error that is no fault. */
function loggedRefusal(error: unknown): { code?: number; reason?: string; command?: string | undefined } {
  if (error instanceof GraphError) return { code: error.code };
  return error instanceof TokenMissingError ? { reason: error.message, command: error.command } : {};
}

function requestIdOf(event: unknown): string {
  const context = isRecord(event) ? event.requestContext : undefined;
  const id = isRecord(context) ? context.requestId : undefined;
  return typeof id === 'string' && id.length <= LIMITS.idempotencyKeyCharacters ? id : 'unknown';
}

/** Where an event came from whose parameters cannot be read. */
function routeOf(event: unknown): { route: string; method: string } {
  const { requestContext: context, httpMethod: method } = isRecord(event) ? event : {};
  const route = isRecord(context) ? context.resourcePath : undefined;
  return {
    route: typeof route === 'string' ? route : 'unknown',
    method: typeof method === 'string' ? method : 'unknown',
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
