import { GraphError } from '../errors.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import { lastChange } from '../history/last-change.ts';
import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock } from '../ports/services.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { whoAndWhy } from '../users/asked.ts';
import type { Identity } from '../users/identity.ts';
import { isAlias, mirrorUser, type Requester, type Source } from '../users/mirror.ts';
import { type KnownUser, readUsers } from '../users/read-users.ts';
import type { Action, UserOutcome } from './outcome.ts';

export interface ConvergeDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'putUsers' | 'pageEvents' | 'appendEvents'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Asks Graph to change users. Gives one outcome for each, in their order. Throws `GraphError` if Graph refuses the whole
 * request.
 */
export type Ask = (action: Action, identities: readonly Identity[]) => Promise<readonly UserOutcome[]>;

/** The operation that converges, and how it calls Graph. */
export interface Converging extends Requester {
  readonly phoneNumberId: string;
  readonly operationId: string;
  readonly source: Source;
  readonly ask: Ask;
}

/** A user whose mirror item changes during the call is tried again, up to this many times in all. */
const MAX_ATTEMPTS = 3;

/**
 * Two operations on one user overlapped, and only Graph knows which of them it carried out last. So this function asks Graph
 * for the state that the mirror has, and then does two things. It writes the time of that call to the mirror item as an
 * observation, under the optimistic lock: if another operation's call was in progress at that time, that operation finds the
 * overlap there, and converges in turn. And it makes the user's history end with that state.
 *
 * Gives the ids for which this did not succeed. Their operation stays `uncertain`, and a reconciliation finds out what Graph
 * did.
 */
export async function converge(
  deps: ConvergeDeps,
  converging: Converging,
  conflicts: readonly Identity[],
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  let open = conflicts;
  for (let attempt = 1; open.length > 0 && attempt <= MAX_ATTEMPTS; attempt += 1) {
    const ids = open.map(({ id }) => id);
    const known = await readUsers(deps.store, { phoneNumberId: converging.phoneNumberId, ids, consistent: true });
    const lockConflicts: Identity[] = [];
    for (const action of ['block', 'unblock'] as const) {
      const users = open.flatMap((identity) => {
        const one = known.get(identity.id);
        return one && wantedOf(one) === action ? [{ ...one, identity }] : [];
      });
      const attempted = await tellGraph(deps, converging, { action, users });
      for (const { id } of attempted.failed) failed.add(id);
      lockConflicts.push(...attempted.lockConflicts);
    }
    open = lockConflicts;
  }
  for (const { id } of open) failed.add(id);
  return failed;
}

function wantedOf({ stored }: KnownUser): Action {
  return mirrorUser(stored)?.state === 'blocked' ? 'block' : 'unblock';
}

interface Attempted {
  readonly failed: readonly Identity[];
  /** Another operation changed these users meanwhile. */
  readonly lockConflicts: readonly Identity[];
}

/** Users for whom the mirror wants the same change. */
interface Wanted<User extends KnownUser = KnownUser> {
  readonly action: Action;
  readonly users: readonly User[];
}

/** Asks Graph for the same change of all these users, and records it. */
async function tellGraph(
  deps: ConvergeDeps,
  converging: Converging,
  { action, users }: Wanted<KnownUser & { readonly identity: Identity }>,
): Promise<Attempted> {
  const { store, clock } = deps;
  const identities = users.map(({ identity }) => identity);
  if (identities.length === 0) return { failed: [], lockConflicts: [] };
  const startedMs = clock.now();
  let failed: Set<string>;
  try {
    const outcomes = await converging.ask(action, identities);
    failed = new Set(outcomes.flatMap(({ identity, failure }) => (failure ? [identity.id] : [])));
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { failed: identities, lockConflicts: [] };
  }
  const answeredMs = clock.now();
  const taken = users.filter(({ identity }) => !failed.has(identity.id));
  const writes = new Map(taken.flatMap((one) => observe(one, startedMs, answeredMs)).map((write) => [write.id, write]));
  const lockConflicts = new Set(await store.putUsers(converging.phoneNumberId, [...writes.values()]));
  const observed = new Map(taken.filter(({ user }) => !lockConflicts.has(user)).map((one) => [one.user, one]));
  await recordCorrections(deps, converging, { action, users: [...observed.values()] });
  return {
    failed: identities.filter(({ id }) => failed.has(id)),
    lockConflicts: taken.flatMap(({ user, identity }) => (lockConflicts.has(user) ? [identity] : [])),
  };
}

/**
 * Writes when Graph had the state of the mirror. An alias is not written, except one that is a previous id of a user who moved:
 * Graph was asked about that id itself.
 */
function observe({ user, stored }: KnownUser, startedMs: number, answeredMs: number): MirrorWrite[] {
  if (stored === undefined || (isAlias(stored) && !stored.isPreviousId)) return [];
  const observedMs = Math.max(startedMs, Date.parse(stored.observedAt ?? isoTime(0)));
  const seen = { observedAt: isoTime(observedMs), callDurationMs: Math.max(answeredMs - observedMs, 0) };
  return [{ id: user, prior: stored, next: { ...stored, ...seen, revision: stored.revision + 1 } }];
}

/** Makes the history of each user end with the state of the mirror, whatever overlapping operations recorded. */
async function recordCorrections(
  { store, clock }: ConvergeDeps,
  { phoneNumberId, operationId, ...own }: Converging,
  { action, users }: Wanted,
): Promise<void> {
  const nowMs = clock.now();
  const events = await Promise.all(
    users.map(async ({ user, stored }): Promise<AuditEvent[]> => {
      const last = await lastChange(store, phoneNumberId, user);
      if (!last || last.action === action) return [];
      const at = isoTime(Math.max(nowMs, Date.parse(last.at) + 1));
      const asked = mirrorUser(stored) ?? own;
      return [{ user, at, operationId, action, outcome: 'succeeded', ...whoAndWhy(asked), source: asked.source }];
    }),
  );
  await store.appendEvents(phoneNumberId, events.flat());
}
