import type { MirrorWrite } from '../ports/user-store.ts';
import { type Alias, isAlias, type MirrorItem, mirrorUser } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import { type AttemptContext, isAfter, type Transition } from './attempt-context.ts';
import type { UserOutcome } from './outcome.ts';
import { deltaBetween, NO_TOTALS, type Totals, totalsOf } from './totals.ts';

export interface AliasWrite extends MirrorWrite {
  /** What it takes from the totals if the number also had the user under this id. */
  readonly delta: Totals;
}

interface Naming {
  readonly stored: ReadonlyMap<string, MirrorItem>;
  /** By the key of the mirror item. */
  readonly users: ReadonlyMap<string, unknown>;
  readonly userOf: (outcome: UserOutcome) => string;
}

/** Aliases to write: the ids, other than the key, by which users of a request were named and can be asked for. */
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
 * Whether the id was unblocked at Graph, because its user moved, while this call blocked it. Only Graph knows which came
 * last.
 */
export function overlapsMove(
  prior: MirrorItem | undefined,
  { next }: Transition,
  { observedAt }: AttemptContext,
): boolean {
  if (!isAlias(prior) || prior.observedAt === undefined || next?.state !== 'blocked') return false;
  return isAfter(prior.observedAt, prior.callDurationMs ?? 0, observedAt);
}

/**
 * An id is free if only a refusal is known of it, or if it holds a deferred block. If the item has another state, the id is
 * free only if Graph itself named the `user_id` beside the `wa_id`, or answered for one form of a number with the other. Then
 * both are one user, who must not be listed twice.
 */
function mayBecomeAlias(prior: MirrorItem | undefined, user: string, namedByGraph: boolean): boolean {
  if (prior === undefined) return true;
  // An alias that was to expire stays, now that its user is there.
  if (isAlias(prior)) return prior.aliasOf !== user || prior.ends === true;
  return prior.state === 'unknown' || prior.state === 'deferred' || namedByGraph;
}
