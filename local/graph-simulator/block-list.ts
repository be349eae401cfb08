/** Slots per block: finding an offset walks blocks, so a page costs (slots / 512) + 512 + page, not the whole list. */
const BLOCK = 512;

/**
 * The blocked users of one phone number, in the order they were added. Adding and removing are O(1), a page is found
 * without walking the users before it. Every call that changes something gives the list a new version, once.
 */
export class BlockList {
  version: number;
  readonly #nextVersion: () => number;
  readonly #slotOf = new Map<string, number>();
  #slots: (string | undefined)[] = [];
  #liveInBlock: number[] = [];

  constructor(nextVersion: () => number) {
    this.#nextVersion = nextVersion;
    this.version = nextVersion();
  }

  get size(): number {
    return this.#slotOf.size;
  }

  has(user: string): boolean {
    return this.#slotOf.has(user);
  }

  /** Returns how many users were not on the list before. */
  add(users: Iterable<string>): number {
    const before = this.size;
    for (const user of users) {
      if (this.#slotOf.has(user)) continue;
      const slot = this.#slots.push(user) - 1;
      this.#slotOf.set(user, slot);
      this.#count(slot, 1);
    }
    return this.#changed(this.size - before);
  }

  /** Returns how many users were on the list. */
  remove(users: Iterable<string>): number {
    const before = this.size;
    for (const user of users) {
      const slot = this.#slotOf.get(user);
      if (slot === undefined) continue;
      this.#slotOf.delete(user);
      this.#slots[slot] = undefined;
      this.#count(slot, -1);
    }
    this.#compact();
    return this.#changed(before - this.size);
  }

  /** Makes `users` the whole list, in that order. */
  replace(users: Iterable<string>): void {
    this.#slotOf.clear();
    this.#slots = [];
    this.#liveInBlock = [];
    this.add(users);
    this.version = this.#nextVersion();
  }

  page(offset: number, limit: number): string[] {
    let block = 0;
    let skip = offset;
    for (const live of this.#liveInBlock) {
      if (skip < live) break;
      skip -= live;
      block++;
    }
    const page: string[] = [];
    for (let slot = block * BLOCK; slot < this.#slots.length && page.length < limit; slot++) {
      const user = this.#slots[slot];
      if (user === undefined) continue;
      if (skip > 0) skip--;
      else page.push(user);
    }
    return page;
  }

  #count(slot: number, by: number): void {
    const block = Math.floor(slot / BLOCK);
    this.#liveInBlock[block] = (this.#liveInBlock[block] ?? 0) + by;
  }

  /** Holes are dropped when they are more than half: constant work per removal over time. */
  #compact(): void {
    if (this.#slots.length < 2 * BLOCK || this.#slots.length <= 2 * this.size) return;
    const users = this.page(0, this.size);
    this.#slotOf.clear();
    this.#slots = [];
    this.#liveInBlock = [];
    for (const user of users) {
      const slot = this.#slots.push(user) - 1;
      this.#slotOf.set(user, slot);
      this.#count(slot, 1);
    }
  }

  #changed(count: number): number {
    if (count > 0) this.version = this.#nextVersion();
    return count;
  }
}
