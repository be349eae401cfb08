import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { NumberSummary } from './number-summary.ts';
import { numbersInUse } from './numbers-in-use.ts';

export interface NumbersPage {
  /** A summary is absent if nothing was ever done for the number. */
  readonly numbers: readonly { readonly phoneNumberId: string; readonly summary: NumberSummary | undefined }[];
  readonly more: boolean;
}

/** The numbers in use, in their order, after the number `after`; of those, the ones in `within`, if it is given. */
export async function listNumbersInUse(
  store: Pick<BlocklistStore, 'getSummaries' | 'listNumbers'>,
  page: { readonly limit: number; readonly after?: string | undefined },
  within?: ReadonlySet<string>,
): Promise<NumbersPage> {
  const { limit, after = '' } = page;
  const found =
    within === undefined
      ? await store.listNumbers({ limit: limit + 1, after: page.after })
      : (await numbersInUse(store, within)).filter((number) => number > after);
  const numbers = found.slice(0, limit);
  const summaries = await store.getSummaries(numbers);
  return {
    numbers: numbers.map((phoneNumberId) => ({ phoneNumberId, summary: summaries.get(phoneNumberId) })),
    more: found.length > limit,
  };
}
