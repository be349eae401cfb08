import { DependencyError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Records } from '../ports/user-store.ts';
import type { Identity } from '../users/identity.ts';
import { type MirrorItem, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { aliasWrites, overlapsMove } from './aliases.ts';
import type { AttemptContext } from './attempt-context.ts';
import { byMirror } from './deferral.ts';
import { groupByUser, userOf } from './group-by-user.ts';
import { inheritMoves } from './keep-moves.ts';
import type { UserOutcome } from './outcome.ts';
import { CHANGED_SINCE } from './reverting.ts';
import { addTotals, NO_TOTALS, type Totals } from './totals.ts';
import { transition } from './transition.ts';
import { seenUnblocked, unrecordedEvents, writeOf, writeRecords } from './write-records.ts';

export interface Conflict {
  readonly identity: Identity;
  /** Whether the mirror follows this operation and not the other one. */
  readonly isOwn: boolean;
}

export interface Recorded {
  /** The recorded outcomes: Graph's answer, in view of the mirror. */
  readonly outcomes: readonly UserOutcome[];
  /** What the operation adds to the totals of the number. */
  readonly delta: Totals;
  /** Users on whom another operation overlapped with this one. They must converge. */
  readonly conflicts: readonly Conflict[];
  /** Whether the operation was completed together with them. */
  readonly isCompleted: boolean;
}

interface Answered {
  readonly answered: readonly UserOutcome[];
  /** The items that were read for the requested ids. Items that are missing, or were changed meanwhile, are read again. */
  readonly known: ReadonlyMap<string, MirrorItem>;
  /** Writes all records of an operation, its end included, or nothing, and is then false. */
  readonly completeWith?:
    | ((recorded: Pick<Recorded, 'outcomes' | 'delta'>, records: Records) => Promise<boolean>)
    | undefined;
}

/**
 * For up to this many users, the records are written in one transaction with the end of their operation. That saves the
 * caller two round trips. For more users, the double price counts for more than the time.
 */
const FEW = 5;
/**
 * Attempts against other writers of the same users. Each attempt fails only if another writer succeeded, so few are ever
 * needed.
 */
const MAX_ATTEMPTS = 8;

/**
 * Records Graph's answer, first in the history and then in the mirror. If a repeat finds an event without its state, it
 * writes the state. A state without its event would look like nothing new, and the event would be lost.
 */
export async function recordOutcomes(
  store: Pick<BlocklistStore, 'getUsers' | 'putRecords' | 'pageEvents'>,
  context: AttemptContext & { readonly phoneNumberId: string },
  { answered, known, completeWith }: Answered,
): Promise<Recorded> {
  const { phoneNumberId } = context;
  const stored = new Map(known);
  const readAgain = async (ids: readonly string[], consistent = false) => {
    if (ids.length === 0) return;
    const found = await store.getUsers(phoneNumberId, ids, consistent);
    for (const id of ids) stored.delete(id);
    for (const [id, item] of found) stored.set(id, item);
  };
  const outcomes = byMirror(answered, context, (outcome) => mirrorUser(stored.get(userOf(outcome, stored))));
  const byUser = groupByUser(outcomes, stored);
  const keys = new Map(outcomes.map((outcome) => [outcome, userOf(outcome, stored)]));
  const asked = new Set(outcomes.map((outcome) => outcome.identity.id));
  const others = outcomes.flatMap((outcome) => [userOf(outcome, stored), outcome.userId ?? []].flat());
  const unread = others.filter((id) => !asked.has(id));
  await readAgain(unread);

  let open = [...byUser.keys()];
  let delta = NO_TOTALS;
  let isNamed = false;
  const inherited = new Map<string, MirrorUser>();
  const conflicts: Conflict[] = [];
  const changedSince = new Set<string>();
  for (let attempt = 1; open.length > 0; attempt += 1) {
    if (attempt > MAX_ATTEMPTS) throw new DependencyError('Other writers keep changing the same users');
    if (attempt > 1) await readAgain(open, true);
    const planned = open.flatMap((user) => {
      const outcome = byUser.get(user);
      const prior = stored.get(user);
      if (!outcome) return [];
      const sentAs = outcome.identity.id;
      const waiting = sentAs === user ? undefined : mirrorUser(stored.get(sentAs));
      const change = transition({ user, prior: mirrorUser(prior), outcome, waiting }, context);
      return [{ user, prior, change: overlapsMove(prior, change, context) ? { ...change, conflict: true } : change }];
    });
    const seen = planned.flatMap(seenUnblocked);
    const left = new Set(seen.map(({ id }) => id));
    const aliases = isNamed
      ? []
      : aliasWrites(
          // Nothing may lead to a user who is not there.
          outcomes.filter((outcome) => !left.has(userOf(outcome, stored))),
          { stored, users: byUser, userOf: (outcome) => userOf(outcome, stored) },
        );
    const writes = inheritMoves(planned.flatMap(writeOf), aliases, { stored, inherited });
    const all = [...writes, ...seen, ...aliases];
    const events = await unrecordedEvents(store, { ...context, isRepeat: attempt > 1 }, planned);
    if (attempt === 1 && completeWith && planned.length <= FEW && !planned.some(({ change }) => change.conflict)) {
      const sum = [...planned.map(({ change }) => change.delta), ...aliases.map((alias) => alias.delta)];
      const plain = { outcomes, delta: sum.reduce(addTotals, NO_TOTALS) };
      if (await completeWith(plain, { writes: all, events })) {
        return { ...plain, conflicts, isCompleted: true };
      }
      continue;
    }
    const lockConflicts = await writeRecords(store, phoneNumberId, { events, writes: all });
    isNamed = true;
    for (const { user, change } of planned) {
      if (lockConflicts.has(user)) continue;
      delta = addTotals(delta, change.delta);
      const identity = byUser.get(user)?.identity;
      if (change.changedSince) changedSince.add(user);
      if (identity && change.conflict) conflicts.push({ identity, isOwn: change.next !== undefined });
    }
    for (const alias of aliases) if (!lockConflicts.has(alias.id)) delta = addTotals(delta, alias.delta);
    open = open.filter((user) => lockConflicts.has(user));
  }
  const leftAlone = (outcome: UserOutcome) => changedSince.has(keys.get(outcome) ?? '');
  return {
    outcomes: outcomes.map((outcome) =>
      leftAlone(outcome) ? { ...outcome, deferral: undefined, failure: CHANGED_SINCE } : outcome,
    ),
    delta,
    conflicts,
    isCompleted: false,
  };
}
