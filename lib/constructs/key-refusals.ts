import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { COMPARE_ROUTE, type Refusal, SIGNED_REFUSALS } from './gateway-refusals.ts';

/** What differs for callers with a key. SDKs read a code of 190 as a token that is no longer good, and stop. */
const OF_KEYS: readonly Refusal[] = [
  {
    // Of a key that is there API Gateway never says so: it is said of a path or method that does not exist.
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 404,
    code: 100,
    message: 'There is no such route',
    advice: `${COMPARE_ROUTE}; keys are managed through the API of signed callers`,
  },
  {
    type: ResponseType.UNAUTHORIZED,
    status: 401,
    code: 190,
    message: 'There is no key, or it is malformed, unknown, expired or revoked',
    advice: 'send Authorization: Bearer and a key of this stage, as the team that runs this service gave it',
  },
  {
    type: ResponseType.ACCESS_DENIED,
    status: 403,
    code: 10,
    message: '(#10) The key may not call this route',
    advice: 'ask the team that runs this service for a key with the scope that the route takes (docs/callers.md)',
  },
  {
    type: ResponseType.DEFAULT_4XX,
    code: 100,
    message: 'The request was refused before it came to this service',
    advice: 'compare it with docs/requests.md',
  },
];
/** What API Gateway says of a signature, and of keys of its own kind. */
const OF_SIGNERS = [
  ResponseType.INVALID_SIGNATURE,
  ResponseType.EXPIRED_TOKEN,
  ResponseType.INVALID_API_KEY,
  ResponseType.QUOTA_EXCEEDED,
];

/** What API Gateway answers callers with a key by itself. */
export const KEY_REFUSALS: readonly Refusal[] = SIGNED_REFUSALS.filter(({ type }) => !OF_SIGNERS.includes(type)).map(
  (signed) => OF_KEYS.find(({ type }) => type === signed.type) ?? signed,
);
