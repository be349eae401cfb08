import { DAY_MS } from '../durations.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock } from '../ports/services.ts';
import { isAlias, isWanted, type MirrorItem, type MirrorUser, MOST_PREVIOUS_IDS, mirrorUser } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import type { Move } from './notice.ts';
import { isLeftBy, pointTo } from './point-ids.ts';

export interface LinkDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'putUsers' | 'putUsersWithEvents'>;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
}

export interface Link {
  /** The user under the old id, before their block was carried over. */
  readonly was: MirrorUser;
  readonly target: string;
}

/** Attempts against other writers of the same user. */
const MAX_ATTEMPTS = 5;

/** Makes the old id lead to the new one, and moves its history there. */
export async function linkUser(deps: LinkDeps, move: Move, link: Link): Promise<boolean> {
  const { store, clock, newId } = deps;
  const { phoneNumberId, change } = move;
  const { was, target } = link;
  let from = was.user;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const nowMs = clock.now();
    const stored = await store.getUsers(phoneNumberId, [from, target], true);
    const prior = stored.get(target);
    const own = mirrorUser(prior);
    const remaining = stored.get(from);
    // Graph named the user by another id when it unblocked them.
    if (isAlias(remaining) && !remaining.isPreviousId && remaining.aliasOf !== target) {
      from = remaining.aliasOf;
      continue;
    }
    const source = leftOf(link, remaining, own);
    if (!source) return false;
    if (own?.previousIds?.includes(from) && own.movedAt === change.at) return false;
    const next = linked(move, link, { from, source, own, at: isoTime(nowMs), revision: (prior?.revision ?? 0) + 1 });
    const event = moveEvent(move, {
      user: target,
      previous: from,
      at: isoTime(nowMs),
      operationId: newId(nowMs),
    });
    const lockConflicts = await store.putUsersWithEvents(phoneNumberId, [{ id: target, prior, next, event }]);
    if (lockConflicts.length > 0) continue;
    const named = [was, source].flatMap(({ user, userId, input }) => [user, userId, input.replace(/^\+/, '')]);
    const others = [...named, change.userId, ...(source.previousIds ?? [])];
    await pointTo(store, move, { target, from, others: others.flatMap((id) => id ?? []) });
    return true;
  }
  return false;
}

/** What the old id has to pass on. */
function leftOf(
  { was, target }: Link,
  remaining: MirrorItem | undefined,
  own: MirrorUser | undefined,
): MirrorUser | undefined {
  // Graph answered for the old form of the number with the new one.
  if (isAlias(remaining))
    return remaining.aliasOf === target && remaining.isPreviousId !== true && own ? was : undefined;
  // The old number was blocked again meanwhile, perhaps as somebody else's. Such a state is not passed on.
  return remaining && !isWanted(remaining) ? remaining : undefined;
}

interface Linked {
  readonly from: string;
  readonly source: MirrorUser;
  readonly own: MirrorUser | undefined;
  /** ISO 8601: now. */
  readonly at: string;
  readonly revision: number;
}

function linked({ change }: Move, { was, target }: Link, { from, source, own, at, revision }: Linked): MirrorUser {
  const sameId = otherForm(was.user) === target ? source.userId : undefined;
  const userId = change.userId ?? own?.userId ?? sameId;
  const all = [from, was.user, source.userId, own?.userId, source.previousIds, own?.previousIds].flat();
  const current = new Set([undefined, target, userId]);
  const previousIds = [...new Set(all)]
    .flatMap((id) => (id === undefined || current.has(id) ? [] : [id]))
    .slice(0, MOST_PREVIOUS_IDS);
  // Numbers that the user left now, and those left before.
  const left = previousIds.filter((id) => isLeftBy(target, id, from)).map((id) => [id, at] as const);
  return {
    ...(own ?? { ...source, change: 'confirmed' }),
    user: target,
    waId: change.waId === undefined ? own?.waId : target,
    userId,
    blockedAt: own?.state === 'blocked' ? (was.blockedAt ?? own.blockedAt) : undefined,
    previousIds,
    leftAt: { ...Object.fromEntries(left), ...source.leftAt, ...own?.leftAt },
    movedAt: change.at,
    tookOver: own?.movedAt === change.at ? own.tookOver : undefined,
    revision,
  };
}

/** The same user with another BSUID. */
export async function nameUser({ store, clock, newId }: LinkDeps, move: Move, prior: MirrorUser): Promise<boolean> {
  const { phoneNumberId, change } = move;
  const { userId } = change;
  if (userId === undefined || userId === prior.userId) return false;
  const nowMs = clock.now();
  const previous = prior.userId ?? change.from.find((id) => id !== prior.user) ?? prior.user;
  const at = isoTime(nowMs);
  const event = moveEvent(move, { user: prior.user, previous, at, operationId: newId(nowMs) });
  const previousIds = [
    ...new Set([...(prior.userId === undefined ? [] : [prior.userId]), ...(prior.previousIds ?? [])]),
  ];
  const next = {
    ...prior,
    userId,
    previousIds: previousIds.filter((id) => id !== userId).slice(0, MOST_PREVIOUS_IDS),
    movedAt: change.at,
    tookOver: isSoonAfter(prior.movedAt, change.at) ? prior.tookOver : undefined,
    revision: prior.revision + 1,
  };
  const lockConflicts = await store.putUsersWithEvents(phoneNumberId, [{ id: prior.user, prior, next, event }]);
  await pointTo(store, move, { target: prior.user, others: [userId] });
  return lockConflicts.length === 0;
}

/** Whether news from `at` may still be about the user who had the id until `movedAt`. */
function isSoonAfter(movedAt: string | undefined, at: string): boolean {
  return movedAt !== undefined && Date.parse(at) - Date.parse(movedAt) <= DAY_MS;
}

function moveEvent(
  { change: { action }, forwarder }: Move,
  of: Pick<AuditEvent, 'user' | 'previous' | 'at' | 'operationId'>,
): AuditEvent {
  return { ...of, action, outcome: 'succeeded', ...forwarder, source: 'webhook' };
}
