import { inBatches } from '../in-batches.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { NumberGroup } from '../ports/reconciliations.ts';

/**
 * Numbers of one group. Most lists take one or two calls to Graph, so a group for each would cost more than the work itself.
 * But a long list should not delay many others.
 */
const GROUP_SIZE = 10;
/** Numbers of one page: at 70 bytes each, far below the 256 KB of a state's output. */
const PAGE_SIZE = 1_000;

/** A page of the numbers in use, in groups, for the workflow. */
export async function listNumbers(
  store: Pick<BlocklistStore, 'listNumbers'>,
  after?: string,
): Promise<{ groups: NumberGroup[]; after?: string }> {
  const numbers = await store.listNumbers({ limit: PAGE_SIZE, after });
  const last = numbers.at(-1);
  return { groups: toGroups(numbers), ...(numbers.length === PAGE_SIZE && last !== undefined ? { after: last } : {}) };
}

export function toGroups(phoneNumberIds: readonly string[]): NumberGroup[] {
  return [...inBatches(phoneNumberIds, GROUP_SIZE)].map((numbers) => ({
    numbers: numbers.map((phoneNumberId) => ({ phoneNumberId, attempts: 0 })),
  }));
}
