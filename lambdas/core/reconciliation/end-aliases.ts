import type { BlocklistStore, MirrorWrite } from '../ports/blocklist-store.ts';
import { isAlias } from '../users/mirror.ts';
import type { Comparison } from './compare-lists.ts';

/** Aliases written together. */
const BATCH = 200;

/**
 * Gives an end to each alias whose user is gone, so that it goes away by itself, and takes it from each whose user is there
 * again. One that another writer was first at is looked at again by the next reconciliation.
 */
export async function endAliases(
  store: Pick<BlocklistStore, 'getUsers' | 'putUsers'>,
  phoneNumberId: string,
  { aliases, tally }: Pick<Comparison, 'aliases' | 'tally'>,
): Promise<void> {
  const changed = aliases.filter(({ aliasOf, ends = false }) => ends === tally.has(aliasOf)).map(({ id }) => id);
  for (let from = 0; from < changed.length; from += BATCH) {
    const stored = await store.getUsers(phoneNumberId, changed.slice(from, from + BATCH), true);
    const writes = [...stored].flatMap(([id, prior]): MirrorWrite[] => {
      if (!isAlias(prior)) return [];
      const ends = tally.has(prior.aliasOf) ? undefined : true;
      return ends === prior.ends ? [] : [{ id, prior, next: { ...prior, ends, revision: prior.revision + 1 } }];
    });
    await store.putUsers(phoneNumberId, writes);
  }
}
