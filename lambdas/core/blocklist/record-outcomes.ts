import { DependencyError } from '../errors.ts';
import { aliasWrites, meetsMove } from './aliases.ts';
import { addCounts, type Counts, NO_COUNTS } from './counts.ts';
import { byMirror } from './deferral.ts';
import type { Identity } from './identity.ts';
import { isAlias, mirrorUser, type Stored } from './mirror.ts';
import type { UserOutcome } from './outcome.ts';
import type { Pass, Transition } from './pass.ts';
import type { BlocklistStore, Records } from './store.ts';
import { transition } from './transition.ts';
import { untold, writeOf, writeRecords } from './write-records.ts';

export interface Recorded {
  /** As they were recorded: Graph's word, and what the mirror makes of it. */
  readonly outcomes: readonly UserOutcome[];
  /** What the operation adds to the counts of the number. */
  readonly counts: Counts;
  /** Users whom what was due changed at the same time as this operation: Graph is to be asked for them again. */
  readonly outdone: readonly Identity[];
  /** Users for whom somebody changed their mind before what was due was recorded: it is to be undone at Graph. */
  readonly overruled: readonly Identity[];
  /** Users on whom other operations overlapped with this one, so that only Graph's list tells which state is the last. */
  readonly contested: readonly Identity[];
  /** Whether the operation was settled together with them. */
  readonly settled: boolean;
}

/** Writes everything that an operation leaves, its end included, or nothing: then it is false. */
export type SettleAtOnce = (recorded: Pick<Recorded, 'outcomes' | 'counts'>, records: Records) => Promise<boolean>;

/**
 * Users whose records are written in one transaction with the end of their operation: whoever waits for a few saves two
 * round trips. For more of them its twofold price counts for more than the time.
 */
const FEW = 5;
/** Rounds against other writers of the same users. Each round loses only to a writer that got on, so few are ever needed. */
const ROUNDS = 8;

/**
 * Brings history and mirror up to what Graph said, the history first: an event without its state is healed by a repeat, a
 * state without its event would look like nothing new. `known` is what was read by the ids as requested; what is missing
 * there, or was changed meanwhile, is read again.
 */
export async function recordOutcomes(
  store: Pick<BlocklistStore, 'getUsers' | 'putRecords' | 'pageEvents'>,
  phoneNumberId: string,
  pass: Pass,
  answered: readonly UserOutcome[],
  known: ReadonlyMap<string, Stored>,
  settleAtOnce?: SettleAtOnce,
): Promise<Recorded> {
  const stored = new Map(known);
  const outcomes = byMirror(answered, pass, (outcome) => mirrorUser(stored.get(userOf(outcome, stored))));
  const byUser = groupByUser(outcomes, stored);
  const asked = new Set(outcomes.map((outcome) => outcome.identity.id));
  const others = outcomes.flatMap((outcome) => [userOf(outcome, stored), outcome.userId ?? []].flat());
  const unread = others.filter((id) => !asked.has(id));
  await read(store, phoneNumberId, stored, unread);

  let open = [...byUser.keys()];
  let counts = NO_COUNTS;
  let isNamed = false;
  const contested: Identity[] = [];
  const outdone: Identity[] = [];
  const overruled: Identity[] = [];
  for (let round = 0; open.length > 0; round += 1) {
    if (round === ROUNDS) throw new DependencyError('Other writers keep changing the same users');
    if (round > 0) await read(store, phoneNumberId, stored, open, true);
    const planned = open.flatMap((user) => {
      const outcome = byUser.get(user);
      const prior = stored.get(user);
      if (!outcome) return [];
      const sentAs = outcome.identity.id;
      const waiting = sentAs === user ? undefined : mirrorUser(stored.get(sentAs));
      const change = transition(user, mirrorUser(prior), outcome, pass, waiting);
      return [{ user, prior, change: meetsMove(prior, change, pass) ? { ...change, contested: true } : change }];
    });
    const writes = planned.flatMap(writeOf);
    const aliases = isNamed ? [] : aliasWrites(outcomes, stored, byUser, (outcome) => userOf(outcome, stored));
    const events = await untold(store, phoneNumberId, pass, planned);
    if (round === 0 && settleAtOnce && planned.length <= FEW && planned.every(isPlain)) {
      const sum = [...planned.map(({ change }) => change.counts), ...aliases.map((alias) => alias.counts)];
      const plain = { outcomes, counts: sum.reduce(addCounts, NO_COUNTS) };
      if (await settleAtOnce(plain, { writes: [...writes, ...aliases], events })) {
        return { ...plain, outdone, overruled, contested, settled: true };
      }
      continue;
    }
    const lost = await writeRecords(store, phoneNumberId, { events, writes: [...writes, ...aliases] });
    isNamed = true;
    for (const { user, change } of planned) {
      if (lost.has(user)) continue;
      counts = addCounts(counts, change.counts);
      const identity = byUser.get(user)?.identity;
      if (identity && change.contested) contested.push(identity);
      if (identity && change.outdone) outdone.push(identity);
      if (identity && change.overruled) overruled.push(identity);
    }
    for (const alias of aliases) if (!lost.has(alias.id)) counts = addCounts(counts, alias.counts);
    open = open.filter((user) => lost.has(user));
  }
  return { outcomes, counts, contested, outdone, overruled, settled: false };
}

/** Whether nobody else's operation came in between: otherwise Graph has to be asked again before the end. */
function isPlain({ change }: { readonly change: Transition }): boolean {
  return !change.contested && !change.outdone && !change.overruled;
}

/** Several spellings can be one user at Graph; a success outweighs a refusal. */
function groupByUser(outcomes: readonly UserOutcome[], stored: ReadonlyMap<string, Stored>): Map<string, UserOutcome> {
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
function userOf(outcome: UserOutcome, stored: ReadonlyMap<string, Stored>): string {
  if (outcome.waId !== undefined) return outcome.waId;
  const known = stored.get(outcome.identity.id);
  // By an id that somebody had before, Graph means whoever has it now.
  return isAlias(known) && !known.former ? known.aliasOf : outcome.identity.id;
}

async function read(
  store: Pick<BlocklistStore, 'getUsers'>,
  phoneNumberId: string,
  stored: Map<string, Stored>,
  ids: readonly string[],
  consistent = false,
): Promise<void> {
  if (ids.length === 0) return;
  const found = await store.getUsers(phoneNumberId, ids, consistent);
  for (const id of ids) {
    const item = found.get(id);
    if (item) stored.set(id, item);
    else stored.delete(id);
  }
}
