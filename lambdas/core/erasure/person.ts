import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore, ListedAlias } from '../ports/blocklist-store.ts';
import { type Everywhere, findOnNumbers, presentIds } from '../users/find-everywhere.ts';
import { findMeant } from '../users/find-meant.ts';
import { otherForm } from '../users/number-forms.ts';

/** Lists of numbers that are searched at once. */
const LISTS_AT_ONCE = 8;

/**
 * Finds a person by every id on these numbers. No index leads from a user to the ids by which somebody once asked for them, so
 * the list of each number that knows the person is searched for these. A former id that nobody else has is that of the user
 * who left it.
 */
export async function findPerson(
  store: Pick<BlocklistStore, 'getUsersOfNumbers' | 'listAliasesOf'>,
  { id, phoneNumberIds }: { readonly id: string; readonly phoneNumberIds: readonly string[] },
): Promise<Everywhere> {
  const first = await findMeant(store, { ids: [id], phoneNumberIds, consistent: true });
  const aliases: ListedAlias[] = [];
  const known = first.rows.filter(({ user }) => user);
  await mapConcurrent(known, LISTS_AT_ONCE, async ({ phoneNumberId, user }) => {
    // An id may still lead to one that the person had before.
    const users = [...presentIds(user), ...(user?.previousIds ?? [])];
    aliases.push(...(await store.listAliasesOf(phoneNumberId, [...new Set(users)])));
  });
  const before = aliases.flatMap((alias) => (alias.isPreviousId ? [alias.id] : []));
  const now = aliases.flatMap((alias) => (alias.isPreviousId ? [] : [alias.id]));
  const forms = [...first.ids, ...now].flatMap((one) => otherForm(one) ?? []);
  const ids = [...new Set([...first.ids, ...now, ...forms])];
  const all =
    ids.length === first.ids.length ? first : await findOnNumbers(store, { ids, phoneNumberIds, consistent: true });
  const previousIds = new Set([...first.previousIds, ...all.previousIds, ...before]);
  return { ...all, previousIds: [...previousIds].filter((one) => !all.ids.includes(one)) };
}
