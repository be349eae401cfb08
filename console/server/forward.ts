import { authenticated } from '../../cli/api/sign.ts';
import { CliError } from '../../cli/cli-error.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import type { Target } from '../../cli/target/access.ts';
import { ProblemError } from './problem.ts';
import type { Call } from './read-call.ts';

export interface Forwarding extends Pick<Target, 'apiUrl' | 'authentication'> {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Milliseconds that one call may take: API Gateway ends it after 29 s. */
const CALL_TIMEOUT = 45_000;
/** Headers of the service that the page sees. */
const GIVEN_BACK = ['retry-after', 'x-request-id', 'x-blocklist-reconciled-at'] as const;

/**
 * Sends a call with the person's own credentials, and gives the answer as it is.
 *
 * @throws ProblemError if there are no credentials, or no answer
 */
export async function forward(
  call: Call,
  { apiUrl, authentication, fetch, signal }: Forwarding,
): Promise<ForwardedAnswer> {
  const url = new URL(`${apiUrl}${call.path}`);
  url.search = call.query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  const headers = { ...call.headers, ...(call.body === undefined ? {} : { 'content-type': 'application/json' }) };
  const { method, body } = call;
  const signed = await sign({ method, url, headers, body }, authentication);
  try {
    const response = await fetch(url, {
      method,
      headers: signed,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT)]),
      ...(body === undefined ? {} : { body }),
    });
    const given = GIVEN_BACK.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    return { status: response.status, headers: Object.fromEntries(given), body: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new ProblemError({
      status: 502,
      kind: 'unreachable',
      message: `${url.host} cannot be reached: ${cause}`,
      hint: 'Are you on the network (VPN) from which the service can be reached?',
    });
  }
}

async function sign(call: Parameters<typeof authenticated>[0], how: Target['authentication']) {
  try {
    return await authenticated(call, how);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.notAuthorized) throw error;
    throw new ProblemError({ status: 401, kind: 'signIn', message: error.message, hint: error.hint });
  }
}
