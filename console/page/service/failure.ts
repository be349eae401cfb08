/** Why a call has no result, by what the person can do about it. */
export type FailureKind =
  | 'locked'
  | 'ended'
  | 'signIn'
  | 'forbidden'
  | 'readOnly'
  | 'notFound'
  | 'refused'
  | 'unavailable'
  | 'unreachable';

export interface Failure {
  readonly kind: FailureKind;
  /** What the service, or the console, says. Shown as text. */
  readonly message: string;
  readonly hint?: string | undefined;
  /** Seconds after which another try may do. */
  readonly retryAfter?: number | undefined;
  readonly requestId?: string | undefined;
}

interface Refused {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
  readonly requestId: string | null;
}

/** An answer that is no success, in the words of whoever refused it: the console, API Gateway, or the service. */
export function failureOf({ status, body, retryAfter, requestId }: Refused): Failure {
  const own = at(body, 'console');
  const seconds = Number(retryAfter ?? Number.NaN);
  const more = {
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
    requestId: requestId ?? undefined,
  };
  if (own !== undefined) {
    return { kind: kindOf(status, text(own, 'kind')), message: text(own, 'message') ?? '', hint: text(own, 'hint') };
  }
  const message = details(body) ?? `The service answered ${status}`;
  if (status === 401)
    return { ...more, kind: 'signIn', message, hint: 'The key may have expired, or have been revoked' };
  if (status === 403 && /expired|security token|InvalidClientTokenId|not yet current/i.test(message)) {
    return { ...more, kind: 'signIn', message, hint: 'Sign in again where you started the console: aws sso login' };
  }
  return { ...more, kind: kindOf(status, undefined), message };
}

const OWN: Readonly<Record<string, FailureKind>> = {
  locked: 'locked',
  foreign: 'locked',
  signIn: 'signIn',
  readOnly: 'readOnly',
  unreachable: 'unreachable',
};

function kindOf(status: number, own: string | undefined): FailureKind {
  const named = own === undefined ? undefined : OWN[own];
  if (named !== undefined) return named;
  if (status === 403) return 'forbidden';
  if (status === 404) return 'notFound';
  return status === 429 || status >= 500 ? 'unavailable' : 'refused';
}

/** Graph's shape of an error, with the details if they say more; or API Gateway's. */
function details(body: unknown): string | undefined {
  const error = at(body, 'error');
  const message = text(error, 'message') ?? text(body, 'message') ?? text(body, 'Message');
  const more = text(at(error, 'error_data'), 'details');
  if (more === undefined || message?.includes(more)) return message;
  return message === undefined || more.includes(message) || /^\(#\d+\)/.test(message) ? more : `${message}: ${more}`;
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string | undefined {
  const found = at(value, name);
  return typeof found === 'string' ? found : undefined;
}
