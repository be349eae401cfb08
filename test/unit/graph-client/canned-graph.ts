import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { GraphClient } from '../../../lambdas/adapters/graph/graph-client.ts';
import { forEachProvider } from '../../../lambdas/contract/providers.ts';
import type { Action } from '../../../lambdas/core/changes/outcome.ts';
import { GraphError } from '../../../lambdas/core/errors.ts';
import type { Credentials, GraphCall } from '../../../lambdas/core/ports/services.ts';
import { parseIdentity } from '../../../lambdas/core/users/identity.ts';
import { providerAddress } from '../../../local/provider-address.ts';

export const NUMBER = '106540352242922';
export const TOKEN = 'EAAJBtestTokenOfMeta123';
export const META: Credentials = { token: TOKEN, provider: 'meta', batchLimit: 1_000 };
export const SPLASHIFY: Credentials = { token: 'pk_live_test123', provider: 'splashify', batchLimit: 500 };

export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The port of the client: the same one for requests over one connection. */
  readonly port: number | undefined;
}

export interface Canned {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** A real HTTP server on loopback that gives one answer, or does with the request what a test says. */
export async function cannedGraph(canned: Canned | http.RequestListener) {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers, socket } = request;
      received.push({ method, url, headers, body: Buffer.concat(parts).toString('utf8'), port: socket.remotePort });
      if (typeof canned === 'function') return canned(request, response);
      const { status = 200, body = '' } = canned;
      response.writeHead(status, { 'content-type': 'application/json', ...canned.headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  const url = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, graph: clientOf(url), url };
}

/** What the client logs, for tests that look at it. */
export const logged: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];

/** The line that it writes for each call. */
export const calls: typeof logged = [];

export function clientOf(url: string): GraphClient {
  return new GraphClient({
    version: 'v25.0',
    log: {
      error: (message, fields) => void logged.push({ message, fields }),
      info: (message, fields) => void calls.push({ message, fields }),
    },
    baseUrls: forEachProvider((provider) => providerAddress(url, provider)),
  });
}

function listen(server: http.Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === 'string') throw new Error('The server has no port');
      resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}

export function aCall(fields: Partial<GraphCall> = {}): GraphCall {
  return { phoneNumberId: NUMBER, credentials: META, timeoutMs: 5_000, ...fields };
}

export function people(...users: string[]) {
  return users.map((user) => {
    const identity = parseIdentity(user);
    if (!identity) throw new Error('The test names nobody');
    return identity;
  });
}

/** Outcomes of a change as Graph's answer has them: by the id that was asked for. */
export async function change(
  canned: Canned,
  users: string[],
  { action = 'block', call = aCall() }: { action?: Action; call?: GraphCall } = {},
) {
  const { graph } = await cannedGraph(canned);
  const outcomes = await graph.changeUsers(call, action, people(...users));
  return outcomes.map(({ identity, ...outcome }) => ({ id: identity.id, ...outcome }));
}

/** The refusal of a whole request. */
export async function refusalOf(canned: Canned | http.RequestListener, call = aCall()): Promise<GraphError> {
  const { graph } = await cannedGraph(canned);
  return graphError(graph.changeUsers(call, 'block', people('+16505551234')));
}

export async function graphError(promise: Promise<unknown>): Promise<GraphError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GraphError) return error;
  throw new Error(`No GraphError: ${String(error)}`);
}
