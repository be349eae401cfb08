import { DependencyError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Records } from '../ports/user-store.ts';
import type { Identity } from '../users/identity.ts';
import { isAlias, type MirrorItem, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { aliasWrites, overlapsMove } from './aliases.ts';
import type { AttemptContext } from './attempt-context.ts';
import { byMirror } from './deferral.ts';
import { inheritMoves } from './keep-moves.ts';
import type { UserOutcome } from './outcome.ts';
import { addTotals, NO_TOTALS, type Totals } from './totals.ts';
import { transition } from './transition.ts';
import { unrecordedEvents, writeOf, writeRecords } from './write-records.ts';

export interface Conflict {
  readonly identity: Identity;
  /** Whether the mirror follows this operation, and not the other. */
  readonly isOwn: boolean;
}

export interface Recorded {
  /** As they were recorded: Graph's word, and what the mirror makes of it. */
  readonly outcomes: readonly UserOutcome[];
  /** What the operation adds to the counts of the number. */
  readonly delta: Totals;
  /** Users on whom other operations overlapped with this one: they are to converge. */
  readonly conflicts: readonly Conflict[];
  /** Whether the operation was completed together with them. */
  readonly isCompleted: boolean;
}

interface Answered {
  readonly answered: readonly UserOutcome[];
  /** What was read by the ids as requested; what is missing there, or was changed meanwhile, is read again. */
  readonly known: ReadonlyMap<string, MirrorItem>;
  /** Writes everything that an operation leaves, its end included, or nothing: then it is false. */
  readonly completeWith?:
    | ((recorded: Pick<Recorded, 'outcomes' | 'delta'>, records: Records) => Promise<boolean>)
    | undefined;
}

/**
 * Users whose records are written in one transaction with the end of their operation: whoever waits for a few saves two
 * round trips. For more of them its twofold price counts for more than the time.
 */
const FEW = 5;
/** Attempts against other writers of the same users. Each loses only to a writer that got on, so few are ever needed. */
const MAX_ATTEMPTS = 8;

/**
 * Records in history and mirror what Graph said, the history first: a repeat repairs an event without its state, but a
 * state without its event would look like nothing new.
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
  const asked = new Set(outcomes.map((outcome) => outcome.identity.id));
  const others = outcomes.flatMap((outcome) => [userOf(outcome, stored), outcome.userId ?? []].flat());
  const unread = others.filter((id) => !asked.has(id));
  await readAgain(unread);

  let open = [...byUser.keys()];
  let delta = NO_TOTALS;
  let isNamed = false;
  const inherited = new Map<string, MirrorUser>();
  const conflicts: Conflict[] = [];
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
    const aliases = isNamed
      ? []
      : aliasWrites(outcomes, { stored, users: byUser, userOf: (outcome) => userOf(outcome, stored) });
    const writes = inheritMoves(planned.flatMap(writeOf), aliases, { stored, inherited });
    const events = await unrecordedEvents(store, context, planned);
    if (attempt === 1 && completeWith && planned.length <= FEW && !planned.some(({ change }) => change.conflict)) {
      const sum = [...planned.map(({ change }) => change.delta), ...aliases.map((alias) => alias.delta)];
      const plain = { outcomes, delta: sum.reduce(addTotals, NO_TOTALS) };
      if (await completeWith(plain, { writes: [...writes, ...aliases], events })) {
        return { ...plain, conflicts, isCompleted: true };
      }
      continue;
    }
    const lockConflicts = await writeRecords(store, phoneNumberId, { events, writes: [...writes, ...aliases] });
    isNamed = true;
    for (const { user, change } of planned) {
      if (lockConflicts.has(user)) continue;
      delta = addTotals(delta, change.delta);
      const identity = byUser.get(user)?.identity;
      if (identity && change.conflict) conflicts.push({ identity, isOwn: change.next !== undefined });
    }
    for (const alias of aliases) if (!lockConflicts.has(alias.id)) delta = addTotals(delta, alias.delta);
    open = open.filter((user) => lockConflicts.has(user));
  }
  return { outcomes, delta, conflicts, isCompleted: false };
}

/** Several spellings can be one user at Graph; a success outweighs a refusal. */
function groupByUser(
  outcomes: readonly UserOutcome[],
  stored: ReadonlyMap<string, MirrorItem>,
): Map<string, UserOutcome> {
  const byUser = new Map<string, UserOutcome>();
  for (const outcome of outcomes) {
    const user = userOf(outcome, stored);
    const other = byUser.get(user);
    if (!other || (isRefused(other) && !isRefused(outcome))) byUser.set(user, outcome);
  }
  return byUser;
}

function isRefused({ failure, deferral }: UserOutcome): boolean {
  return failure !== undefined || deferral !== undefined;
}

/** The key of the mirror: `wa_id` where Graph gave one, else whom the requested id is known to stand for. */
function userOf(outcome: UserOutcome, stored: ReadonlyMap<string, MirrorItem>): string {
  if (outcome.waId !== undefined) return outcome.waId;
  const known = stored.get(outcome.identity.id);
  // By an id that somebody had before, Graph means whoever has it now.
  return isAlias(known) && !known.retired ? known.aliasOf : outcome.identity.id;
}
