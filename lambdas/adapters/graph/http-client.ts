import http from 'node:http';
import https from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** From the connection, if none is kept, to the last byte of the answer. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The request was sent, but no complete answer came in time. It may have been carried out. */
export class HttpTimeoutError extends Error {
  override readonly name = 'HttpTimeoutError';
}

/** The connection failed. `sent` tells whether the request may have reached the other side. */
export class HttpConnectionError extends Error {
  override readonly name = 'HttpConnectionError';
  readonly sent: boolean;

  constructor(sent: boolean, options: ErrorOptions) {
    super('The connection to Graph failed', options);
    this.sent = sent;
  }
}

/** Larger than any page of 1,000 users, so that an endless answer cannot fill the memory. */
const LARGEST_ANSWER_BYTES = 8 * 1024 * 1024;
/** Idle sockets are closed earlier than Graph and most proxies close theirs, so that few requests use a closed one. */
const KEEP_ALIVE = { keepAlive: true, maxSockets: 64, timeout: 60_000 } as const;

const AGENTS = {
  'https:': new https.Agent(KEEP_ALIVE),
  'http:': new http.Agent(KEEP_ALIVE),
} as const;

/**
 * One request over a kept connection. It uses `node:https` and not `fetch`: the first request of a cold process takes half
 * the time, and a DELETE with a body and a time limit for the whole answer need no library.
 */
export function sendHttp(request: HttpRequest): Promise<HttpAnswer> {
  const { url, body } = request;
  const secure = url.protocol === 'https:';
  const headers = {
    ...request.headers,
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
  return new Promise((resolve, reject) => {
    const options = { method: request.method, headers, agent: secure ? AGENTS['https:'] : AGENTS['http:'] };
    const outgoing = (secure ? https : http).request(url, options);
    // A request is sent only after the connection is open, and over TLS only after the handshake.
    let connected = false;
    const timer = setTimeout(() => {
      outgoing.destroy(connected ? new HttpTimeoutError('No answer in time') : new Error('No connection in time'));
    }, request.timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error instanceof HttpTimeoutError ? error : new HttpConnectionError(connected, { cause: error }));
    };
    outgoing.on('error', fail);
    outgoing.on('socket', (socket) => {
      if (outgoing.reusedSocket) connected = true;
      else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
    });
    outgoing.on('response', (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > LARGEST_ANSWER_BYTES) outgoing.destroy(new Error('The answer is too large'));
        else parts.push(part);
      });
      answer.on('error', fail);
      answer.on('end', () => {
        clearTimeout(timer);
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(parts).toString('utf8'),
        });
      });
    });
    outgoing.end(body);
  });
}
