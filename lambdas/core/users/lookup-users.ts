import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Entry } from './entries.ts';
import type { NumberSummary } from './number-summary.ts';
import { type Found, findUsers, foundAs } from './read-users.ts';
import type { SummaryCache } from './summary-cache.ts';

export interface LookedUp {
  /** Every entry in order, with what the mirror has of its user; nothing for malformed entries and unknown users. */
  readonly rows: readonly ({ readonly entry: Entry } & Found)[];
  readonly summary: NumberSummary | undefined;
}

/**
 * Which of these users are blocked, from the mirror. Callers ask this before they send a message to many. One round of
 * parallel reads, and a second for users who are known by another id.
 */
export async function lookupUsers(
  deps: { readonly store: Pick<BlocklistStore, 'getUsers'>; readonly summaries: Pick<SummaryCache, 'get'> },
  { phoneNumberId, entries }: { readonly phoneNumberId: string; readonly entries: readonly Entry[] },
): Promise<LookedUp> {
  const ids = new Set(entries.flatMap(({ identity }) => identity?.id ?? []));
  const [known, summary] = await Promise.all([
    findUsers(deps.store, { phoneNumberId, ids: [...ids] }),
    deps.summaries.get(phoneNumberId),
  ]);
  const find = (id: string | undefined) => (id === undefined ? {} : foundAs(id, known.get(id)));
  return { rows: entries.map((entry) => ({ entry, ...find(entry.identity?.id) })), summary };
}
