import { isRecord } from './attributes.ts';
import type { Answer, Database } from './database.ts';
import type { Replies } from './replies.ts';

export const CONTROL = '/_stand-in';

/** What is read and set while it runs. Answered at once. */
export function answerControl(database: Database, replies: Replies, request: string, body: string): Answer {
  switch (request) {
    case `GET ${CONTROL}/counts`:
      return { status: 200, body: JSON.stringify(database.counts) };
    case `POST ${CONTROL}/reset-counts`:
      database.resetCounts();
      return DONE;
    case `POST ${CONTROL}/clear`:
      database.clear();
      return DONE;
    case `PUT ${CONTROL}/latency`:
      return setLatency(replies, body);
    default:
      return { status: 404, body: JSON.stringify({ message: `There is no ${request}` }) };
  }
}

const DONE: Answer = { status: 200, body: '{}' };

function setLatency(replies: Replies, body: string): Answer {
  const input: unknown = JSON.parse(body);
  const ms = isRecord(input) ? input.ms : undefined;
  if (typeof ms !== 'number' || !(ms >= 0)) {
    return { status: 400, body: JSON.stringify({ message: 'ms must be a number of at least 0' }) };
  }
  replies.latencyMs = ms;
  return DONE;
}
