import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { type Alias, isAlias, type MirrorItem, type MirrorUser, mirrorUser } from './mirror.ts';
import { otherForm } from './number-forms.ts';

/** What is known of a user by one of their ids. */
export interface KnownUser {
  /** The key of the mirror: the id itself, or the user whom it is an alias of. */
  readonly user: string;
  /** What stands under that key; the alias itself where it leads nowhere. */
  readonly stored: MirrorItem | undefined;
  /** What stands under the id itself, where that is an alias. */
  readonly alias?: Alias | undefined;
}

type Read = [
  store: Pick<BlocklistStore, 'getUsers'>,
  phoneNumberId: string,
  ids: readonly string[],
  consistent: boolean,
];

/**
 * The user that Graph means by each id: an alias is followed to its user, except a retired one, by which Graph means the
 * present owner of the id. One read of the store, a second if there are aliases, and a third if their user has become an alias.
 */
export async function readUsers(...read: Read): Promise<Map<string, KnownUser>> {
  const known = await followUsers(...read);
  return new Map(
    [...known].map(([id, one]) => [id, one.alias?.retired ? { ...one, user: id, stored: one.alias } : one]),
  );
}

/** Whom each id stands for, or stood for: every alias is followed to its user. */
async function followUsers(...[store, phoneNumberId, ids, consistent]: Read): Promise<Map<string, KnownUser>> {
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

/** Whom an id leads to in one step: a user who turned out to be another one is an alias of that one, and others may lead to it. */
export function followingAlias(
  id: string,
  stored: Pick<Alias, 'aliasOf' | 'retired'> | MirrorItem | undefined,
): string {
  return stored !== undefined && 'aliasOf' in stored && !stored.retired ? stored.aliasOf : id;
}

/** The user that a caller means by an id. */
export interface Found {
  /** Nothing where nothing is known of them. */
  readonly user?: MirrorUser | undefined;
  /** The id that was asked for, where the user is known by another one. */
  readonly askedAs?: string | undefined;
  /** The id that was asked for, where the user who had it has another one by now: it is nobody's, or a stranger's. */
  readonly retired?: { readonly id: string; readonly changedTo: string } | undefined;
}

/** What is known of whoever has the id now. */
export function foundAs(id: string, known: KnownUser | undefined): Found {
  if (known?.alias?.retired) return { retired: { id, changedTo: known.user } };
  const user = mirrorUser(known?.stored);
  return !user || user.user === id ? { user } : { user, askedAs: id };
}

/**
 * Finds users by any form of their number: if nobody is known under one form, the user under the other. Reads once more
 * only for those who were not found at first.
 */
export async function findUsers(
  store: Pick<BlocklistStore, 'getUsers'>,
  phoneNumberId: string,
  ids: readonly string[],
  isFound: (user: MirrorUser) => boolean = ({ state }) => state !== 'unknown',
): Promise<Map<string, KnownUser>> {
  const found = await followUsers(store, phoneNumberId, ids, false);
  const isMissing = (user: MirrorUser | undefined) => !user || !isFound(user);
  const others = [...found].flatMap(([id, { stored }]): [string, string][] => {
    const other = isMissing(mirrorUser(stored)) ? otherForm(id) : undefined;
    return other === undefined ? [] : [[id, other]];
  });
  if (others.length === 0) return found;
  const known = await followUsers(store, phoneNumberId, [...new Set(others.map(([, other]) => other))], false);
  for (const [id, other] of others) {
    const user = known.get(other);
    const item = mirrorUser(user?.stored);
    // Of whom a refusal only is known, that is better than nothing.
    if (user && item && (isFound(item) || !mirrorUser(found.get(id)?.stored))) found.set(id, user);
  }
  return found;
}

/** The mirror item of each id, or of whoever had it before, where there is one. */
export async function readMirror(...read: Read): Promise<(id: string) => MirrorUser | undefined> {
  const known = await followUsers(...read);
  return (id) => mirrorUser(known.get(id)?.stored);
}
