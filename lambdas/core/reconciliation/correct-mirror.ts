import { addCounts, type Counts, countsBetween, countsOf, NO_COUNTS } from '../blocklist/counts.ts';
import { type MirrorUser, mirrorUser } from '../blocklist/mirror.ts';
import type { Action } from '../blocklist/outcome.ts';
import type { MirrorWrite } from '../blocklist/store.ts';
import { writeOf } from '../blocklist/write-records.ts';
import type { Comparison } from './compare-lists.ts';
import { type Candidate, type Correction, explain, isTouched, namesOf } from './explain-drift.ts';
import { nameAdded, nameKnown } from './name-users.ts';
import { readGone, readListed } from './read-candidates.ts';

export interface Corrected {
  readonly added: number;
  readonly removed: number;
  /** What the corrections add to the counts of the number. */
  readonly change: Counts;
  /** Every id of users who differ, and whom another writer was first at: perhaps only with a refusal. */
  readonly lost: ReadonlySet<string>;
}

type CorrectedUser = MirrorWrite & { readonly next: MirrorUser };

/** Users looked at, and corrected, at the same time. */
const BATCH = 200;

/**
 * Brings the mirror to what Graph's list shows. Whoever was touched since the scan began, or is part of an operation that is
 * under way, is left alone: the scan knows nothing of that. Each correction comes with its line in the history; where an
 * abandoned operation is its likely cause, the line is that operation's, else it is `external`.
 */
export async function correctMirror(
  correction: Correction,
  { onlyThere, onlyHere, otherNames, tally }: Comparison,
): Promise<Corrected> {
  for (const user of await nameKnown(correction, otherNames)) tally.forget(user);

  let change = NO_COUNTS;
  const lost = new Set<string>();
  let added = 0;
  for (const ids of inBatches(onlyThere)) {
    // Graph may list a user twice, under two ids.
    const missing = new Map<string, Candidate>();
    for (const candidate of await readListed(correction, ids)) {
      const { user } = candidate;
      const prior = mirrorUser(candidate.prior);
      if (prior?.state !== 'blocked') missing.set(user, candidate);
      else {
        // Listed under another id than the mirror's, or blocked since its page was read.
        onlyHere.delete(user);
        tally.see(user, prior);
      }
    }
    const candidates = [...missing.values()];
    const { corrected, others } = await correct(correction, 'block', candidates);
    for (const id of others) lost.add(id);
    for (const write of corrected.values()) {
      tally.see(write.id, write.next);
      change = addCounts(change, changedBy(write));
    }
    const named = candidates.filter(({ user }) => corrected.has(user));
    for (const [id, counts] of await nameAdded(correction, named)) {
      tally.forget(id);
      change = addCounts(change, counts);
    }
    added += corrected.size;
  }
  let removed = 0;
  for (const ids of inBatches(onlyHere)) {
    const candidates = await readGone(correction, ids);
    const { corrected, others } = await correct(correction, 'unblock', candidates);
    for (const id of others) lost.add(id);
    const still = new Set(candidates.map(({ user }) => user).filter((user) => !corrected.has(user)));
    // Whoever is no candidate was unblocked since its page was read.
    for (const user of ids) if (!still.has(user)) tally.see(user, { state: 'unblocked' });
    for (const write of corrected.values()) change = addCounts(change, changedBy(write));
    removed += corrected.size;
  }
  return { added, removed, change, lost };
}

/** Gives who was corrected, and how; another writer who came first keeps its state, and `others` are the ids of those users. */
async function correct(
  correction: Correction,
  action: Action,
  candidates: readonly Candidate[],
): Promise<{ readonly corrected: ReadonlyMap<string, CorrectedUser>; readonly others: readonly string[] }> {
  const { store, phoneNumberId } = correction;
  const planned = await Promise.all(
    candidates
      .filter((candidate) => !isTouched(correction, candidate))
      .map(async (candidate) => ({ ...candidate, change: await explain(correction, action, candidate) })),
  );
  const writes = planned.flatMap((plan) => {
    const { event } = plan.change;
    return event ? writeOf(plan).map((write) => ({ ...write, event })) : [];
  });
  const lost = new Set(await store.putUsersWithEvents(phoneNumberId, writes));
  return {
    corrected: new Map(writes.flatMap((write) => (lost.has(write.id) ? [] : [[write.id, write]]))),
    others: planned.flatMap(({ user, prior, outcome }) =>
      lost.has(user) ? namesOf(user, mirrorUser(prior), outcome) : [],
    ),
  };
}

function changedBy({ prior, next }: CorrectedUser): Counts {
  return countsBetween(countsOf(mirrorUser(prior)), countsOf(next));
}

function* inBatches(all: Iterable<string>): Generator<string[]> {
  const ids = [...all];
  for (let from = 0; from < ids.length; from += BATCH) yield ids.slice(from, from + BATCH);
}
