import { type Input, text } from './attributes.ts';
import type { Database } from './database.ts';
import { validationError } from './errors.ts';
import type { Table, WriteCost } from './table.ts';

/** One request, and what it consumes, for which a caller pays even where it is refused. */
export class Call {
  readonly database: Database;
  readonly input: Input;
  /** The request as it came. */
  readonly body: string;
  readonly #units = new Map<string, { read: number; write: number }>();

  constructor(database: Database, input: Input, body: string) {
    this.database = database;
    this.input = input;
    this.body = body;
  }

  table(name: unknown): Table {
    return this.database.table(text(name, 'TableName'));
  }

  reads(table: Table, units: number): void {
    this.#of(table).read += units;
  }

  writes(table: Table, units: number): void {
    this.#of(table).write += units;
  }

  /** A write that is done. In a transaction the table takes twice the units, an index does not. */
  wrote(table: Table, cost: WriteCost, times = 1): void {
    this.writes(table, cost.table * times + cost.indexes);
  }

  #of({ name }: Table): { read: number; write: number } {
    let units = this.#units.get(name);
    if (!units) {
      units = { read: 0, write: 0 };
      this.#units.set(name, units);
    }
    return units;
  }

  get readUnits(): number {
    return sum(this.#units.values(), 'read');
  }

  get writeUnits(): number {
    return sum(this.#units.values(), 'write');
  }

  /** What the caller is told of it, where it asks: for each table. */
  capacity(): readonly { TableName: string; CapacityUnits: number }[] | undefined {
    const { ReturnConsumedCapacity: asked = 'NONE' } = this.input;
    if (asked === 'NONE') return undefined;
    if (asked !== 'TOTAL') throw validationError(`The stand-in does not know ReturnConsumedCapacity ${String(asked)}`);
    return Array.from(this.#units, ([TableName, { read, write }]) => ({ TableName, CapacityUnits: read + write }));
  }
}

function sum(all: Iterable<{ read: number; write: number }>, kind: 'read' | 'write'): number {
  let units = 0;
  for (const one of all) units += one[kind];
  return units;
}
