import { type Counts, countsBetween, countsOf, NO_COUNTS } from './counts.ts';
import { type Alias, isAlias, mirrorUser, type Stored } from './mirror.ts';
import { otherForm } from './number-forms.ts';
import type { UserOutcome } from './outcome.ts';
import { isAfter, type Pass, type Transition } from './pass.ts';
import type { MirrorWrite } from './store.ts';

export interface AliasWrite extends MirrorWrite {
  /** What it takes from the counts where the number held the user under this id as well. */
  readonly counts: Counts;
}

interface Naming {
  readonly stored: ReadonlyMap<string, Stored>;
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
      const counts = countsBetween(countsOf(mirrorUser(prior)), NO_COUNTS);
      writes.set(id, { id, prior, next, counts });
    }
  }
  return [...writes.values()];
}

/** Whether the id was unblocked at Graph, since its user moved, while this call blocked it: Graph alone knows which came last. */
export function meetsMove(prior: Stored | undefined, { next }: Transition, { observedAt }: Pass): boolean {
  if (!isAlias(prior) || prior.observedAt === undefined || next?.state !== 'blocked') return false;
  return isAfter(prior.observedAt, prior.callMs ?? 0, observedAt);
}

/**
 * An id of which nothing but a refusal is known, or that waits for Graph, is free. An item with a state gives way only where Graph itself named the
 * `user_id` beside the `wa_id`, or answered for one form of a number by the other: then both are one user, whom the list must
 * not hold twice.
 */
function mayBecomeAlias(prior: Stored | undefined, user: string, namedByGraph: boolean): boolean {
  if (prior === undefined) return true;
  // One that goes away by itself stays now that its user is there.
  if (isAlias(prior)) return prior.aliasOf !== user || prior.ends === true;
  return prior.state === 'unknown' || prior.state === 'deferred' || namedByGraph;
}
