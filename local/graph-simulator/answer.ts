import type { ErrorSpelling } from './error-spelling.ts';
import { errorObject, type GraphError, messageOf, statusOf } from './graph-errors.ts';

/** An answer before it is sent, with what the log and the counters want to know of it. */
export interface Answer {
  status: number;
  body: unknown;
  /** Sent instead of the body, which is then not JSON. */
  text?: { type: string; content: string } | undefined;
  headers?: Record<string, string> | undefined;
  /** Top-level error code. */
  code?: number;
  /** Codes of the users that failed. */
  userErrors?: number[];
  /** Users put on the list and taken off. */
  changed?: { added?: number; removed?: number };
  /** Users in the request, or on the page. */
  userCount?: number;
}

/** The answer that refuses a whole request. */
export function refusal(error: GraphError, spelling: ErrorSpelling, trace: string): Answer {
  const answer = { status: statusOf(error), code: error.code };
  const message = messageOf(error, spelling);
  switch (spelling.codeStandsIn) {
    case 'json-text':
      return { ...answer, body: message };
    case 'plain':
      return { ...answer, body: null, text: { type: 'text/plain', content: `${message}\n` } };
    case 'html':
      return { ...answer, body: null, text: { type: 'text/html', content: page(message) } };
    default:
      return { ...answer, body: { error: errorIn(error, spelling, trace) } };
  }
}

/** The `error` of an answer: an object, unless the options have a text there. */
export function errorIn(error: GraphError, spelling: ErrorSpelling, trace: string): unknown {
  const isObject = spelling.codeStandsIn === 'field' || spelling.codeStandsIn === 'message';
  return isObject ? errorObject(error, spelling, trace) : messageOf(error, spelling);
}

export function page(text: string): string {
  return `<!DOCTYPE html><html><head><title>Error</title></head><body><h1>${text}</h1></body></html>`;
}
