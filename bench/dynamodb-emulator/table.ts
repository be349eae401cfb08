import type btree from 'sorted-btree';
import { EmptyBTree } from 'sorted-btree';
import { TABLE } from '../../lambdas/contract/table.ts';
import { validationError } from './errors.ts';
import { type Attributes, type AttributeValue, type StoredItem, stored, writeUnits } from './item.ts';

/** Names of a partition key and of a sort key; both are texts. */
export type Keys = readonly [hash: string, range: string];

export const TABLE_KEYS: Keys = [TABLE.partitionKey, TABLE.sortKey];
export const INDEX_KEYS: Keys = [TABLE.scheduledBucket, TABLE.scheduledAt];

/** Between the parts of a place. In order of places, a partition is one stretch, sorted by its sort key. */
export const SEPARATOR = '\u0000';

/** Units of one write: those of the table are taken twice in a transaction, those of its index are not. */
export interface WriteCost {
  readonly table: number;
  readonly index: number;
}

/** A copy of the empty tree, since the module's default export is another one to Node.js than to Vitest. */
const newTree = (): btree.default<string, StoredItem> => EmptyBTree.clone();

/** The table of the service, in memory: its items, and its one index, which projects keys only and is never behind. */
export class Table {
  /** By place. Order is that of UTF-16, which differs from DynamoDB's UTF-8 only beyond U+D7FF. */
  readonly items = newTree();
  readonly due = newTree();

  /** The item that is there instead of another one, or of none. */
  write(next: StoredItem): WriteCost {
    const place = placeOf(next.item);
    const prior = this.items.get(place);
    this.items.set(place, next);
    return { table: costOf(prior, next), index: this.#follow(prior, next) };
  }

  /** An entry of the index goes, or comes, or both. */
  #follow(prior: StoredItem | undefined, next: StoredItem): number {
    const before = prior && indexPlaceOf(prior.item);
    const after = indexPlaceOf(next.item);
    if (before === after) return 0;
    let units = 0;
    if (before !== undefined) {
      units += writeUnits(this.due.get(before)?.size ?? 0);
      this.due.delete(before);
    }
    if (after !== undefined) {
      const entry = stored(keyOf(next.item, 'index'));
      units += writeUnits(entry.size);
      this.due.set(after, entry);
    }
    return units;
  }
}

/** Units of the table for a write, done or refused: by the larger of what is there and what was to be there. */
export function costOf(prior: StoredItem | undefined, next: StoredItem | undefined): number {
  return writeUnits(Math.max(prior?.size ?? 0, next?.size ?? 0));
}

/** The place of an item or of its key. */
export function placeOf(item: Attributes): string {
  const [hash, range] = TABLE_KEYS;
  return keyText(item[hash], hash) + SEPARATOR + keyText(item[range], range);
}

/** The place in the index, if the item has both its keys: many may have the same ones there, and the table's tell them apart. */
export function indexPlaceOf(item: Attributes): string | undefined {
  // Each that is there must be right, even if the other is not.
  const [hash, range] = INDEX_KEYS;
  const [bucket, at] = [item[hash] && keyText(item[hash], hash), item[range] && keyText(item[range], range)];
  return bucket && at && bucket + SEPARATOR + at + SEPARATOR + placeOf(item);
}

/** What of an item a query tells as the place where it ended, and all that is in the index. */
export function keyOf(item: Attributes, of: 'table' | 'index'): Attributes {
  const names = of === 'table' ? TABLE_KEYS : [...INDEX_KEYS, ...TABLE_KEYS];
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

export function keyText(value: AttributeValue | undefined, name: string): string {
  const text = value?.S;
  if (typeof text !== 'string') throw validationError(`Type mismatch for key ${name}, or it is missing: expected S`);
  if (text === '') throw validationError(`The value of the key ${name} is an empty string`);
  if (text.includes(SEPARATOR)) throw validationError(`The emulator takes no NUL in the key ${name}`);
  return text;
}
