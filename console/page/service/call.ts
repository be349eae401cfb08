import { type Failure, failureOf } from './failure.ts';
import { onBehalfOf, takeSecret } from './session.ts';

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
  /** For whom; whom the person acts for now unless given. */
  readonly onBehalfOf?: string | undefined;
  readonly signal?: AbortSignal;
}

export type Result<T> =
  | { readonly ok: true; readonly status: number; readonly body: T }
  | { readonly ok: false; readonly failure: Failure; readonly status: number };

const ENDED: Failure = {
  kind: 'ended',
  message: 'The console does not answer any more',
  hint: 'It was ended, or nobody used it for 8 hours. Start it again: blocklist console',
};

/** The header and the storage of the secret. */
const secret = takeSecret();

/**
 * Calls a route of the service through the console. The console has checked that a success has the shape of the contract, so `T`
 * is what the contract says of the route.
 */
export async function callService<T>({ method = 'GET', path, query = {}, ...call }: Call): Promise<Result<T>> {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  const search = given.length === 0 ? '' : `?${given.join('&')}`;
  const acting = 'onBehalfOf' in call ? call.onBehalfOf : onBehalfOf();
  const person = method === 'GET' ? undefined : acting;
  return ask<T>(`/api${path}${search}`, {
    method,
    ...(call.signal && { signal: call.signal }),
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    headers: {
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
      ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
      ...(person !== undefined && { 'x-on-behalf-of': person }),
    },
  });
}

/** Asks the console itself, or through it. */
export async function ask<T>(
  url: string,
  init: RequestInit & { readonly headers?: Record<string, string> } = {},
): Promise<Result<T>> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers: { ...init.headers, 'x-console-secret': secret ?? '' } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    return { ok: false, failure: ENDED, status: 0 };
  }
  const { status, headers } = response;
  const body = await response.json().catch(() => undefined);
  // Of some users the outcome is a failure: each of them has it.
  if (response.ok || (status === 400 && body?.block_users !== undefined)) return { ok: true, status, body };
  const failure = failureOf({
    status,
    body,
    retryAfter: headers.get('retry-after'),
    requestId: headers.get('x-request-id'),
  });
  return { ok: false, failure, status };
}
