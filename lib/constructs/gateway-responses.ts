import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Refusal } from './gateway-refusals.ts';

/** Gives every answer of API Gateway itself Graph's shape, with the request id and, if it helps, `Retry-After`. */
export function addGatewayResponses(api: RestApi, refusals: readonly Refusal[]): void {
  for (const { type, status, code, message, advice, retryAfter } of refusals) {
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
            message: `${message}; ${advice}`,
            type: 'OAuthException',
            code,
            error_data: { details: advice },
            fbtrace_id: '$context.requestId',
          },
        }),
      },
    });
  }
}
