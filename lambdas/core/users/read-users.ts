import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { type Alias, isAlias, type MirrorItem, type MirrorUser, mirrorUser } from './mirror.ts';
import { otherForm } from './number-forms.ts';

/** What is known about a user by one of their ids. */
export interface KnownUser {
  /** The key of the mirror item: the id itself, or the user that it is an alias of. */
  readonly user: string;
  /** The item under that key; the alias itself if it leads to no user. */
  readonly stored: MirrorItem | undefined;
  /** The item under the id itself, if that is an alias. */
  readonly alias?: Alias | undefined;
}

type Store = Pick<BlocklistStore, 'getUsers'>;

/** Ids of users of a number. */
export interface UserIds {
  readonly phoneNumberId: string;
  readonly ids: readonly string[];
  readonly consistent?: boolean | undefined;
}

/**
 * Finds the user that Graph means by each id. It follows an alias to its user, unless the alias is a previous id: by that id,
 * Graph means the present owner. Reads the store once, a second time if there are aliases, and a third if their user has
 * become an alias.
 */
export async function readUsers(store: Store, wanted: UserIds): Promise<Map<string, KnownUser>> {
  const known = await followUsers(store, wanted);
  return new Map(
    [...known].map(([id, one]) => [id, one.alias?.isPreviousId ? { ...one, user: id, stored: one.alias } : one]),
  );
}

/** Finds the user who has each id, or had it before: it follows every alias to its user. */
async function followUsers(
  store: Store,
  { phoneNumberId, ids, consistent = false }: UserIds,
): Promise<Map<string, KnownUser>> {
  const found = await store.getUsers(phoneNumberId, ids, consistent);
  const targets = [...found.values()].flatMap((stored) => (isAlias(stored) ? [stored.aliasOf] : []));
  const aliased = targets.length === 0 ? found : await store.getUsers(phoneNumberId, targets, consistent);
  const nextOf = (id: string) => followingAlias(id, aliased.get(id));
  const further = targets.filter((id) => nextOf(id) !== id).map(nextOf);
  const last = further.length === 0 ? aliased : await store.getUsers(phoneNumberId, further, consistent);
  return new Map(
    ids.map((id): [string, KnownUser] => {
      const stored = found.get(id);
      if (!isAlias(stored)) return [id, { user: id, stored }];
      const user = nextOf(stored.aliasOf);
      const item = mirrorUser(user === stored.aliasOf ? aliased.get(user) : last.get(user));
      return [id, { user, stored: item ?? stored, alias: stored }];
    }),
  );
}

/**
 * The id that this id leads to in one step. A user who turned out to be somebody else is an alias of them, and other aliases
 * may lead to it.
 */
export function followingAlias(
  id: string,
  stored: Pick<Alias, 'aliasOf' | 'isPreviousId'> | MirrorItem | undefined,
): string {
  return stored !== undefined && 'aliasOf' in stored && !stored.isPreviousId ? stored.aliasOf : id;
}

/** The user that a caller means by an id. */
export interface Found {
  /** Absent if nothing is stored about them. */
  readonly user?: MirrorUser | undefined;
  /** The id that the caller gave, if the user is stored under another one. */
  readonly askedAs?: string | undefined;
  /** The id that the caller gave, if the user who had it has another one by now. It may now belong to a stranger. */
  readonly previousId?: { readonly id: string; readonly changedTo: string } | undefined;
}

/** What is stored about the present owner of the id. */
export function foundAs(id: string, known: KnownUser | undefined): Found {
  if (known?.alias?.isPreviousId) return { previousId: { id, changedTo: known.user } };
  const user = mirrorUser(known?.stored);
  return !user || user.user === id ? { user } : { user, askedAs: id };
}

/**
 * Finds users by either form of their number: if no user is stored under one form, it looks under the other. The second read
 * is only for the users that the first did not find.
 */
export async function findUsers(
  store: Store,
  wanted: UserIds,
  isFound: (user: MirrorUser) => boolean = ({ state }) => state !== 'unknown',
): Promise<Map<string, KnownUser>> {
  const found = await followUsers(store, wanted);
  const isMissing = (user: MirrorUser | undefined) => !user || !isFound(user);
  const others = [...found].flatMap(([id, { stored }]): [string, string][] => {
    const other = isMissing(mirrorUser(stored)) ? otherForm(id) : undefined;
    return other === undefined ? [] : [[id, other]];
  });
  if (others.length === 0) return found;
  const known = await followUsers(store, { ...wanted, ids: [...new Set(others.map(([, other]) => other))] });
  for (const [id, other] of others) {
    const user = known.get(other);
    const item = mirrorUser(user?.stored);
    // An item with only a refusal is better than none.
    if (user && item && (isFound(item) || !mirrorUser(found.get(id)?.stored))) found.set(id, user);
  }
  return found;
}

/** Gives the mirror item of the user who has each id, or had it before; nothing if there is none. */
export async function readMirror(store: Store, wanted: UserIds): Promise<(id: string) => MirrorUser | undefined> {
  const known = await followUsers(store, wanted);
  return (id) => mirrorUser(known.get(id)?.stored);
}
