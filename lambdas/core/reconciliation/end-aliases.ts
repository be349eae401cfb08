import { inBatches } from '../in-batches.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { isAlias } from '../users/mirror.ts';
import { followingAlias } from '../users/read-users.ts';
import type { Comparison } from './compare-lists.ts';

/** How many aliases are written together. */
const BATCH = 200;

/**
 * Makes each alias whose user is gone expire, and each alias whose user is back stay. If the user of an alias has become an
 * alias, the first alias points to that one's user from now on. If another writer was first at an alias, the next
 * reconciliation looks at it again.
 */
export async function endAliases(
  store: Pick<BlocklistStore, 'getUsers' | 'putUsers'>,
  phoneNumberId: string,
  { aliases, tally }: Pick<Comparison, 'aliases' | 'tally'>,
): Promise<void> {
  const byId = new Map(aliases.map((alias) => [alias.id, alias]));
  const userOf = (aliasOf: string) => (tally.has(aliasOf) ? aliasOf : followingAlias(aliasOf, byId.get(aliasOf)));
  const changed = aliases
    .filter(({ aliasOf, ends = false }) => ends === tally.has(userOf(aliasOf)) || aliasOf !== userOf(aliasOf))
    .map(({ id }) => id);
  for (const ids of inBatches(changed, BATCH)) {
    const stored = await store.getUsers(phoneNumberId, ids, true);
    const writes = [...stored].flatMap(([id, prior]): MirrorWrite[] => {
      if (!isAlias(prior)) return [];
      const followed = userOf(prior.aliasOf);
      const aliasOf = followed === id ? prior.aliasOf : followed;
      const ends = tally.has(aliasOf) ? undefined : true;
      if (ends === prior.ends && aliasOf === prior.aliasOf) return [];
      return [{ id, prior, next: { ...prior, aliasOf, ends, revision: prior.revision + 1 } }];
    });
    await store.putUsers(phoneNumberId, writes);
  }
}
