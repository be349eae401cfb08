import type { ListedAlias } from '../blocklist/store.ts';
import type { Correction } from './explain-drift.ts';
import type { OtherName } from './name-users.ts';
import type { Scan } from './scan-list.ts';
import { Tally } from './tally.ts';

/** Graph's list and the mirror, held against each other. Whoever is found to differ is read again before they are corrected. */
export interface Comparison {
  /** Keys of Graph's list under which nobody is blocked on the mirror. */
  readonly onlyThere: Set<string>;
  /** Users who are blocked on the mirror and not on Graph's list. */
  readonly onlyHere: Set<string>;
  readonly otherNames: readonly OtherName[];
  readonly tally: Tally;
  readonly aliases: readonly ListedAlias[];
}

/** Reads the mirror of a number once, from end to end. */
export async function compareLists({ store, phoneNumberId, scan }: Correction): Promise<Comparison> {
  const onlyThere = new Set(scan.users.keys());
  const onlyHere = new Set<string>();
  const otherNames: OtherName[] = [];
  const tally = new Tally();
  const aliases: ListedAlias[] = [];
  const keys = keysByUserId(scan);
  for await (const page of store.listMirror(phoneNumberId)) {
    for (const item of page) {
      if ('aliasOf' in item) {
        aliases.push(item);
        continue;
      }
      const { user, state, waId, userId } = item;
      tally.see(user, item);
      if (state !== 'blocked') continue;
      const ids = [user, waId, userId].filter((id) => id !== undefined);
      const listedAs = ids.map((id) => keys.get(id)).find((key) => key !== undefined && key !== user);
      if (listedAs !== undefined) otherNames.push({ user, listedAs });
      if (listedAs !== undefined || ids.some((id) => scan.users.has(id))) {
        for (const id of [...ids, listedAs ?? user]) onlyThere.delete(id);
      } else onlyHere.add(user);
    }
  }
  for (const { id, aliasOf, former } of aliases) {
    if (former || !onlyThere.has(id) || !tally.isBlocked(aliasOf)) continue;
    onlyThere.delete(id);
    onlyHere.delete(aliasOf);
  }
  return { onlyThere, onlyHere, otherNames, tally, aliases };
}

/** The `wa_id` of each user whom Graph lists with both ids, by the other one. */
function keysByUserId({ users }: Scan): Map<string, string> {
  return new Map(
    [...users].flatMap(([key, { userId }]) => (userId === undefined || userId === key ? [] : [[userId, key]])),
  );
}
