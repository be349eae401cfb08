import type { SummaryCache } from './ask.ts';
import type { Entry } from './entries.ts';
import { type MirrorUser, mirrorUser, type NumberSummary } from './mirror.ts';
import { findUsers } from './read-users.ts';
import type { BlocklistStore } from './store.ts';

export interface LookedUp {
  /** Every entry in order, and what the mirror has of whom it names: nothing for one that is malformed or not known. */
  readonly rows: readonly { readonly entry: Entry; readonly user: MirrorUser | undefined }[];
  readonly summary: NumberSummary | undefined;
}

/**
 * Which of these users are blocked, from the mirror: what is asked before a message is sent to many. One round of parallel
 * reads, and a second one for those who are known by another id.
 */
export async function lookUpUsers(
  deps: { readonly store: Pick<BlocklistStore, 'getUsers'>; readonly summaries: Pick<SummaryCache, 'get'> },
  { phoneNumberId, entries }: { readonly phoneNumberId: string; readonly entries: readonly Entry[] },
): Promise<LookedUp> {
  const ids = new Set(entries.flatMap(({ identity }) => identity?.id ?? []));
  const [known, summary] = await Promise.all([
    findUsers(deps.store, phoneNumberId, [...ids]),
    deps.summaries.get(phoneNumberId),
  ]);
  const find = (id: string) => mirrorUser(known.get(id)?.stored);
  return { rows: entries.map((entry) => ({ entry, user: entry.identity && find(entry.identity.id) })), summary };
}
