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
  switch (fault?.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return null;
    case 'hang':
      if (!response.destroyed) await once(response, 'close');
      return null;
    case 'http':
      return send(response, fault.status, 'text/plain', `${STATUS_CODES[fault.status] ?? 'Error'}\n`, answer.headers);
    case 'html':
      return send(response, fault.status, 'text/html', PROXY_PAGE, answer.headers);
    case 'json':
      return send(response, fault.status, JSON_TYPE, JSON.stringify(fault.body), answer.headers);
    case 'empty':
      return send(response, fault.status, JSON_TYPE, '', answer.headers);
    case 'truncated': {
      const half = text.slice(0, Math.ceil(text.length / 2));
      if (!fault.declareWhole) return send(response, answer.status, JSON_TYPE, half, answer.headers);
      const length = Buffer.byteLength(text);
      response.writeHead(answer.status, { 'content-type': JSON_TYPE, 'content-length': length, ...answer.headers });
      response.write(half, () => response.destroy());
      return answer.status;
    }
    default:
      return send(response, answer.status, type, text, answer.headers);
  }
}

const PROXY_PAGE = page('Sorry, something went wrong.');

function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Record<string, string> = {},
): number {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
  return status;
}
