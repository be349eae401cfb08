import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { checkAnswer } from './check-answer.ts';
import type { ConsoleFacts } from './facts.ts';
import { type Forwarding, forward } from './forward.ts';
import { foreignRequest, hasSecret, SECURITY_HEADERS } from './guard.ts';
import type { Page } from './page.ts';
import { type Problem, ProblemError } from './problem.ts';
import { readCall } from './read-call.ts';

export interface ConsoleSettings extends Forwarding {
  readonly page: Page;
  readonly facts: ConsoleFacts;
  /** 0: one that is free. */
  readonly port: number;
  /** Milliseconds without a call after which the console ends. */
  readonly idleMs: number;
}

export interface RunningConsole {
  /** With the secret: whoever has it acts as the person who started the console. */
  readonly url: string;
  /** Why it ended: the signal, or nobody used it. */
  readonly ended: Promise<'stopped' | 'idle'>;
}

const LOOPBACK = '127.0.0.1';
const API = '/api';
const FACTS = '/console.json';

/** A server for one person on this machine, until the signal, or until it is idle. */
export async function serveConsole(settings: ConsoleSettings): Promise<RunningConsole> {
  const secret = randomBytes(32).toString('base64url');
  let onUse = () => {};
  const server = createServer((request, response) => {
    void answer(request, response, { ...settings, secret, onUse: () => onUse() });
  });
  server.listen(settings.port, LOOPBACK);
  await once(server, 'listening');
  const ended = new Promise<'stopped' | 'idle'>((resolve) => {
    const idle = setTimeout(end, settings.idleMs, 'idle');
    onUse = () => void idle.refresh();
    const onStop = () => end('stopped');
    settings.signal.addEventListener('abort', onStop);
    if (settings.signal.aborted) end('stopped');
    function end(why: 'stopped' | 'idle') {
      clearTimeout(idle);
      settings.signal.removeEventListener('abort', onStop);
      server.close();
      server.closeAllConnections();
      resolve(why);
    }
  });
  return { url: `http://${LOOPBACK}:${portOf(server)}/#key=${secret}`, ended };
}

interface Answering extends ConsoleSettings {
  readonly secret: string;
  readonly onUse: () => void;
}

async function answer(request: IncomingMessage, response: ServerResponse, console: Answering): Promise<void> {
  try {
    const { status, headers, body } = await answerTo(request, console);
    write(response, { status, headers, body });
  } catch (error) {
    const problem: Problem =
      error instanceof ProblemError
        ? error.problem
        : { status: 500, kind: 'unreachable', message: `The console failed: ${String(error)}` };
    // The rest of a body that is too large is not read.
    const more = { ...JSON_TYPE, ...(request.complete ? {} : { connection: 'close' }) };
    write(response, { status: problem.status, headers: more, body: JSON.stringify({ console: problem }) });
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function write(response: ServerResponse, { status, headers, body }: Sent): void {
  response.writeHead(status, { ...headers, ...SECURITY_HEADERS });
  response.end(body);
}

async function answerTo(request: IncomingMessage, console: Answering): Promise<Sent> {
  const { method, url = '', headers } = request;
  const foreign = foreignRequest(headers, request.socket.localPort ?? 0);
  if (foreign !== undefined) throw new ProblemError({ status: 403, kind: 'foreign', message: foreign });
  const file = method === 'GET' ? console.page.get(url) : undefined;
  if (file !== undefined) return { status: 200, headers: { 'content-type': file.type }, body: file.text };
  if (!hasSecret(headers, console.secret)) {
    throw new ProblemError({
      status: 401,
      kind: 'locked',
      message: 'This page has no key to the console',
      hint: 'Open the address that `blocklist console` printed when it started',
    });
  }
  console.onUse();
  if (method === 'GET' && url === FACTS) {
    return { status: 200, headers: JSON_TYPE, body: JSON.stringify(console.facts) };
  }
  if (!url.startsWith(`${API}/`)) {
    throw new ProblemError({ status: 404, kind: 'notFound', message: 'The console has no such page' });
  }
  const call = await readCall(request, url.slice(API.length), console.facts.read_only);
  const given = await forward(call, console);
  const body = checkAnswer(call.route, given.status, given.body);
  return { status: given.status, headers: { ...given.headers, ...JSON_TYPE }, body };
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('The console has no port');
}
