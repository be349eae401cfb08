/** When a user becomes an alias, what is known of their identity changes goes to the user that the alias points to. */
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { isAlias, type MirrorItem, type MirrorUser, mirrorUser, movedUser, withMovesOf } from '../users/mirror.ts';

/**
 * Before users become aliases, what is known of their ids goes to the users that the aliases point to. Gives the aliases that
 * may be written. An alias may not be written if its user was changed by another writer meanwhile, or does not exist.
 */
export async function keepMoves<T extends MirrorWrite>(
  store: Pick<BlocklistStore, 'getUsers' | 'putUsers'>,
  phoneNumberId: string,
  aliases: readonly T[],
): Promise<readonly T[]> {
  const heirOf = ({ prior, next }: T) => (isAlias(next) && mirrorUser(prior) ? next.aliasOf : undefined);
  const ids = aliases.flatMap((alias) => heirOf(alias) ?? []);
  if (ids.length === 0) return aliases;
  const stored = await store.getUsers(phoneNumberId, ids, true);
  const heirs = new Map<string, { readonly prior: MirrorUser; readonly next: MirrorUser }>();
  for (const alias of aliases) {
    const id = heirOf(alias);
    const prior = id === undefined ? undefined : mirrorUser(stored.get(id));
    const other = mirrorUser(alias.prior);
    if (prior && other) {
      heirs.set(prior.user, { prior, next: withMovesOf(heirs.get(prior.user)?.next ?? prior, other) });
    }
  }
  const writes = [...heirs].flatMap(([id, { prior, next }]) =>
    isSameIds(prior, next) ? [] : [{ id, prior, next: { ...next, revision: prior.revision + 1 } }],
  );
  const lockConflicts = new Set(writes.length === 0 ? [] : await store.putUsers(phoneNumberId, writes));
  return aliases.filter((alias) => {
    const id = heirOf(alias);
    return id === undefined || (heirs.has(id) && !lockConflicts.has(id));
  });
}

function isSameIds(one: MirrorUser, other: MirrorUser): boolean {
  const idsOf = ({ userId, movedAt, previousIds = [] }: MirrorUser) => [userId, movedAt, ...previousIds].join();
  return idsOf(one) === idsOf(other);
}

/**
 * What is known of the identity changes of users who become aliases goes to the users that the aliases point to. This happens
 * at each attempt (`inherited`), even if nothing else is written for these users, for example after a crash.
 */
export function inheritMoves(
  planned: readonly (MirrorWrite & { readonly next: MirrorUser })[],
  aliases: readonly MirrorWrite[],
  {
    stored,
    inherited,
  }: { readonly stored: ReadonlyMap<string, MirrorItem>; readonly inherited: Map<string, MirrorUser> },
): MirrorWrite[] {
  for (const { prior, next } of aliases) {
    const other = movedUser(prior);
    if (!other || !isAlias(next)) continue;
    const before = inherited.get(next.aliasOf);
    inherited.set(next.aliasOf, before ? withMovesOf(before, other) : other);
  }
  const written = new Set(planned.map(({ id }) => id));
  const heirs = [...inherited.keys()].flatMap((id) => {
    const prior = mirrorUser(stored.get(id));
    if (!prior || written.has(id)) return [];
    return [{ id, prior, next: { ...prior, revision: prior.revision + 1 } }];
  });
  return [...planned, ...heirs].map((write) => {
    const other = inherited.get(write.id);
    return other ? { ...write, next: withMovesOf(write.next, other) } : write;
  });
}
