import { record } from './attributes.ts';
import { Call } from './call.ts';
import { DynamoError, dynamoError, validationError } from './errors.ts';
import { OPERATIONS } from './operations/all.ts';
import type { Table } from './table.ts';
import type { Counts } from './units.ts';

const TARGET = 'DynamoDB_20120810.';
/** Answers of transactions that are kept for those who ask again; AWS keeps them for ten minutes. */
const KEPT_TRANSACTIONS = 1_000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Tables in memory, and the operations on them. Everything is consistent at once, the indexes too; nothing expires. */
export class Database {
  readonly tables = new Map<string, Table>();
  readonly #transactions = new Map<string, { readonly body: string; readonly answer: object }>();
  #counts = noCounts();

  table(name: string): Table {
    const table = this.tables.get(name);
    if (!table) throw dynamoError('ResourceNotFoundException', `Requested resource not found: Table: ${name}`);
    return table;
  }

  get counts(): Counts {
    return this.#counts;
  }

  resetCounts(): void {
    this.#counts = noCounts();
  }

  /** Takes all items away; the tables stay. */
  clear(): void {
    for (const table of this.tables.values()) table.clear();
    this.#transactions.clear();
  }

  /** Answers a request by the header `X-Amz-Target` and its body. */
  answer(target: unknown, body: string): Answer {
    const name = typeof target === 'string' && target.startsWith(TARGET) ? target.slice(TARGET.length) : String(target);
    const answer = this.#run(name, body);
    const counts = this.#counts;
    counts.calls[name] = (counts.calls[name] ?? 0) + 1;
    counts.bytesIn += Buffer.byteLength(body);
    counts.bytesOut += Buffer.byteLength(answer.body);
    return answer;
  }

  #run(name: string, body: string): Answer {
    try {
      const operation = OPERATIONS.get(name);
      if (!operation)
        throw dynamoError('UnknownOperationException', `The stand-in does not know the operation ${name}`);
      const call = new Call(this, parse(body), body);
      for (const field in call.input) {
        if (!operation.fields.has(field)) throw validationError(`The stand-in does not know ${field} of ${name}`);
      }
      call.capacity();
      try {
        const answer = operation.run(call);
        const capacity = call.capacity();
        const consumed = operation.batch ? capacity : capacity?.[0];
        return { status: 200, body: JSON.stringify(consumed ? { ...answer, ConsumedCapacity: consumed } : answer) };
      } finally {
        this.#counts.readUnits += call.readUnits;
        this.#counts.writeUnits += call.writeUnits;
      }
    } catch (error) {
      if (!(error instanceof DynamoError)) throw error;
      return { status: 400, body: JSON.stringify(error.body) };
    }
  }

  /** Runs a transaction once for each of its request tokens. */
  once(token: string | undefined, body: string, run: () => object): object {
    if (token === undefined) return run();
    const earlier = this.#transactions.get(token);
    if (earlier && earlier.body !== body) {
      throw dynamoError('IdempotentParameterMismatchException', 'The token was used with other parameters');
    }
    if (earlier) return earlier.answer;
    const answer = run();
    this.#transactions.set(token, { body, answer });
    const [oldest] = this.#transactions.keys();
    if (this.#transactions.size > KEPT_TRANSACTIONS && oldest !== undefined) this.#transactions.delete(oldest);
    return answer;
  }
}

function parse(body: string) {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    throw dynamoError('SerializationException', 'The body is not JSON');
  }
  return record(input, 'A request');
}

function noCounts() {
  const calls: Record<string, number> = {};
  return { calls, readUnits: 0, writeUnits: 0, bytesIn: 0, bytesOut: 0 };
}
