import type { Stored } from './attributes.ts';

/**
 * Items by their place in an order of texts: sorted when somebody asks for the order, so that a load of many items costs
 * a push for each. Order is that of UTF-16, which differs from DynamoDB's UTF-8 only beyond U+D7FF.
 */
export class Partition {
  readonly #items = new Map<string, Stored>();
  readonly #places: string[] = [];
  #sorted = true;

  get(place: string): Stored | undefined {
    return this.#items.get(place);
  }

  set(place: string, stored: Stored): void {
    if (!this.#items.has(place)) {
      const last = this.#places.at(-1);
      if (last !== undefined && place < last) this.#sorted = false;
      this.#places.push(place);
    }
    this.#items.set(place, stored);
  }

  delete(place: string): void {
    if (!this.#items.delete(place)) return;
    this.#sort();
    this.#places.splice(this.indexOf(place), 1);
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  /** The index of the first place that is not before `place`. */
  indexOf(place: string): number {
    this.#sort();
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle] ?? '') < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get size(): number {
    return this.#places.length;
  }

  /** The item at an index of the order; call `indexOf` before. */
  at(index: number): Stored | undefined {
    const place = this.#places[index];
    return place === undefined ? undefined : this.#items.get(place);
  }

  #sort(): void {
    // A sorted run with new places behind it is what the sort of V8 is fast at.
    if (!this.#sorted) this.#places.sort();
    this.#sorted = true;
  }
}
