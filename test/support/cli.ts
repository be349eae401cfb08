import { PassThrough, Readable } from 'node:stream';
import { main } from '../../cli/main.ts';
import type { Terminal } from '../../cli/terminal.ts';

/** What a command wrote, and how it ended. */
export interface CliRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** What the service is asked by a command, as far as tests look at it. */
export interface SeenCall {
  readonly method: string;
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Answers a call of a command; what it throws is a fault of the network, or kills the command. */
export type FakeService = (call: SeenCall) => FakeAnswer | Promise<FakeAnswer>;

export const API_URL = 'https://api.example.test/prod';
export const NUMBER = '106540352242922';

export interface CliOptions {
  readonly service?: FakeService;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** What is typed, if there is a terminal. */
  readonly typed?: string;
  readonly cwd?: string;
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  readonly isTTY?: boolean;
}

const CREDENTIALS = {
  AWS_REGION: 'eu-west-1',
  BLOCKLIST_API_URL: API_URL,
  BLOCKLIST_API_KEY: 'test-key',
  BLOCKLIST_NUMBER: NUMBER,
};

/** Runs a command line in this process, against a service of the test. It waits no real time: `slept` has the pauses. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliRun & { readonly slept: readonly number[] }> {
  let out = '';
  let err = '';
  const slept: number[] = [];
  const { service = () => ({ status: 500 }), typed, isTTY = typed !== undefined } = options;
  const input = typed === undefined ? Readable.from([options.input ?? '']) : typing(typed);
  const terminal: Terminal = {
    out: { write: (text) => (out += text), isTTY },
    err: { write: (text) => (err += text), isTTY },
    in: Object.assign(input, { isTTY: typed !== undefined }),
    env: { ...CREDENTIALS, ...options.env },
    cwd: options.cwd ?? '/',
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => Date.parse('2026-11-30T12:00:00.000Z')),
    sleep: async (ms) => {
      slept.push(ms);
      options.signal?.throwIfAborted();
    },
    fetch: async (url, init) => {
      const response = await callService(service, new Request(url instanceof URL ? url.href : url, init ?? {}));
      // Whoever is interrupted does not see the answer.
      options.signal?.throwIfAborted();
      return response;
    },
  };
  const exitCode = await main(args, terminal);
  return { exitCode, out, err, slept };
}

function typing(line: string): PassThrough {
  const input = new PassThrough();
  input.write(`${line}\n`);
  return input;
}

async function callService(service: FakeService, request: Request): Promise<Response> {
  const text = await request.text();
  const {
    status = 200,
    headers = {},
    body,
  } = await service({
    method: request.method,
    path: request.url.slice(API_URL.length),
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  });
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(sent, { status, headers: { 'x-request-id': 'req-1', ...headers } });
}

/** Graph's shape of a refusal. */
export function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  const error = { message, type: 'OAuthException', code: 100, error_data: { details: message }, fbtrace_id: 'req-1' };
  return { status, headers, body: { error } };
}
