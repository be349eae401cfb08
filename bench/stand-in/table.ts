import type { Attributes, Stored } from './attributes.ts';
import { validationError } from './errors.ts';
import { sizeOfItem } from './item-size.ts';
import { type Key, type KeyNames, keyText } from './keys.ts';
import { Partition } from './partition.ts';
import type { TableIndex } from './table-index.ts';
import { writeUnits } from './units.ts';

/** Units of one write: those of the table are taken twice in a transaction, those of its indexes are not. */
export interface WriteCost {
  readonly table: number;
  readonly indexes: number;
}

/** A table with a partition key and a sort key, both texts, and its items. */
export class Table {
  readonly name: string;
  readonly keys: KeyNames;
  readonly indexes: readonly TableIndex[];
  readonly #partitions = new Map<string, Partition>();

  constructor(name: string, keys: KeyNames, indexes: readonly TableIndex[]) {
    this.name = name;
    this.keys = keys;
    this.indexes = indexes;
  }

  partition(hash: string): Partition | undefined {
    return this.#partitions.get(hash);
  }

  get({ hash, range }: Key): Stored | undefined {
    return this.#partitions.get(hash)?.get(range);
  }

  /** The key in an item. */
  keyOf(item: Attributes): Key {
    const { hash, range } = this.keys;
    return { hash: keyText(item[hash], hash), range: keyText(item[range], range) };
  }

  /** The key that a request names: it has no other attribute. */
  exactKey(key: Attributes): Key {
    if (Object.keys(key).length !== 2) throw validationError('The provided key element does not match the schema');
    return this.keyOf(key);
  }

  /** An item that may be kept, with its size. */
  toStore(item: Attributes): Stored {
    for (const index of this.indexes) index.check(item);
    return { item, size: sizeOfItem(item) };
  }

  /** Keeps `next` in the place of what is there, or nothing. */
  write({ hash, range }: Key, next: Stored | undefined): WriteCost {
    let partition = this.#partitions.get(hash);
    const prior = partition?.get(range);
    if (next) {
      if (!partition) {
        partition = new Partition();
        this.#partitions.set(hash, partition);
      }
      partition.set(range, next);
    } else if (partition) {
      partition.delete(range);
      if (partition.isEmpty) this.#partitions.delete(hash);
    }
    let indexes = 0;
    for (const index of this.indexes) indexes += index.follow(prior, next);
    return { table: costOf(prior, next), indexes };
  }

  clear(): void {
    this.#partitions.clear();
    for (const index of this.indexes) index.clear();
  }
}

/** Units of the table for a write, done or refused: by the larger of what is there and what was to be there. */
export function costOf(prior: Stored | undefined, next: Stored | undefined): number {
  return writeUnits(Math.max(prior?.size ?? 0, next?.size ?? 0));
}
