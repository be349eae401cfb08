import type { BlocklistStore } from '../ports/blocklist-store.ts';

/** Numbers of one read: a query of DynamoDB gives about as many. */
const PAGE_SIZE = 10_000;

/** The numbers in use, in their order; of those, the ones in `within`, if it is given. */
export async function numbersInUse(
  store: Pick<BlocklistStore, 'listNumbers'>,
  within?: ReadonlySet<string>,
): Promise<string[]> {
  const numbers: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.listNumbers({ limit: PAGE_SIZE, after });
    numbers.push(...page);
    after = page.at(-1);
    if (page.length < PAGE_SIZE) break;
  }
  return within ? numbers.filter((number) => within.has(number)) : numbers;
}
