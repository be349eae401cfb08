import { z } from 'zod';
import { backoff } from '../../lambdas/core/backoff.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Authentication } from '../target/access.ts';
import { say, type Terminal } from '../terminal.ts';
import { parseAnswer } from './parse-answer.ts';
import { refusalOf } from './refusal.ts';
import { authenticated } from './sign.ts';

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL, with a leading slash; its variables are encoded. */
  readonly path: string;
  /** A parameter without a value is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

interface Answer {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly body: unknown;
  /** Milliseconds to wait before another try, if the service says so. */
  readonly waitMs: number | undefined;
}

/** The service, as commands call it. */
export interface ApiClient {
  /**
   * The body of the answer. A call that the service cannot take now is repeated, after the wait that it asks for.
   *
   * @throws CliError if the service refuses the call, or cannot be reached
   */
  call<T>(call: ApiCall, schema: z.ZodType<T>): Promise<T>;
}

export interface ClientSettings {
  readonly apiUrl: string;
  readonly authentication: Authentication;
  /** Recorded beside the caller of every change. */
  readonly onBehalfOf: string | undefined;
}

const ATTEMPTS = 5;
/** Tries to reach a host that does not answer: it may be the wrong one. */
const CONNECTIONS = 3;
const PAUSES = { first: 500, longest: 8_000, jitter: [0.5, 1] } as const;
/** Milliseconds. The service itself waits for Graph; a longer wait is left to the person. */
const LONGEST_WAIT = 60_000;
/** Milliseconds that one call may take: API Gateway ends it after 29 s. */
const CALL_TIMEOUT = 45_000;
/** Answers of a service that could not take the call now. Every call can be repeated. */
const TRY_AGAIN: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

export function apiClient(terminal: Terminal, settings: ClientSettings): ApiClient {
  return {
    async call(call, schema) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send(terminal, settings, call);
        if (answer instanceof CliError) {
          if (attempt >= CONNECTIONS) throw answer;
          await terminal.sleep(backoff(attempt, PAUSES, Math.random()));
          continue;
        }
        if (answer.status < 400 || isPartialFailure(answer)) return parseAnswer(schema, answer.body);
        const waitMs = answer.waitMs ?? backoff(attempt, PAUSES, Math.random());
        if (attempt === ATTEMPTS || !isWorthAnother(answer) || waitMs > LONGEST_WAIT) throw refusalOf(answer);
        say(terminal, `The service cannot take this now (${answer.status}); next try in ${Math.ceil(waitMs / 1000)} s`);
        await terminal.sleep(waitMs);
      }
    },
  };
}

/** 502 means that Graph refuses the token, unless API Gateway itself says it. */
function isWorthAnother({ status, body }: Answer): boolean {
  return TRY_AGAIN.has(status) && !(status === 502 && z.object({ error: z.object({}) }).safeParse(body).success);
}

/** Graph's 400 with results of users is an answer: each of them has an outcome. */
function isPartialFailure({ status, body }: Answer): boolean {
  return status === 400 && z.object({ block_users: z.object({}) }).safeParse(body).success;
}

/** The answer, or why there is none. */
async function send(terminal: Terminal, settings: ClientSettings, call: ApiCall): Promise<Answer | CliError> {
  const url = new URL(`${settings.apiUrl}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  // As it is signed: a space is %20, and a plus is a plus.
  url.search = url.search.replaceAll('+', '%20');
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const own = { ...call.headers, 'x-on-behalf-of': settings.onBehalfOf };
  const headers = {
    ...Object.fromEntries(Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const signed = await authenticated({ method: call.method, url, headers, body }, settings.authentication);
  try {
    const response = await terminal.fetch(url, {
      method: call.method,
      headers: signed,
      signal: AbortSignal.any([terminal.signal, AbortSignal.timeout(CALL_TIMEOUT)]),
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const after = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      status: response.status,
      requestId: response.headers.get('x-request-id') ?? undefined,
      body: parseJson(text),
      waitMs: Number.isFinite(after) ? after * 1000 : undefined,
    };
  } catch (error) {
    if (terminal.signal.aborted) throw new CliError(EXIT.interrupted, 'Interrupted');
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return new CliError(
      EXIT.unavailable,
      `${url.host} cannot be reached: ${cause}`,
      'Is the address right, and are you on the network (VPN) from which it can be reached?',
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
