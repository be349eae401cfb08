import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerControl, CONTROL } from './control.ts';
import { type Answer, Database } from './database.ts';
import { Replies } from './replies.ts';

/** Longer than clients keep an idle connection, so that it is theirs to close. */
const KEEP_ALIVE_MS = 75_000;

export interface StandIn {
  /** Base URL, without a slash at the end: an endpoint for the AWS SDK. */
  readonly url: string;
  /** Stops at once: calls in flight lose their connection. */
  stop(): Promise<void>;
}

/**
 * Starts DynamoDB's stand-in on the loopback interface: it answers each call `latencyMs` after its arrival, takes any
 * credentials, and holds its tables in memory. Port 0, the default, is any free one.
 */
export async function startStandIn({ latencyMs = 8, port = 0 } = {}): Promise<StandIn> {
  const database = new Database();
  const replies = new Replies(latencyMs);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    response.sendDate = false;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const arrived = performance.now();
      const [first = EMPTY, ...rest] = chunks;
      serve(request, response, arrived, (rest.length === 0 ? first : Buffer.concat(chunks)).toString('utf8'));
    });
  });
  function serve(request: IncomingMessage, response: ServerResponse, arrived: number, body: string): void {
    const { method = '', url = '', headers } = request;
    if (url.startsWith(CONTROL)) {
      const { status, body: text } = answering(() => answerControl(database, replies, `${method} ${url}`, body));
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
      return;
    }
    replies.send(
      response,
      arrived,
      answering(() => database.answer(headers['x-amz-target'], body)),
    );
  }
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      replies.stop();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const EMPTY = Buffer.alloc(0);

/** A fault of the stand-in itself is no answer to measure with: it is shown, and the caller fails. */
function answering(run: () => Answer): Answer {
  try {
    return run();
  } catch (error) {
    console.error('The stand-in failed', error);
    const message = error instanceof Error ? error.message : 'The stand-in failed';
    return { status: 500, body: JSON.stringify({ __type: 'InternalServerError', message }) };
  }
}
