import type { Action } from '../changes/outcome.ts';
import { addTotals, deltaBetween, NO_TOTALS, type Totals, totalsOf } from '../changes/totals.ts';
import { writeOf } from '../changes/write-records.ts';
import { inBatches } from '../in-batches.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { attributeChange, type Candidate, type Correction, candidateIds, isTouched } from './attribute-change.ts';
import type { Comparison } from './compare-lists.ts';
import { nameAdded, nameKnown } from './name-users.ts';
import { readGone, readListed } from './read-candidates.ts';

export interface Corrected {
  readonly added: number;
  readonly removed: number;
  /** What the corrections add to the totals of the number. */
  readonly change: Totals;
  /** Every id of users who differ but whom another writer changed first, perhaps only with a refusal. */
  readonly lockConflicts: ReadonlySet<string>;
}

type CorrectedUser = MirrorWrite & { readonly next: MirrorUser };

/** How many users are read and corrected together. */
const BATCH = 200;

/**
 * Brings the mirror to what Graph's list shows. A user who was changed since the snapshot began, or is part of an operation
 * in progress, is left alone: the snapshot knows nothing of that. Each correction comes with its audit event. The event is
 * attributed to the abandoned operation that is its likely cause; if there is none, its source is `external`.
 */
export async function correctMirror(
  correction: Correction,
  { onlyThere, onlyHere, otherNames, tally }: Comparison,
): Promise<Corrected> {
  let change = NO_TOTALS;
  for (const [id, delta] of await nameKnown(correction, otherNames)) {
    tally.forget(id);
    change = addTotals(change, delta);
  }
  const lockConflicts = new Set<string>();
  let added = 0;
  for (const ids of inBatches(onlyThere, BATCH)) {
    // Graph may list one user under two ids.
    const missing = new Map<string, Candidate>();
    for (const candidate of await readListed(correction, ids)) {
      const { user } = candidate;
      const prior = mirrorUser(candidate.prior);
      if (prior?.state !== 'blocked') missing.set(user, candidate);
      else {
        // Graph lists the user under another id than the mirror, or the user was blocked since the page was read.
        onlyHere.delete(user);
        tally.see(user, prior);
      }
    }
    const candidates = [...missing.values()];
    const { corrected, others } = await correct(correction, 'block', candidates);
    for (const id of others) lockConflicts.add(id);
    for (const write of corrected.values()) {
      tally.see(write.id, write.next);
      change = addTotals(change, changedBy(write));
    }
    const named = candidates.filter(({ user }) => corrected.has(user));
    for (const [id, delta] of await nameAdded(correction, named)) {
      tally.forget(id);
      change = addTotals(change, delta);
    }
    added += corrected.size;
  }
  let removed = 0;
  for (const ids of inBatches(onlyHere, BATCH)) {
    const candidates = await readGone(correction, ids);
    const { corrected, others } = await correct(correction, 'unblock', candidates);
    for (const id of others) lockConflicts.add(id);
    const still = new Set(candidates.map(({ user }) => user).filter((user) => !corrected.has(user)));
    // A user who is no candidate was unblocked since their page was read.
    for (const user of ids) if (!still.has(user)) tally.see(user, { state: 'unblocked' });
    for (const write of corrected.values()) change = addTotals(change, changedBy(write));
    removed += corrected.size;
  }
  return { added, removed, change, lockConflicts };
}

/**
 * Gives the corrected users, with the corrections. If another writer was first, its state stays; `others` are the ids of
 * those users.
 */
async function correct(
  correction: Correction,
  action: Action,
  candidates: readonly Candidate[],
): Promise<{ readonly corrected: ReadonlyMap<string, CorrectedUser>; readonly others: readonly string[] }> {
  const { store, phoneNumberId } = correction;
  const planned = await Promise.all(
    candidates
      .filter((candidate) => !isTouched(correction, candidate))
      .map(async (candidate) => ({ ...candidate, change: await attributeChange(correction, action, candidate) })),
  );
  const writes = planned.flatMap((plan) => {
    const { event } = plan.change;
    return event ? writeOf(plan).map((write) => ({ ...write, event })) : [];
  });
  const lockConflicts = new Set(await store.putUsersWithEvents(phoneNumberId, writes));
  return {
    corrected: new Map(writes.flatMap((write) => (lockConflicts.has(write.id) ? [] : [[write.id, write]]))),
    others: planned.flatMap(({ user, prior, outcome }) =>
      lockConflicts.has(user) ? candidateIds(user, mirrorUser(prior), outcome) : [],
    ),
  };
}

function changedBy({ prior, next }: CorrectedUser): Totals {
  return deltaBetween(totalsOf(mirrorUser(prior)), totalsOf(next));
}
