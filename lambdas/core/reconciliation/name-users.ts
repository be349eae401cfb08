import { aliasWrites } from '../blocklist/aliases.ts';
import { isAlias } from '../blocklist/mirror.ts';
import type { MirrorWrite } from '../blocklist/store.ts';
import type { Candidate, Correction } from './explain-drift.ts';

/** A user whom the mirror has by a BSUID, and Graph lists by a `wa_id` with that BSUID beside it. */
export interface OtherName {
  readonly user: string;
  readonly listedAs: string;
}

/** Where Graph lists a user with both ids, they can be asked for by either. */
export async function nameAdded(
  { store, phoneNumberId }: Correction,
  added: readonly Pick<Candidate, 'user' | 'outcome'>[],
): Promise<void> {
  const named = added.filter(({ user, outcome }) => outcome.userId !== undefined && outcome.userId !== user);
  if (named.length === 0) return;
  const userOf = new Map(named.map(({ user, outcome }) => [outcome, user]));
  const ids = named.flatMap(({ outcome }) => outcome.userId ?? []);
  const stored = await store.getUsers(phoneNumberId, ids, true);
  const writes = aliasWrites([...userOf.keys()], stored, new Map(), (outcome) => userOf.get(outcome) ?? '');
  await store.putUsers(phoneNumberId, writes);
}

/**
 * The mirror keeps what it knows of a user under the id that it knows, and the other one becomes its alias. Where it has
 * the user under both, the `wa_id` stays. Gives the ids that no longer stand for a user of their own.
 */
export async function nameKnown(
  { store, phoneNumberId }: Correction,
  names: readonly OtherName[],
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  if (names.length === 0) return gone;
  const ids = names.flatMap(({ user, listedAs }) => [user, listedAs]);
  const stored = await store.getUsers(phoneNumberId, ids, true);
  const writes = names.flatMap(({ user, listedAs }): MirrorWrite[] => {
    const listed = stored.get(listedAs);
    if (listed === undefined) return [{ id: listedAs, prior: undefined, next: { aliasOf: user, revision: 1 } }];
    const prior = stored.get(user);
    if (isAlias(listed) || listed.state !== 'blocked' || !prior || isAlias(prior)) return [];
    gone.add(user);
    return [{ id: user, prior, next: { aliasOf: listedAs, revision: prior.revision + 1 } }];
  });
  for (const lost of await store.putUsers(phoneNumberId, writes)) gone.delete(lost);
  return gone;
}
