import { DependencyError } from '../errors.ts';
import type { BlocklistStore, MirrorWrite } from '../ports.ts';
import { type Alias, type AuditEvent, isAlias, type MirrorUser, type Stored } from './mirror.ts';
import type { UserOutcome } from './outcome.ts';
import { type Pass, transition } from './transition.ts';

/** Rounds against other writers of the same users. Each round loses only to a writer that got on, so few are ever needed. */
const ROUNDS = 8;

export interface Recorded {
  /** To be appended after the mirror is written: a repeat of the operation gives the same ones. */
  readonly events: readonly AuditEvent[];
  /** What the operation adds to the size of the list. */
  readonly sizeDelta: number;
}

/**
 * Brings the mirror up to what Graph said. `known` is what was read before the call to Graph, by the ids as requested; what
 * is missing there, or was changed meanwhile, is read again.
 */
export async function recordOutcomes(
  store: BlocklistStore,
  phoneNumberId: string,
  pass: Pass,
  outcomes: readonly UserOutcome[],
  known: ReadonlyMap<string, Stored>,
): Promise<Recorded> {
  const stored = new Map(known);
  const byUser = groupByUser(outcomes, stored);
  const asked = new Set(outcomes.map((outcome) => outcome.identity.id));
  let open = [...byUser.keys()];
  await read(
    store,
    phoneNumberId,
    stored,
    open.filter((user) => !asked.has(user)),
  );

  const events: AuditEvent[] = [];
  let sizeDelta = 0;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === ROUNDS) throw new DependencyError('Other writers keep changing the same users');
    if (round > 0) await read(store, phoneNumberId, stored, open, true);
    const planned = open.map((user) => {
      const outcome = byUser.get(user);
      const prior = stored.get(user);
      return { user, change: outcome && transition(user, mirrorUser(prior), outcome, pass), prior };
    });
    const writes = planned.flatMap(({ user, change, prior }): MirrorWrite[] =>
      change?.next ? [{ id: user, prior, next: afterAlias(change.next, prior) }] : [],
    );
    if (round === 0) writes.push(...aliases(outcomes, stored, byUser));
    const lost = new Set(await store.putUsers(phoneNumberId, writes));
    for (const { user, change } of planned) {
      if (!change || lost.has(user)) continue;
      sizeDelta += change.sizeDelta;
      if (change.event) events.push(change.event);
    }
    open = open.filter((user) => lost.has(user));
  }
  return { events, sizeDelta };
}

/** Several spellings can be one user at Graph; a success outweighs a failure. */
function groupByUser(outcomes: readonly UserOutcome[], stored: ReadonlyMap<string, Stored>): Map<string, UserOutcome> {
  const byUser = new Map<string, UserOutcome>();
  for (const outcome of outcomes) {
    const user = userOf(outcome, stored);
    const other = byUser.get(user);
    if (!other || (other.failure && !outcome.failure)) byUser.set(user, outcome);
  }
  return byUser;
}

/** The key of the mirror: `wa_id` where Graph gave one, else whom the requested id is known to stand for. */
function userOf(outcome: UserOutcome, stored: ReadonlyMap<string, Stored>): string {
  if (outcome.waId !== undefined) return outcome.waId;
  const known = stored.get(outcome.identity.id);
  return isAlias(known) ? known.aliasOf : outcome.identity.id;
}

/** Ids other than the key under which a user was named, where nothing stands yet but perhaps an old refusal. */
function aliases(
  outcomes: readonly UserOutcome[],
  stored: ReadonlyMap<string, Stored>,
  byUser: ReadonlyMap<string, UserOutcome>,
): MirrorWrite[] {
  const writes = new Map<string, MirrorWrite>();
  for (const outcome of outcomes) {
    if (outcome.failure) continue;
    const user = userOf(outcome, stored);
    for (const id of [outcome.identity.id, outcome.userId]) {
      if (id === undefined || id === user || byUser.has(id)) continue;
      const prior = stored.get(id);
      if (isAlias(prior) ? prior.aliasOf === user : prior !== undefined && prior.state !== 'unknown') continue;
      const next: Alias = { aliasOf: user, revision: (prior?.revision ?? 0) + 1 };
      writes.set(id, { id, prior, next });
    }
  }
  return [...writes.values()];
}

function mirrorUser(stored: Stored | undefined): MirrorUser | undefined {
  return stored === undefined || isAlias(stored) ? undefined : stored;
}

/** A number that used to be an alias and now is a user of its own takes the alias's place. */
function afterAlias(next: MirrorUser, prior: Stored | undefined): MirrorUser {
  return isAlias(prior) ? { ...next, revision: prior.revision + 1 } : next;
}

async function read(
  store: BlocklistStore,
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
