import { changeUsers } from '../blocklist/change-users.ts';
import { type Identity, parseIdentity } from '../blocklist/identity.ts';
import {
  type Alias,
  type AuditEvent,
  isAlias,
  type MirrorUser,
  mirrorUser,
  SERVICE_ACTOR,
} from '../blocklist/mirror.ts';
import { readUsers } from '../blocklist/read-users.ts';
import type { MirrorWrite } from '../blocklist/store.ts';
import type { ChangedIdentity } from './notice.ts';
import type { ReceiveWebhookDeps } from './receive-webhook.ts';

/** Former ids that are kept of a user: nobody changes their number more often, and an item must not grow without end. */
const MOST_FORMER_IDS = 20;

/**
 * Follows a user to a new number or id: what is wanted of them holds for the new identity, at Graph too, and their history
 * goes along. At Graph the new one is blocked before the old one is unblocked, so that there is no gap. False where nothing
 * is known of them, or they have moved already.
 *
 * Meta does not say whether its own list follows a user. Both calls are right either way: whoever is blocked stays blocked,
 * and an old number, which somebody else may get, does not.
 */
export async function moveUser(
  deps: ReceiveWebhookDeps,
  phoneNumberId: string,
  change: ChangedIdentity,
): Promise<boolean> {
  const known = await readUsers(deps.store, phoneNumberId, change.from, true);
  const found = [...known.values()].flatMap(({ stored }) => mirrorUser(stored) ?? []);
  const source = found[0];
  if (!source) return false;
  const isNumber = /^\d+$/.test(source.user);
  // A user who is known by number keeps that where only the BSUID is another one.
  const target = change.waId ?? (isNumber ? source.user : change.userId);
  if (target === undefined) return false;
  if (target === source.user) return rename(deps, phoneNumberId, change, source);

  const identity = parseIdentity(target);
  const before = parseIdentity(source.user);
  if (!identity || !before) return false;
  if (!(await carryOver(deps, phoneNumberId, source, before, identity))) return false;
  return link(deps, phoneNumberId, change, source, target);
}

/**
 * The user's block, or the deferred one, for the new identity; then the end of it for the old one. False where Graph takes
 * no block for the new one: then everything stays as it is.
 */
async function carryOver(
  deps: ReceiveWebhookDeps,
  phoneNumberId: string,
  source: MirrorUser,
  from: Identity,
  to: Identity,
): Promise<boolean> {
  if (source.state !== 'blocked' && source.state !== 'deferred') return true;
  const { actor, onBehalfOf, reason, expiresAt } = source;
  const credentials = await deps.tokens.credentials(phoneNumberId);
  const isOver = expiresAt !== undefined && expiresAt <= new Date(deps.clock.now()).toISOString();
  const request = { phoneNumberId, credentials, source: 'webhook' as const };
  if (!isOver) {
    const asked = { actor, onBehalfOf, reason, expiresAt, defer: true };
    const [outcome] = await changeUsers(deps, { ...request, ...asked, action: 'block', identities: [to] });
    if (outcome?.failure) {
      deps.log.problem('a block did not follow its user', {
        phone_number_id: phoneNumberId,
        code: outcome.failure.code,
      });
      return false;
    }
  }
  await changeUsers(deps, { ...request, actor: SERVICE_ACTOR, action: 'unblock', identities: [from] });
  return true;
}

/** Makes the old id lead to the new one, and its history belong to it. */
async function link(
  { store, clock, newId }: ReceiveWebhookDeps,
  phoneNumberId: string,
  change: ChangedIdentity,
  was: MirrorUser,
  target: string,
): Promise<boolean> {
  const from = was.user;
  const nowMs = clock.now();
  const stored = await store.getUsers(phoneNumberId, [from, target], true);
  const source = mirrorUser(stored.get(from));
  if (!source) return false;
  const prior = stored.get(target);
  const own = mirrorUser(prior);
  const next: MirrorUser = {
    ...(own ?? { ...source, counted: undefined }),
    user: target,
    waId: change.waId ?? own?.waId,
    userId: change.userId ?? own?.userId,
    blockedAt: own?.state === 'blocked' ? (was.blockedAt ?? own.blockedAt) : undefined,
    formerly: [...new Set([from, ...(source.formerly ?? []), ...(own?.formerly ?? [])])]
      .filter((id) => id !== target)
      .slice(0, MOST_FORMER_IDS),
    revision: (prior?.revision ?? 0) + 1,
  };
  const event = eventOf(change, target, from, new Date(nowMs).toISOString(), newId(nowMs));
  const lost = await store.putUsersWithEvents(phoneNumberId, [{ id: target, prior, next, event }]);
  if (lost.length > 0) return false;
  const others = [source.userId, source.input.replace(/^\+/, ''), change.userId];
  await pointTo(store, phoneNumberId, target, [from, ...others.filter((id) => id !== undefined)]);
  return true;
}

/** The same user, with another BSUID. */
async function rename(
  { store, clock, newId }: ReceiveWebhookDeps,
  phoneNumberId: string,
  change: ChangedIdentity,
  prior: MirrorUser,
): Promise<boolean> {
  const { userId } = change;
  if (userId === undefined || userId === prior.userId) return false;
  const nowMs = clock.now();
  const previous = prior.userId ?? change.from.find((id) => id !== prior.user) ?? prior.user;
  const event = eventOf(change, prior.user, previous, new Date(nowMs).toISOString(), newId(nowMs));
  const next = { ...prior, userId, revision: prior.revision + 1 };
  const lost = await store.putUsersWithEvents(phoneNumberId, [{ id: prior.user, prior, next, event }]);
  await pointTo(store, phoneNumberId, prior.user, [userId]);
  return lost.length === 0;
}

/** Ids under which the user may still be asked for. Whoever is a user of their own under one of them stays so. */
async function pointTo(
  store: ReceiveWebhookDeps['store'],
  phoneNumberId: string,
  target: string,
  ids: readonly string[],
): Promise<void> {
  const [former] = ids;
  const wanted = [...new Set(ids)].filter((id) => id !== target);
  const stored = await store.getUsers(phoneNumberId, wanted, true);
  const writes = wanted.flatMap((id): MirrorWrite[] => {
    const prior = stored.get(id);
    if (prior && !isAlias(prior) && (id !== former || prior.state === 'blocked' || prior.state === 'deferred'))
      return [];
    if (isAlias(prior) && prior.aliasOf !== former) return [];
    const next: Alias = { aliasOf: target, former: id === former || undefined, revision: (prior?.revision ?? 0) + 1 };
    return [{ id, prior, next }];
  });
  await store.putUsers(phoneNumberId, writes);
}

function eventOf(
  { action }: ChangedIdentity,
  user: string,
  previous: string,
  at: string,
  operationId: string,
): AuditEvent {
  return { user, at, operationId, action, outcome: 'succeeded', actor: SERVICE_ACTOR, source: 'webhook', previous };
}
