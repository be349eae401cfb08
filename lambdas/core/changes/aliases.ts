import type { BlocklistStore, MirrorWrite } from '../ports/blocklist-store.ts';
import { type Alias, isAlias, type MirrorItem, type MirrorUser, mirrorUser, withMovesOf } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import { type AttemptContext, isAfter, type Transition } from './attempt-context.ts';
import type { UserOutcome } from './outcome.ts';
import { deltaBetween, NO_TOTALS, type Totals, totalsOf } from './totals.ts';

export interface AliasWrite extends MirrorWrite {
  /** What it takes from the counts where the number held the user under this id as well. */
  readonly delta: Totals;
}

interface Naming {
  readonly stored: ReadonlyMap<string, MirrorItem>;
  /** By the key of the mirror. */
  readonly users: ReadonlyMap<string, unknown>;
  readonly userOf: (outcome: UserOutcome) => string;
}

/** Writes for the ids, other than the key, under which users of a request were named and may be asked for. */
export function aliasWrites(outcomes: readonly UserOutcome[], { stored, users, userOf }: Naming): AliasWrite[] {
  const writes = new Map<string, AliasWrite>();
  for (const outcome of outcomes) {
    if (outcome.failure) continue;
    const user = userOf(outcome);
    for (const id of [outcome.identity.id, outcome.userId]) {
      if (id === undefined || id === user || users.has(id)) continue;
      const prior = stored.get(id);
      if (!mayBecomeAlias(prior, user, id === outcome.userId || otherForm(id) === user)) continue;
      const next: Alias = { aliasOf: user, revision: (prior?.revision ?? 0) + 1 };
      const delta = deltaBetween(totalsOf(mirrorUser(prior)), NO_TOTALS);
      writes.set(id, { id, prior, next, delta });
    }
  }
  return [...writes.values()];
}

/**
 * Before users become aliases, what is known of their ids goes to the users whom they are aliases of. Gives the aliases that
 * may be written: not those whose user another writer changed meanwhile, or of whom there is none.
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

/** Whether the id was unblocked at Graph, since its user moved, while this call blocked it: Graph alone knows which came last. */
export function overlapsMove(
  prior: MirrorItem | undefined,
  { next }: Transition,
  { observedAt }: AttemptContext,
): boolean {
  if (!isAlias(prior) || prior.observedAt === undefined || next?.state !== 'blocked') return false;
  return isAfter(prior.observedAt, prior.callDurationMs ?? 0, observedAt);
}

/**
 * An id is free if nothing but a refusal is known of it, or if it waits for Graph. An item with a state gives way only if
 * Graph itself named the `user_id` beside the `wa_id`, or answered for one form of a number by the other: then both are one
 * user, who must not be listed twice.
 */
function mayBecomeAlias(prior: MirrorItem | undefined, user: string, namedByGraph: boolean): boolean {
  if (prior === undefined) return true;
  // One that goes away by itself stays now that its user is there.
  if (isAlias(prior)) return prior.aliasOf !== user || prior.ends === true;
  return prior.state === 'unknown' || prior.state === 'deferred' || namedByGraph;
}
