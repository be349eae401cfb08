import { ResponseType } from 'aws-cdk-lib/aws-apigateway';

export interface Refusal {
  readonly type: ResponseType;
  /** Absent if API Gateway's own status says more than a fixed one could. */
  readonly status?: number;
  /** The closest of Graph's codes (`graph-api.md`). */
  readonly code: number;
  readonly message: string;
  /** What the reader should do. */
  readonly advice: string;
  /** Seconds of `Retry-After`. */
  readonly retryAfter?: number;
}

const SIGN =
  "sign every request with AWS Signature Version 4 for the service execute-api and this API's region, as every AWS SDK, or curl with --aws-sigv4, does";
export const COMPARE_ROUTE = 'compare method and path with docs/http.md';
const SERVICE_TEAM = 'tell the team that runs this service, with the request id';
const REPEAT = 'ask again: what was asked for may have been done, and blocks and unblocks are safe to repeat';

/**
 * The answers that API Gateway itself gives to callers that sign, before or instead of a function. None of them may have text
 * of the request, or API Gateway's text, which has the path: neither is escaped (`$context.error.messageString` is only put in
 * quotes).
 */
export const SIGNED_REFUSALS: readonly Refusal[] = [
  {
    // API Gateway gives the same answer to an unknown path or method as to a call that is not signed.
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 403,
    code: 104,
    message: 'The request is not signed, or there is no such route',
    advice: `${SIGN}; if it is signed, ${COMPARE_ROUTE}`,
  },
  {
    type: ResponseType.INVALID_SIGNATURE,
    status: 403,
    code: 104,
    message: 'The AWS signature of the request does not match',
    advice: `${SIGN}; look at the secret key, the clock, and whether path, query or body changed after it was signed`,
  },
  {
    type: ResponseType.EXPIRED_TOKEN,
    status: 403,
    code: 190,
    message: 'The AWS credentials of the request have expired',
    advice: 'get new ones, and sign again',
  },
  {
    type: ResponseType.INVALID_API_KEY,
    status: 403,
    code: 190,
    message: 'The API key is not valid',
    advice: 'send a valid one',
  },
  { type: ResponseType.UNAUTHORIZED, status: 401, code: 190, message: 'The caller is not known', advice: SIGN },
  {
    type: ResponseType.ACCESS_DENIED,
    status: 403,
    code: 10,
    message: 'The caller may not call this route',
    advice:
      'attach one of the four policies of the stack to the role or user that calls (docs/callers.md), and call a private API through one of its VPC endpoints',
  },
  {
    type: ResponseType.WAF_FILTERED,
    status: 403,
    code: 10,
    message: 'The request was refused by a firewall rule',
    advice: 'ask the team that owns the firewall of this API which rule it was',
  },
  {
    type: ResponseType.AUTHORIZER_FAILURE,
    status: 500,
    code: 1,
    message: 'The caller could not be checked',
    advice: SERVICE_TEAM,
  },
  {
    type: ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
    status: 500,
    code: 1,
    message: 'The caller could not be checked',
    advice: SERVICE_TEAM,
  },
  {
    type: ResponseType.RESOURCE_NOT_FOUND,
    status: 404,
    code: 100,
    message: 'There is no such route',
    advice: COMPARE_ROUTE,
  },
  {
    type: ResponseType.BAD_REQUEST_PARAMETERS,
    status: 400,
    code: 100,
    message: 'A parameter of the request is not valid',
    advice: 'compare the query with docs/requests.md',
  },
  {
    type: ResponseType.BAD_REQUEST_BODY,
    status: 400,
    code: 100,
    message: 'The body of the request is not valid',
    advice: 'compare it with docs/requests.md',
  },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: 415,
    code: 100,
    message: 'The media type of the body is not supported',
    advice: 'send JSON with Content-Type: application/json',
  },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    code: 100,
    message: 'The request is larger than 6 MB',
    advice: 'send the list in parts',
  },
  {
    type: ResponseType.THROTTLED,
    status: 429,
    code: 4,
    message: 'Too many requests to this service',
    advice: 'send it again after the time in Retry-After, and send requests more slowly',
    retryAfter: 1,
  },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    status: 429,
    code: 4,
    message: "The caller's quota of requests is used up",
    advice: 'send it again after the time in Retry-After',
    retryAfter: 60,
  },
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    status: 504,
    code: 2,
    message: 'No answer in time',
    advice: REPEAT,
    retryAfter: 5,
  },
  { type: ResponseType.INTEGRATION_FAILURE, status: 504, code: 2, message: 'No answer', advice: REPEAT, retryAfter: 5 },
  {
    type: ResponseType.API_CONFIGURATION_ERROR,
    status: 500,
    code: 1,
    message: 'The service is not set up as it should be',
    advice: SERVICE_TEAM,
  },
  {
    // This is also the answer to a Bearer token instead of a signature, and to an unknown access key.
    type: ResponseType.DEFAULT_4XX,
    code: 100,
    message:
      'The request was refused before it came to this service: mostly, its Authorization header is no AWS signature',
    advice: `${SIGN}, with an access key that exists; a Bearer token is not taken`,
  },
  { type: ResponseType.DEFAULT_5XX, code: 2, message: 'The service failed', advice: REPEAT, retryAfter: 5 },
];
