import * as z from 'zod';
import { Call } from './call.ts';
import { DynamoDbError, validationError } from './errors.ts';
import { batchGetItem, getItem, query } from './reads.ts';
import type { Table } from './table.ts';
import { batchExecuteStatement, batchWriteItem, putItem, transactWriteItems, updateItem } from './writes.ts';

type Operation = (call: Call, input: unknown) => object;

/** All that the stores call; anything else is an error. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetItem: getItem,
  BatchGetItem: batchGetItem,
  Query: query,
  PutItem: putItem,
  UpdateItem: updateItem,
  BatchWriteItem: batchWriteItem,
  BatchExecuteStatement: batchExecuteStatement,
  TransactWriteItems: transactWriteItems,
};

/** What was done since the counts were last reset. */
export interface Counts {
  readonly calls: Record<string, number>;
  readUnits: number;
  writeUnits: number;
  /** Of the bodies of requests. */
  bytesIn: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Tables in memory, made when first named. Everything is consistent at once, the index too; nothing expires. */
export class Database {
  readonly tables = new Map<string, Table>();
  /** Request tokens of transactions that were made. */
  readonly transactions = new Set<string>();
  counts: Counts = noCounts();

  resetCounts(): void {
    this.counts = noCounts();
  }

  clear(): void {
    this.tables.clear();
    this.transactions.clear();
  }

  /** Answers a request by the header `X-Amz-Target` and its body. */
  answer(target: string, body: string): Answer {
    const name = target.replace('DynamoDB_20120810.', '');
    const { counts } = this;
    counts.calls[name] = (counts.calls[name] ?? 0) + 1;
    counts.bytesIn += Buffer.byteLength(body);
    const call = new Call(this);
    try {
      const operation = OPERATIONS[name];
      if (!operation) throw validationError(`The emulator does not know the operation ${name}`);
      const input: unknown = JSON.parse(body);
      const answer = operation(call, input);
      return { status: 200, body: JSON.stringify({ ...answer, ...call.capacity(input) }) };
    } catch (error) {
      const known = error instanceof z.ZodError ? validationError(z.prettifyError(error)) : error;
      if (!(known instanceof DynamoDbError)) throw error;
      return { status: 400, body: JSON.stringify(known.body) };
    } finally {
      counts.readUnits += call.readUnits;
      counts.writeUnits += call.writeUnits;
    }
  }
}

function noCounts(): Counts {
  return { calls: {}, readUnits: 0, writeUnits: 0, bytesIn: 0 };
}
