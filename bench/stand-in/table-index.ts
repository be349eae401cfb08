import type { Attributes, Stored } from './attributes.ts';
import { dynamoError, validationError } from './errors.ts';
import { sizeOfItem } from './item-size.ts';
import { type KeyNames, keyText, placeOf } from './keys.ts';
import { Partition } from './partition.ts';
import { writeUnits } from './units.ts';

interface Entry {
  readonly hash: string;
  readonly place: string;
}

/** A global secondary index that projects keys only: an item is in it while it has both keys of the index. */
export class TableIndex {
  readonly name: string;
  readonly keys: KeyNames;
  readonly #tableKeys: KeyNames;
  readonly #partitions = new Map<string, Partition>();

  constructor(name: string, keys: KeyNames, tableKeys: KeyNames) {
    this.name = name;
    this.keys = keys;
    this.#tableKeys = tableKeys;
  }

  partition(hash: string): Partition | undefined {
    return this.#partitions.get(hash);
  }

  /** @throws a ValidationException where a key of the index has another type than it must have. */
  check(item: Attributes): void {
    this.#entryOf(item);
  }

  /** The place of an entry, as a query gives it back in `ExclusiveStartKey`. */
  placeOf(key: Attributes): string {
    const entry = this.#entryOf(key);
    if (!entry) throw validationError('The provided starting key is invalid');
    return entry.place;
  }

  keyOf(item: Attributes): Attributes {
    const { hash, range } = this.keys;
    const { hash: tableHash, range: tableRange } = this.#tableKeys;
    const kept: Record<string, Attributes[string]> = {};
    for (const name of [hash, range, tableHash, tableRange]) {
      const value = item[name];
      if (value !== undefined) kept[name] = value;
    }
    return kept;
  }

  /** Follows a write of the table; gives the units of it: one entry goes, one comes, or both. */
  follow(prior: Stored | undefined, next: Stored | undefined): number {
    const before = prior && this.#entryOf(prior.item);
    const after = next && this.#entryOf(next.item);
    if (!before && !after) return 0;
    if (before && after && before.hash === after.hash && before.place === after.place) return 0;
    return (before && prior ? this.#remove(before, prior) : 0) + (after && next ? this.#add(after, next) : 0);
  }

  #add({ hash, place }: Entry, { item }: Stored): number {
    const projected = this.keyOf(item);
    const stored = { item: projected, size: sizeOfItem(projected) };
    let partition = this.#partitions.get(hash);
    if (!partition) {
      partition = new Partition();
      this.#partitions.set(hash, partition);
    }
    partition.set(place, stored);
    return writeUnits(stored.size);
  }

  #remove({ hash, place }: Entry, { item }: Stored): number {
    const partition = this.#partitions.get(hash);
    const stored = partition?.get(place);
    if (!partition || !stored) throw dynamoError('InternalServerError', `${this.name} lost ${JSON.stringify(item)}`);
    partition.delete(place);
    if (partition.isEmpty) this.#partitions.delete(hash);
    return writeUnits(stored.size);
  }

  #entryOf(item: Attributes): Entry | undefined {
    const hash = item[this.keys.hash];
    const range = item[this.keys.range];
    // Each that is there must be right, even where the other is not.
    const hashText = hash && keyText(hash, this.keys.hash);
    const rangeText = range && keyText(range, this.keys.range);
    if (hashText === undefined || rangeText === undefined) return undefined;
    const { hash: pk, range: sk } = this.#tableKeys;
    return { hash: hashText, place: placeOf(rangeText, keyText(item[pk], pk), keyText(item[sk], sk)) };
  }

  clear(): void {
    this.#partitions.clear();
  }
}
