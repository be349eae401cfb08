/** The items in their order, `size` at a time; the last batch may be smaller. */
export function* inBatches<T>(all: Iterable<T>, size: number): Generator<T[]> {
  const items = [...all];
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
