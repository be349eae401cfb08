import { LIMITS } from '../contract/limits.ts';
import { GraphError, TokenMissingError } from '../core/errors.ts';
import { JOB_ID, PHONE_NUMBER_ID } from '../core/ids.ts';
import { type ApiRequest, type PublicUrls, readRequest } from './api-request.ts';
import { type CallerRules, confine } from './caller-numbers.ts';
import { errorResponse, isExpected } from './error-response.ts';
import type { ApiResponse } from './respond.ts';

/**
 * One log line for each request, and an error with its cause if the service itself is at fault. It has no user and no token.
 */
export interface RequestLog {
  /** Runs a request: every line that is logged meanwhile has its id. */
  within<T>(requestId: string, run: () => Promise<T>): Promise<T>;
  request(fields: {
    /** The `x-request-id` of the answer, by which an answer and its log line can be found from each other. */
    request_id: string;
    route: string;
    method: string;
    /** The number that the path names. */
    phone_number_id?: string;
    status: number;
    ms: number;
    /** Set if this service is at fault, and neither its caller, nor Graph, nor a token that is missing. */
    is_fault?: true;
    /** Graph's code, if Graph refused the request. */
    code?: number;
    /** If no token can be used: why, and the command that puts one in. Callers do not see it. */
    reason?: string;
    command?: string | undefined;
    actor?: string;
    /** Of the route, if it is about one job. */
    job_id?: string;
    /** Of the key that the caller has. */
    key_id?: string;
  }): void;
  fault(requestId: string, error: unknown): void;
}

export interface HandleOptions extends CallerRules {
  readonly log: () => RequestLog;
  readonly publicUrls: () => PublicUrls;
}

/**
 * Makes a Lambda handler from a function that maps a request to a response. It parses the request, answers errors in Graph's
 * shape, and logs once.
 */
export function handle(
  options: HandleOptions,
  answer: (request: ApiRequest) => Promise<ApiResponse>,
): (event: unknown) => Promise<ApiResponse> {
  return async (event) => {
    const startedMs = performance.now();
    const requestId = requestIdOf(event);
    let request: ApiRequest | undefined;
    let response: ApiResponse;
    let refusal: LoggedRefusal = {};
    try {
      request = readRequest(event, options.publicUrls());
      const confined = confine(request, options);
      response = await options.log().within(requestId, () => answer(confined));
    } catch (error) {
      response = errorResponse(error, requestId);
      refusal = loggedRefusal(error, response);
      if (!isExpected(error)) options.log().fault(requestId, error);
    }
    options.log().request({
      request_id: requestId,
      ...(request ? { route: request.route, method: request.method, ...idsOf(request) } : routeOf(event)),
      status: response.statusCode,
      ms: Math.round(performance.now() - startedMs),
      ...refusal,
      ...(request ? { actor: request.actor } : {}),
      ...(request?.key ? { key_id: request.key.id } : {}),
    });
    return { ...response, headers: { ...response.headers, 'x-request-id': requestId } };
  };
}

interface LoggedRefusal {
  readonly code?: number;
  readonly reason?: string;
  readonly command?: string | undefined;
  readonly is_fault?: true;
}

/** The log fields of an error, and whether it is a fault of the service. */
function loggedRefusal(error: unknown, { statusCode }: ApiResponse): LoggedRefusal {
  if (error instanceof GraphError) return { code: error.code };
  if (error instanceof TokenMissingError) return { reason: error.message, command: error.command };
  return statusCode >= 500 ? { is_fault: true } : {};
}

/** What a request is about: its number, its job. What stands in the place of an id and is none is left out. */
function idsOf({ path }: ApiRequest): { phone_number_id?: string; job_id?: string } {
  const number = path.get('phoneNumberId') ?? path.get('version') ?? '';
  const id = path.get('id') ?? '';
  return { ...(PHONE_NUMBER_ID.test(number) && { phone_number_id: number }), ...(JOB_ID.test(id) && { job_id: id }) };
}

function requestIdOf(event: unknown): string {
  const context = isRecord(event) ? event.requestContext : undefined;
  const id = isRecord(context) ? context.requestId : undefined;
  return typeof id === 'string' && id.length <= LIMITS.idempotencyKeyCharacters ? id : 'unknown';
}

/** The route and request id of an event whose parameters cannot be read. */
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
