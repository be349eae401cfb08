import { aliasWrites } from '../changes/aliases.ts';
import { keepMoves } from '../changes/keep-moves.ts';
import type { UserOutcome } from '../changes/outcome.ts';
import { deltaBetween, NO_TOTALS, type Totals, totalsOf } from '../changes/totals.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { isAlias } from '../users/mirror.ts';
import type { Candidate, Correction } from './attribute-change.ts';

/** A user whom the mirror has under a BSUID, and Graph lists under a `wa_id` with that BSUID. */
export interface OtherName {
  readonly user: string;
  readonly listedAs: string;
}

/**
 * If Graph lists a user with both ids, or in another form than they were sent, callers can ask for them by either. Gives the
 * ids that are no longer users of their own, and what that takes from the totals.
 */
export async function nameAdded(
  { store, phoneNumberId }: Correction,
  added: readonly Pick<Candidate, 'user' | 'outcome'>[],
): Promise<ReadonlyMap<string, Totals>> {
  const outcomeIds = ({ identity, userId }: UserOutcome) => [identity.id, userId].filter((id) => id !== undefined);
  const named = added.filter(({ user, outcome }) => outcomeIds(outcome).some((id) => id !== user));
  if (named.length === 0) return new Map();
  const userOf = new Map(named.map(({ user, outcome }) => [outcome, user]));
  const ids = named.flatMap(({ outcome }) => outcomeIds(outcome));
  const stored = await store.getUsers(phoneNumberId, ids, true);
  const users = new Map(named.map(({ user }) => [user, user]));
  const aliases = aliasWrites([...userOf.keys()], { stored, users, userOf: (outcome) => userOf.get(outcome) ?? '' });
  const writes = await keepMoves(store, phoneNumberId, aliases);
  const lockConflicts = new Set(await store.putUsers(phoneNumberId, writes));
  return new Map(writes.flatMap(({ id, delta }) => (lockConflicts.has(id) ? [] : [[id, delta]])));
}

/**
 * The mirror keeps a user under the id that it knows, and the other id becomes an alias. If it has the user under both, the
 * `wa_id` stays. Gives the ids that are no longer users of their own, and what that takes from the totals.
 */
export async function nameKnown(
  { store, phoneNumberId }: Correction,
  names: readonly OtherName[],
): Promise<ReadonlyMap<string, Totals>> {
  const gone = new Map<string, Totals>();
  if (names.length === 0) return gone;
  const ids = names.flatMap(({ user, listedAs }) => [user, listedAs]);
  const stored = await store.getUsers(phoneNumberId, ids, true);
  const writes = names.flatMap(({ user, listedAs }): MirrorWrite[] => {
    const listed = stored.get(listedAs);
    if (listed === undefined) return [{ id: listedAs, prior: undefined, next: { aliasOf: user, revision: 1 } }];
    const prior = stored.get(user);
    if (isAlias(listed) || listed.state !== 'blocked' || !prior || isAlias(prior)) return [];
    gone.set(user, deltaBetween(totalsOf(prior), NO_TOTALS));
    return [{ id: user, prior, next: { aliasOf: listedAs, revision: prior.revision + 1 } }];
  });
  const kept = await keepMoves(store, phoneNumberId, writes);
  const lockConflicts = new Set(await store.putUsers(phoneNumberId, kept));
  const written = new Set(kept.flatMap(({ id }) => (lockConflicts.has(id) ? [] : [id])));
  return new Map([...gone].filter(([id]) => written.has(id)));
}
