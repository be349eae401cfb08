import type { IncomingMessage } from 'node:http';
import { type AllowedCall, allowedCall, isRead } from './allowed-route.ts';
import { ProblemError } from './problem.ts';

/** Bytes of a body, as the service takes them. */
export const BODY_LIMIT = 6 * 1024 * 1024;

/** All of a browser's request that goes to the service. */
export interface Call extends AllowedCall {
  readonly method: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Headers of the browser that go on; the content type is always JSON. */
const PASSED_ON = ['idempotency-key', 'x-on-behalf-of'] as const;
/** What a header can have without being read in two ways. */
const HEADER_TEXT = /^[\x20-\x7e]{1,255}$/;

/** @throws ProblemError unless it is a call of a route of the service, and allowed here */
export async function readCall(request: IncomingMessage, target: string, readOnly: boolean): Promise<Call> {
  const { method = '' } = request;
  const [path = '', ...queries] = target.split('?');
  const allowed = allowedCall(method, path);
  if (allowed === undefined || queries.length > 1) {
    throw new ProblemError({ status: 404, kind: 'notFound', message: 'The service has no such route' });
  }
  if (readOnly && !isRead(allowed.route)) {
    throw new ProblemError({
      status: 403,
      kind: 'readOnly',
      message: 'This console only reads',
      hint: 'It was started with --read-only. Start it again without it to change something',
    });
  }
  const body = await readBody(request);
  return { ...allowed, method, query: readQuery(queries[0] ?? ''), headers: readHeaders(request), body };
}

function readQuery(text: string): (readonly [string, string])[] {
  const query = [...new URLSearchParams(text)];
  if (new Set(query.map(([name]) => name)).size < query.length)
    throw invalid('A parameter of the query is there twice');
  return query;
}

function readHeaders({ headers, headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      if (value === undefined || value === '') return [];
      const isOnce = headersDistinct[name]?.length === 1;
      if (typeof value !== 'string' || !isOnce || !HEADER_TEXT.test(value)) {
        throw invalid(`${name}: must be there once, with letters, digits and signs of ASCII only`);
      }
      return [[name, value]];
    }),
  );
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT) throw tooLarge();
    chunks.push(bytes);
  }
  if (size === 0) return undefined;
  if (request.headers['content-type'] !== 'application/json') throw invalid('content-type: must be application/json');
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): ProblemError {
  return new ProblemError({ status: 413, kind: 'tooLarge', message: 'More than 6 MB: send fewer users at a time' });
}

function invalid(message: string): ProblemError {
  return new ProblemError({ status: 400, kind: 'invalid', message });
}
