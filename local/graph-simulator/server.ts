import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { SimulatorControl } from './control.ts';
import { answerControl, CONTROL_PREFIX } from './control-api.ts';
import { parseInput } from './control-input.ts';
import { deliver } from './deliver.ts';
import { type Exchange, type Sleep, serveGraph } from './graph-http.ts';
import { type StartOptionsInput, startSchema } from './options.ts';
import { readBody } from './read-body.ts';
import { SimulatorState } from './state.ts';

/** A simulator that runs. */
export interface GraphSimulator {
  /** Base URL, without a slash at the end. Replaces `https://graph.facebook.com`. */
  readonly url: string;
  readonly port: number;
  readonly control: SimulatorControl;
  /** Stops at once: calls in flight lose their connection. Can be called again. */
  stop(): Promise<void>;
}

/** The address of a simulator, and the clock that a test gives it. */
export interface SimulatorRuntime {
  /** 127.0.0.1 (default) or ::1; nothing else, since anybody who reaches the port controls the simulator. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Epoch ms. */
  now?: () => number;
  /** Waits for a latency. */
  sleep?: Sleep;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);
/** Longer than clients keep an idle connection, so that the client closes it and no request reaches a closing server. */
const KEEP_ALIVE_MS = 75_000;

/** Starts a simulator. Throws a `ControlInputError` that names the option at fault, or the error of the listening socket. */
export async function startGraphSimulator(
  options: StartOptionsInput = {},
  runtime: SimulatorRuntime = {},
): Promise<GraphSimulator> {
  const { host = '127.0.0.1', port: wanted = 0, now = Date.now, sleep } = runtime;
  if (!LOOPBACK.has(host)) throw new Error('The Graph simulator listens on 127.0.0.1 or ::1 only');
  const state = new SimulatorState(parseInput(startSchema, options), now);
  const control = new SimulatorControl(state);
  const stopping = new AbortController();
  const wait: Sleep = sleep ?? ((milliseconds) => delay(milliseconds, undefined, { signal: stopping.signal }));

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    const base = `http://${request.headers.host ?? 'localhost'}`;
    const url = URL.parse(request.url ?? '/', base) ?? new URL('http://localhost/');
    const served = isControl(url.pathname)
      ? serveControl(control, { request, response, url })
      : serveGraph(state, wait, { request, response, url });
    served.catch((error: unknown) => {
      // The client or stop() ended the connection; anything else is a fault of the simulator and must be seen.
      if (stopping.signal.aborted || request.socket.destroyed) return;
      response.destroy();
      throw error;
    });
  });
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.listen(wanted, host);
  await once(server, 'listening');

  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const { port } = address;
  return {
    url: host === '::1' ? `http://[::1]:${port}` : `http://${host}:${port}`,
    port,
    control,
    async stop() {
      stopping.abort();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isControl(pathname: string): boolean {
  return pathname === CONTROL_PREFIX || pathname.startsWith(`${CONTROL_PREFIX}/`);
}

async function serveControl(control: SimulatorControl, { request, response, url }: Exchange): Promise<void> {
  const text = await readBody(request);
  const answer = answerControl(control, { method: request.method ?? 'GET', pathname: url.pathname, text });
  await deliver(response, answer, undefined);
}
