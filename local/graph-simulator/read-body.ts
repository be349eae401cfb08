import type { IncomingMessage } from 'node:http';

/** Far more than any valid request, so that an over-long batch is refused for its users and not for its bytes. */
const LARGEST_BODY = 16 * 1024 * 1024;

/** The body as text, or undefined if it is too large. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The rest is read nevertheless: if the connection is cut while the client writes, the client does not see the answer.
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a request body is read as bytes');
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
  }
  return size > LARGEST_BODY ? undefined : Buffer.concat(chunks).toString('utf8');
}

/** The value, or undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
