import { once } from 'node:events';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { type Answer, page } from './answer.ts';
import type { Fault } from './fault-schema.ts';

const JSON_TYPE = 'application/json; charset=UTF-8';

/** Sends an answer, or what a fault turns it into. Returns the status that was sent; null if none was. */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
): Promise<number | null> {
  const { type, content: text } = answer.text ?? { type: JSON_TYPE, content: JSON.stringify(answer.body) };
  const { headers = {} } = answer;
  switch (fault?.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return null;
    case 'hang':
      if (!response.destroyed) await once(response, 'close');
      return null;
    case 'http':
      return send(response, {
        headers,
        status: fault.status,
        type: 'text/plain',
        text: `${STATUS_CODES[fault.status] ?? 'Error'}\n`,
      });
    case 'html':
      return send(response, { headers, status: fault.status, type: 'text/html', text: PROXY_PAGE });
    case 'json':
      return send(response, { headers, status: fault.status, type: JSON_TYPE, text: JSON.stringify(fault.body) });
    case 'empty':
      return send(response, { headers, status: fault.status, type: JSON_TYPE, text: '' });
    case 'truncated': {
      const half = text.slice(0, Math.ceil(text.length / 2));
      if (!fault.declareWhole) return send(response, { headers, status: answer.status, type: JSON_TYPE, text: half });
      const length = Buffer.byteLength(text);
      response.writeHead(answer.status, { 'content-type': JSON_TYPE, 'content-length': length, ...headers });
      response.write(half, () => response.destroy());
      return answer.status;
    }
    default:
      return send(response, { headers, status: answer.status, type, text });
  }
}

const PROXY_PAGE = page('Sorry, something went wrong.');

interface Sent {
  status: number;
  type: string;
  text: string;
  headers: Record<string, string>;
}

function send(response: ServerResponse, { status, type, text, headers }: Sent): number {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
  return status;
}
