import {
  DependencyError,
  GraphError,
  InvalidRequestError,
  LimitReachedError,
  NotPermittedError,
  TokenMissingError,
} from '../core/errors.ts';
import { GRAPH_CODE } from '../core/graph-codes.ts';
import type { Refused } from '../openapi/error.ts';
import { type ApiResponse, json } from './respond.ts';

/** Seconds after which a repeat makes sense if no time was named. */
const RETRY_THROTTLED_SECONDS = 30;
const RETRY_UNAVAILABLE_SECONDS = 5;
/** Temporary errors of AWS: DynamoDB, Secrets Manager and Step Functions under load or out of reach. */
const PASSING_AWS_ERRORS =
  /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|TransactionConflict|TransactionInProgress|InternalServ|ServiceUnavailable|TimeoutError|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN/;

/** Callers sign with their own credentials, and must not look for the fault there. */
const OUR_TOKEN = "Graph refused this service's own access token; it has to be replaced in the token secret";

interface Failure {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly type?: string;
  readonly subcode?: number | undefined;
  readonly details?: string | undefined;
  readonly fbtraceId?: string | undefined;
  readonly retryAfterSeconds?: number;
}

const GRAPH_STATUS: Readonly<Record<GraphError['kind'], number>> = {
  rate_limited: 429,
  transient: 503,
  timeout: 504,
  token: 502,
  permission: 502,
  unreadable: 502,
  list_full: 400,
  list_changed: 400,
  permanent: 400,
};

/** Every error as an answer in Graph's own shape. */
export function errorResponse(error: unknown, requestId: string): ApiResponse {
  const failure = translate(error);
  const { status, code, message, type, subcode, details, fbtraceId, retryAfterSeconds } = failure;
  return json<Refused>(
    status,
    {
      error: {
        message,
        type: type ?? 'OAuthException',
        code,
        error_subcode: subcode,
        error_data: { details: details ?? message },
        fbtrace_id: fbtraceId ?? requestId,
      },
    },
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );
}

/** Whether an error is caused by the caller or by Graph, and is not a fault of the service. */
export function isExpected(error: unknown): boolean {
  return [GraphError, InvalidRequestError, LimitReachedError, NotPermittedError, TokenMissingError].some(
    (kind) => error instanceof kind,
  );
}

function translate(error: unknown): Failure {
  if (error instanceof GraphError) return fromGraph(error);
  if (error instanceof InvalidRequestError) {
    const prefix = `(#${GRAPH_CODE.invalidParameter}) `;
    const { status, message } = error;
    return { status, code: GRAPH_CODE.invalidParameter, message: prefix + message, details: message };
  }
  if (error instanceof LimitReachedError) {
    const { message, retryAfterSeconds } = error;
    return { status: 429, code: GRAPH_CODE.tooManyCalls, message, retryAfterSeconds };
  }
  if (error instanceof NotPermittedError) {
    const code = GRAPH_CODE.permissionDenied;
    return { status: 403, code, message: `(#${code}) ${error.message}`, details: error.message };
  }
  if (error instanceof TokenMissingError) {
    return { status: 502, code: GRAPH_CODE.accessTokenInvalid, message: error.message };
  }
  if (error instanceof DependencyError || (error instanceof Error && PASSING_AWS_ERRORS.test(errorName(error)))) {
    return {
      status: 503,
      code: 2,
      message: 'A part of this service is temporarily unavailable; the request is safe to repeat',
      retryAfterSeconds: RETRY_UNAVAILABLE_SECONDS,
    };
  }
  return {
    status: 500,
    code: GRAPH_CODE.unknown,
    message: 'An unexpected error occurred in this service; see its log',
  };
}

function fromGraph(error: GraphError): Failure {
  const status = GRAPH_STATUS[error.kind];
  const failure: Failure = {
    status,
    code: error.code,
    message: error.message,
    type: error.type,
    subcode: error.subcode,
    details: error.details ?? (error.kind === 'token' ? OUR_TOKEN : undefined),
    fbtraceId: error.fbtraceId,
  };
  if (status === 429) return { ...failure, retryAfterSeconds: error.retryAfterSeconds ?? RETRY_THROTTLED_SECONDS };
  if (status === 503) return { ...failure, retryAfterSeconds: error.retryAfterSeconds ?? RETRY_UNAVAILABLE_SECONDS };
  return failure;
}

function errorName(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
