import type { ListedAlias } from '../ports/blocklist-store.ts';
import type { Correction } from './attribute-change.ts';
import type { ListSnapshot } from './list-snapshot.ts';
import type { OtherName } from './name-users.ts';
import { Tally } from './tally.ts';

/** The differences between Graph's list and the mirror. A user who differs is read again before the correction. */
export interface Comparison {
  /** Keys of Graph's list under which the mirror has no blocked user. */
  readonly onlyThere: Set<string>;
  /** Users who are blocked in the mirror and not on Graph's list. */
  readonly onlyHere: Set<string>;
  readonly otherNames: readonly OtherName[];
  readonly tally: Tally;
  readonly aliases: readonly ListedAlias[];
}

/** Reads the mirror of a number once, from end to end. */
export async function compareLists({ store, phoneNumberId, snapshot }: Correction): Promise<Comparison> {
  const onlyThere = new Set(snapshot.users.keys());
  const onlyHere = new Set<string>();
  const otherNames: OtherName[] = [];
  const tally = new Tally(snapshot.startedAt);
  const aliases: ListedAlias[] = [];
  const keys = keysByUserId(snapshot);
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
      if (listedAs !== undefined || ids.some((id) => snapshot.users.has(id))) {
        for (const id of [...ids, listedAs ?? user]) onlyThere.delete(id);
      } else onlyHere.add(user);
    }
  }
  for (const { id, aliasOf, isPreviousId } of aliases) {
    if (isPreviousId || !onlyThere.has(id) || !tally.isBlocked(aliasOf)) continue;
    onlyThere.delete(id);
    onlyHere.delete(aliasOf);
  }
  return { onlyThere, onlyHere, otherNames, tally, aliases };
}

/** By the BSUID: the `wa_id` of each user whom Graph lists with both ids. */
function keysByUserId({ users }: ListSnapshot): Map<string, string> {
  return new Map(
    [...users].flatMap(([key, { userId }]) => (userId === undefined || userId === key ? [] : [[userId, key]])),
  );
}
