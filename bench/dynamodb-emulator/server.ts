import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { type Answer, Database } from './database.ts';

/** Longer than clients keep an idle connection, so that it is theirs to close. */
const KEEP_ALIVE_MS = 75_000;
/** Timers count whole milliseconds, so an answer goes out at the one nearest to its time. */
const NEAREST_MS = 0.5;

export interface DynamoDbEmulator {
  /** Base URL, without a slash at the end: an endpoint for the AWS SDK. */
  readonly url: string;
  /** Stops at once: calls in flight lose their connection. */
  stop(): Promise<void>;
}

export const CONTROL = '/_emulator';

/** What may be set while it runs. Answered at once, with the counts as they were before. */
export const control = z.strictObject({
  latencyMs: z.number().min(0).optional(),
  resetCounts: z.literal(true).optional(),
  clear: z.literal(true).optional(),
});

/**
 * Starts an emulator of DynamoDB on the loopback interface: it answers each call `latencyMs` after its arrival, takes any
 * credentials, and holds its tables in memory.
 */
export async function startDynamoDbEmulator({ latencyMs = 8 } = {}): Promise<DynamoDbEmulator> {
  const database = new Database();
  let latency = latencyMs;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, async (request, response) => {
    const body = await text(request);
    const arrived = performance.now();
    if (request.url === CONTROL) {
      const { latencyMs = latency, resetCounts, clear } = control.parse(JSON.parse(body));
      send(response, { status: 200, body: JSON.stringify(database.counts) });
      latency = latencyMs;
      if (resetCounts) database.resetCounts();
      if (clear) database.clear();
      return;
    }
    try {
      sendAt(arrived + latency, response, database.answer(String(request.headers['x-amz-target']), body));
    } catch (error) {
      // A fault of the emulator itself is no answer to measure with: it is shown, and the caller fails.
      console.error('The DynamoDB emulator failed', error);
      response.destroy();
    }
  });
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** However long the answer took to work out. A timer may end early, since it counts from the beginning of a turn of the loop. */
function sendAt(due: number, response: ServerResponse, answer: Answer): void {
  const left = due - performance.now();
  if (left < NEAREST_MS) send(response, answer);
  else setTimeout(() => sendAt(due, response, answer), Math.round(left));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const headers = { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
