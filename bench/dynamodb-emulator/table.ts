import type btree from 'sorted-btree';
import { EmptyBTree } from 'sorted-btree';
import { TABLE } from '../../lambdas/contract/table.ts';
import { validationError } from './errors.ts';
import { type Attributes, type AttributeValue, type StoredItem, stored, writeUnits } from './item.ts';

/** Names of a partition key and of a sort key; both are texts. */
type Keys = readonly [hash: string, range: string];

export const TABLE_KEYS: Keys = [TABLE.partitionKey, TABLE.sortKey];
export const INDEX_KEYS: Keys = [TABLE.scheduledBucket, TABLE.scheduledAt];

/** Between the parts of a place. In order of places, a partition is one stretch, sorted by its sort key. */
const SEPARATOR = '\u0000';
/** Behind every text that a key can be. */
const LAST = '\uffff';

/** A write that has been looked at and is not done yet. */
export interface Change {
  readonly place: string;
  /** What is there before. */
  readonly prior: StoredItem | undefined;
  /** Undefined if the write is refused. */
  readonly next: StoredItem | undefined;
  /** Whether the item goes. `next` is then what is there. */
  readonly removes?: boolean;
  /** Units of the table, which a refused write costs too. */
  readonly units: number;
}

/** A copy of the empty tree, since the module's default export is another one to Node.js than to Vitest. */
const newTree = (): btree.default<string, StoredItem> => EmptyBTree.clone();

/** The table of the service, in memory: its items, and its one index, which projects keys only and is never behind. */
export class Table {
  /** By place. Order is that of UTF-16, which differs from DynamoDB's UTF-8 only beyond U+D7FF. */
  readonly #items = newTree();
  readonly #index = newTree();
  /** Request tokens of transactions that were made. */
  readonly transactions = new Set<string>();
  /** Capacity that was taken, also by what was refused. */
  readUnits = 0;
  writeUnits = 0;

  clear(): void {
    this.#items.clear();
    this.#index.clear();
    this.transactions.clear();
  }

  get(key: Attributes): StoredItem | undefined {
    return this.#items.get(placeOf(key));
  }

  /** Items of a partition in the order of their sort keys, or in reverse, behind the one whose key is `start`. */
  *partition(of: 'table' | 'index', hash: string, { forward = true, start }: Direction) {
    const tree = of === 'table' ? this.#items : this.#index;
    const prefix = hash + SEPARATOR;
    const behind = start && (of === 'table' ? placeOf(start) : indexPlaceOf(start));
    const entries = forward
      ? tree.entries(behind ?? prefix)
      : tree.entriesReversed(behind ?? prefix + LAST, undefined, true);
    for (const [place, one] of entries) {
      if (!place.startsWith(prefix)) return;
      if (place !== behind) yield one;
    }
  }

  /** What a write would do if it `holds`. Its price is that of the larger item: what is there, or what was to be there. */
  change(key: Attributes, holds: Test, make: (prior: Attributes | undefined) => Attributes): Change {
    const place = placeOf(key);
    const prior = this.#items.get(place);
    const next = stored(make(prior?.item));
    if (placeOf(next.item) !== place) throw validationError('Cannot update an attribute that is part of the key');
    const units = writeUnits(Math.max(prior?.size ?? 0, next.size));
    return { place, prior, units, next: holds(prior?.item) ? next : undefined };
  }

  /** What the removal of an item would do if it `holds`. Nothing to remove is no refusal. */
  removal(key: Attributes, holds: Test): Change {
    const prior = this.get(key);
    const there = prior ?? stored(key);
    return {
      place: placeOf(key),
      prior,
      units: writeUnits(there.size),
      next: holds(prior?.item) ? there : undefined,
      removes: true,
    };
  }

  /** False if the write is refused. A transaction takes the table's units twice, to prepare and to commit, the index's once. */
  commit({ place, prior, next, units, removes = false }: Change, times: 1 | 2 = 1): boolean {
    this.writeUnits += units * times;
    if (!next) return false;
    const [before, after] = [prior && indexPlaceOf(prior.item), removes ? undefined : indexPlaceOf(next.item)];
    if (removes) this.#items.delete(place);
    else this.#items.set(place, next);
    if (before !== after) {
      this.#moveInIndex(before, undefined);
      this.#moveInIndex(after, stored(keyOf(next.item, 'index')));
    }
    return true;
  }

  /** An entry of the index comes or goes, if it has a place there. */
  #moveInIndex(place: string | undefined, entry: StoredItem | undefined): void {
    if (place === undefined) return;
    this.writeUnits += writeUnits(entry?.size ?? this.#index.get(place)?.size ?? 0);
    if (entry) this.#index.set(place, entry);
    else this.#index.delete(place);
  }
}

type Direction = { readonly forward?: boolean | undefined; readonly start?: Attributes | undefined };
type Test = (prior: Attributes | undefined) => boolean;

/** The place of an item or of its key. */
function placeOf(item: Attributes): string {
  return TABLE_KEYS.map((name) => keyText(item[name], name)).join(SEPARATOR);
}

/** The place in the index, if the item has both its keys. Items with the same index keys are ordered by the table's keys. */
function indexPlaceOf(item: Attributes): string | undefined {
  // Each that is there must be right, even if the other is not.
  const texts = INDEX_KEYS.flatMap((name) => (item[name] ? [keyText(item[name], name)] : []));
  return texts.length < INDEX_KEYS.length ? undefined : [...texts, placeOf(item)].join(SEPARATOR);
}

/** The attributes of an item that a query returns as its last key. The index has no others. */
export function keyOf(item: Attributes, of: 'table' | 'index'): Attributes {
  const names = of === 'table' ? TABLE_KEYS : [...INDEX_KEYS, ...TABLE_KEYS];
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

export function keyText(value: AttributeValue | undefined, name: string): string {
  if (!value?.S) throw validationError(`The key ${name} is missing, empty, or no text`);
  return value.S;
}
