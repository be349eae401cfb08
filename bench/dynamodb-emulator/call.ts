import * as z from 'zod';
import { Table, type WriteCost } from './table.ts';

/** What is kept between requests. */
export interface StoredItem {
  readonly tables: Map<string, Table>;
  /** Request tokens of transactions that were made. */
  readonly transactions: Set<string>;
}

/** One request, and what it consumes, for which a caller pays even if it is refused. */
export class Call {
  readonly database: StoredItem;
  readUnits = 0;
  writeUnits = 0;
  #table = '';

  constructor(database: StoredItem) {
    this.database = database;
  }

  table(name: string): Table {
    this.#table = name;
    const table = this.database.tables.get(name) ?? new Table();
    this.database.tables.set(name, table);
    return table;
  }

  /** In a transaction the table takes twice the units, an index does not. */
  wrote(cost: WriteCost, times = 1): void {
    this.writeUnits += cost.table * times + cost.index;
  }

  /** What the caller is told of it: for the one table, or in a list that could name several. */
  capacity(input: unknown): object {
    const { ReturnConsumedCapacity, TableName } = capacityRequest.parse(input);
    if (ReturnConsumedCapacity === undefined) return {};
    const one = { TableName: this.#table, CapacityUnits: this.readUnits + this.writeUnits };
    return { ConsumedCapacity: TableName === undefined ? [one] : one };
  }
}

const capacityRequest = z.looseObject({
  ReturnConsumedCapacity: z.string().optional(),
  TableName: z.string().optional(),
});
