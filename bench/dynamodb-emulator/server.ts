import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { DynamoDbError, validationError } from './errors.ts';
import { batchGetItem, getItem, query } from './reads.ts';
import { Table } from './table.ts';
import {
  batchExecuteStatement,
  batchWriteItem,
  deleteItem,
  putItem,
  transactWriteItems,
  updateItem,
} from './writes.ts';

/** All that the stores call; anything else is an error. */
const OPERATIONS: Readonly<Record<string, (table: Table, input: unknown) => object>> = {
  GetItem: getItem,
  BatchGetItem: batchGetItem,
  Query: query,
  PutItem: putItem,
  UpdateItem: updateItem,
  DeleteItem: deleteItem,
  BatchWriteItem: batchWriteItem,
  BatchExecuteStatement: batchExecuteStatement,
  TransactWriteItems: transactWriteItems,
};

/** Longer than clients keep an idle connection, so that it is theirs to close. */
const KEEP_ALIVE_MS = 75_000;
/** Timers count whole milliseconds, so an answer goes out at the one nearest to its time. */
const NEAREST_MS = 0.5;

/** Settings that may change while it runs. They apply to calls that arrive afterwards. */
export interface Control {
  readonly latencyMs?: number;
  readonly resetCounts?: true;
  /** Takes all items away. */
  readonly clear?: true;
}

/**
 * Starts an emulator of DynamoDB on the loopback interface: it answers each call `latencyMs` after its arrival, takes any
 * credentials, and has one table in memory, which answers to any name. Everything is consistent at once, the index too; nothing expires.
 */
export async function startDynamoDbEmulator(latencyMs: number) {
  const table = new Table();
  let latency = latencyMs;
  let calls: Record<string, number> = {};
  let bytesIn = 0;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, async (request, response) => {
    const body = await text(request);
    const arrived = performance.now();
    const name = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
    calls[name] = (calls[name] ?? 0) + 1;
    bytesIn += Buffer.byteLength(body);
    const { status, answer } = answerOf(table, name, body);
    sendAt(arrived + latency, () => send(response, status, answer));
  });
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    /** Without a slash at the end: an endpoint for the AWS SDK. */
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Gives what was counted until now: calls by their names, units, and bytes of the requests' bodies. */
    control(set: Control = {}) {
      const counts = { calls, bytesIn, readUnits: table.readUnits, writeUnits: table.writeUnits };
      latency = set.latencyMs ?? latency;
      if (set.clear) table.clear();
      if (set.resetCounts) {
        [calls, bytesIn] = [{}, 0];
        [table.readUnits, table.writeUnits] = [0, 0];
      }
      return counts;
    },
    /** At once: calls in flight lose their connection. */
    async stop(): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A fault of the emulator itself is no answer to measure with: it ends the process. */
function answerOf(table: Table, name: string, body: string): { status: number; answer: object } {
  try {
    const operation = OPERATIONS[name];
    if (!operation) throw validationError(`The emulator does not know the operation ${name}`);
    return { status: 200, answer: operation(table, JSON.parse(body)) };
  } catch (error) {
    const known = error instanceof z.ZodError ? validationError(z.prettifyError(error)) : error;
    if (!(known instanceof DynamoDbError)) throw error;
    return { status: 400, answer: known.body };
  }
}

/** However long the answer took to work out. A timer may end early, since it counts from the beginning of a turn of the loop. */
function sendAt(due: number, send: () => void): void {
  const left = due - performance.now();
  if (left < NEAREST_MS) send();
  else setTimeout(() => sendAt(due, send), Math.round(left));
}

function send(response: ServerResponse, status: number, answer: object): void {
  const body = JSON.stringify(answer);
  const headers = { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
