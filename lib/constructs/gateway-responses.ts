import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

interface Refusal {
  readonly type: ResponseType;
  /** Left out where API Gateway's own status says more than one fixed here could. */
  readonly status?: number;
  /** The closest of Graph's codes (`graph-api.md`). */
  readonly code: number;
  readonly message: string;
  /** Seconds of `Retry-After`. */
  readonly retryAfter?: number;
}

/** What API Gateway answers by itself, before or instead of a function. None of it may hold text of the request: it is not escaped. */
const REFUSALS: readonly Refusal[] = [
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 403,
    code: 104,
    message: 'The request is not signed (AWS Signature Version 4, service execute-api), or there is no such route',
  },
  {
    type: ResponseType.INVALID_SIGNATURE,
    status: 403,
    code: 104,
    message: 'The AWS signature of the request does not match',
  },
  {
    type: ResponseType.EXPIRED_TOKEN,
    status: 403,
    code: 190,
    message: 'The AWS credentials of the request have expired',
  },
  { type: ResponseType.INVALID_API_KEY, status: 403, code: 190, message: 'The API key is not valid' },
  { type: ResponseType.UNAUTHORIZED, status: 401, code: 190, message: 'The caller is not known' },
  {
    type: ResponseType.ACCESS_DENIED,
    status: 403,
    code: 10,
    message: 'The caller may not call this route: it needs execute-api:Invoke, and a private API its VPC endpoint',
  },
  { type: ResponseType.WAF_FILTERED, status: 403, code: 10, message: 'The request was refused by a firewall rule' },
  { type: ResponseType.AUTHORIZER_FAILURE, status: 500, code: 1, message: 'The caller could not be checked' },
  {
    type: ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
    status: 500,
    code: 1,
    message: 'The caller could not be checked',
  },
  { type: ResponseType.RESOURCE_NOT_FOUND, status: 404, code: 100, message: 'There is no such route' },
  {
    type: ResponseType.BAD_REQUEST_PARAMETERS,
    status: 400,
    code: 100,
    message: 'A parameter of the request is not valid',
  },
  { type: ResponseType.BAD_REQUEST_BODY, status: 400, code: 100, message: 'The body of the request is not valid' },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: 415,
    code: 100,
    message: 'The media type of the body is not taken; send application/json',
  },
  { type: ResponseType.REQUEST_TOO_LARGE, status: 413, code: 100, message: 'The request is larger than 6 MB' },
  { type: ResponseType.THROTTLED, status: 429, code: 4, message: 'Too many requests to this service', retryAfter: 1 },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    status: 429,
    code: 4,
    message: "The caller's quota of requests is used up",
    retryAfter: 60,
  },
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    status: 504,
    code: 2,
    message: 'No answer in time. What was asked for may have been done; it is safe to ask again',
    retryAfter: 5,
  },
  {
    type: ResponseType.INTEGRATION_FAILURE,
    status: 504,
    code: 2,
    message: 'No answer. What was asked for may have been done; it is safe to ask again',
    retryAfter: 5,
  },
  {
    type: ResponseType.API_CONFIGURATION_ERROR,
    status: 500,
    code: 1,
    message: 'The service is not set up as it should be',
  },
  { type: ResponseType.DEFAULT_4XX, code: 100, message: 'The request was refused' },
  {
    type: ResponseType.DEFAULT_5XX,
    code: 2,
    message: 'The service failed. What was asked for may have been done; it is safe to ask again',
    retryAfter: 5,
  },
];

/** Makes every answer that API Gateway gives by itself one of Graph's shape, with the request id and, where it helps, `Retry-After`. */
export function addGatewayResponses(api: RestApi): void {
  for (const { type, status, code, message, retryAfter } of REFUSALS) {
    api.addGatewayResponse(type.responseType, {
      type,
      ...(status !== undefined && { statusCode: String(status) }),
      responseHeaders: {
        'x-request-id': 'context.requestId',
        ...(retryAfter !== undefined && { 'Retry-After': `'${retryAfter}'` }),
      },
      templates: {
        'application/json': JSON.stringify({
          error: {
            message,
            type: 'OAuthException',
            code,
            error_data: { details: message },
            fbtrace_id: '$context.requestId',
          },
        }),
      },
    });
  }
}
