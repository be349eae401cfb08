import { type Alias, type AuditEvent, isAlias, type MirrorUser, mirrorUser } from '../blocklist/mirror.ts';
import type { BlocklistStore, MirrorWrite } from '../blocklist/store.ts';
import type { Clock } from '../ports.ts';
import type { ChangedIdentity, Forwarder } from './notice.ts';

export interface LinkDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'putUsers' | 'putUsersWithEvents'>;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
}

/** A user's news of one number, and who forwarded it. */
export interface Move {
  readonly phoneNumberId: string;
  readonly change: ChangedIdentity;
  readonly forwarder: Forwarder;
}

/** Former ids that are kept of a user: nobody changes their number more often, and an item must not grow without end. */
const MOST_FORMER_IDS = 20;
/** Rounds against other writers of the same user. */
const ROUNDS = 5;

/** Makes the old id lead to the new one, and its history belong to it. `was` is the old one before its block was carried over. */
export async function linkUser(
  { store, clock, newId }: LinkDeps,
  move: Move,
  was: MirrorUser,
  target: string,
): Promise<boolean> {
  const { phoneNumberId, change } = move;
  const from = was.user;
  for (let round = 0; round < ROUNDS; round += 1) {
    const nowMs = clock.now();
    const stored = await store.getUsers(phoneNumberId, [from, target], true);
    const source = mirrorUser(stored.get(from));
    const prior = stored.get(target);
    const own = mirrorUser(prior);
    // Blocked anew meanwhile, perhaps as somebody else's number: that is no state to hand on.
    if (!source || source.state === 'blocked' || source.state === 'deferred') return false;
    if (own?.formerly?.includes(from)) return false;
    const next: MirrorUser = {
      ...(own ?? { ...source, change: 'refreshed' }),
      user: target,
      waId: change.waId ?? own?.waId,
      userId: change.userId ?? own?.userId,
      blockedAt: own?.state === 'blocked' ? (was.blockedAt ?? own.blockedAt) : undefined,
      formerly: [...new Set([from, ...(source.formerly ?? []), ...(own?.formerly ?? [])])]
        .filter((id) => id !== target)
        .slice(0, MOST_FORMER_IDS),
      revision: (prior?.revision ?? 0) + 1,
    };
    const event = eventOf(move, {
      user: target,
      previous: from,
      at: new Date(nowMs).toISOString(),
      operationId: newId(nowMs),
    });
    const lost = await store.putUsersWithEvents(phoneNumberId, [{ id: target, prior, next, event }]);
    if (lost.length > 0) continue;
    const others = [source.userId, source.input.replace(/^\+/, ''), change.userId];
    await pointTo(
      store,
      phoneNumberId,
      target,
      from,
      others.flatMap((id) => id ?? []),
    );
    return true;
  }
  return false;
}

/** The same user, with another BSUID. */
export async function nameUser({ store, clock, newId }: LinkDeps, move: Move, prior: MirrorUser): Promise<boolean> {
  const { phoneNumberId, change } = move;
  const { userId } = change;
  if (userId === undefined || userId === prior.userId) return false;
  const nowMs = clock.now();
  const previous = prior.userId ?? change.from.find((id) => id !== prior.user) ?? prior.user;
  const at = new Date(nowMs).toISOString();
  const event = eventOf(move, { user: prior.user, previous, at, operationId: newId(nowMs) });
  const next = { ...prior, userId, revision: prior.revision + 1 };
  const lost = await store.putUsersWithEvents(phoneNumberId, [{ id: prior.user, prior, next, event }]);
  await pointTo(store, phoneNumberId, prior.user, undefined, [userId]);
  return lost.length === 0;
}

/**
 * Ids under which the user may still be asked for: one that they had before, and others of theirs. Whoever is a user of
 * their own under one of them stays so.
 */
export async function pointTo(
  store: LinkDeps['store'],
  phoneNumberId: string,
  target: string,
  former: string | undefined,
  others: readonly string[],
): Promise<void> {
  const wanted = [...new Set([...(former === undefined ? [] : [former]), ...others])].filter((id) => id !== target);
  const stored = await store.getUsers(phoneNumberId, wanted, true);
  const writes = wanted.flatMap((id): MirrorWrite[] => {
    const prior = stored.get(id);
    const item = mirrorUser(prior);
    if (item && (id !== former || item.state === 'blocked' || item.state === 'deferred')) return [];
    if (isAlias(prior) && prior.aliasOf !== former) return [];
    const revision = (prior?.revision ?? 0) + 1;
    const next: Alias =
      id === former ? { ...seenOf(item), aliasOf: target, former: true, revision } : { aliasOf: target, revision };
    return [{ id, prior, next }];
  });
  await store.putUsers(phoneNumberId, writes);
}

/** When Graph was last known to have the id unblocked: a refusal says nothing of that. */
function seenOf(item: MirrorUser | undefined): Pick<Alias, 'observedAt' | 'callMs'> {
  return item?.state === 'unblocked' ? { observedAt: item.observedAt, callMs: item.callMs } : {};
}

function eventOf(
  { change: { action }, forwarder }: Move,
  of: Pick<AuditEvent, 'user' | 'previous' | 'at' | 'operationId'>,
): AuditEvent {
  return { ...of, action, outcome: 'succeeded', ...forwarder, source: 'webhook' };
}
