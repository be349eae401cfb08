import { type ChangeUsersDeps, changeUsers } from '../blocklist/change-users.ts';
import { type Identity, parseIdentity } from '../blocklist/identity.ts';
import { type MirrorUser, mirrorUser } from '../blocklist/mirror.ts';
import type { Action, Failure } from '../blocklist/outcome.ts';
import { readUsers } from '../blocklist/read-users.ts';
import { GraphError } from '../errors.ts';
import { isRetryableForUser } from '../graph-codes.ts';
import type { Log } from '../ports.ts';
import { linkUser, type Move, nameUser, pointTo } from './link-user.ts';

export interface MoveUserDeps extends ChangeUsersDeps {
  readonly log: Log;
}

/**
 * Follows a user to a new number or id: what is wanted of them holds for the new identity, at Graph too, and their history
 * goes along. At Graph the new one is blocked before the old one is unblocked, so that there is no gap. `unchanged` where
 * nothing is known of them, or they have moved already; `refused` where Graph takes no block for the new one, or does not let
 * go of the old one: then everything stays as it is. Throws `GraphError` where that may pass.
 *
 * Meta does not say whether its own list follows a user. The calls are right either way: whoever is blocked stays blocked,
 * and an old number, which somebody else may get, does not. A new BSUID without a number means another number that Meta does
 * not share (Meta's changelog of business-scoped user ids, August 2026).
 */
export async function moveUser(deps: MoveUserDeps, move: Move): Promise<'moved' | 'refused' | 'unchanged'> {
  const { store } = deps;
  const { phoneNumberId, change } = move;
  const to = parseIdentity(change.waId ?? change.userId ?? '');
  if (!to) return 'unchanged';
  const known = await readUsers(store, phoneNumberId, change.from, true);
  // An id that a known user had before is somebody else's by now, and so is the news.
  const found = new Map([...known.values()].map(({ user, stored }) => [user, mirrorUser(stored)] as const));
  // The number is the same; only the BSUID is another one.
  const same = found.get(to.id);
  if (same) return (await nameUser(deps, move, same)) ? 'moved' : 'unchanged';

  let end: 'moved' | 'refused' | 'unchanged' = 'unchanged';
  for (const source of [...found.values()].flatMap((user) => user ?? []).sort(byWhatIsWanted)) {
    const own = mirrorUser((await store.getUsers(phoneNumberId, [to.id], true)).get(to.id));
    if (own?.formerly?.includes(source.user)) {
      // The news came before. Whoever is blocked by the old id since then may be somebody else.
      if (!isWanted(source)) await pointTo(store, phoneNumberId, to.id, source.user, []);
    } else if (!(await carryOver(deps, move, { source, to, own }))) {
      if (end === 'unchanged') end = 'refused';
    } else if (await linkUser(deps, move, source, to.id)) end = 'moved';
  }
  return end;
}

function isWanted({ state }: MirrorUser): boolean {
  return state === 'blocked' || state === 'deferred';
}

function byWhatIsWanted(one: MirrorUser, other: MirrorUser): number {
  return Number(isWanted(other)) - Number(isWanted(one));
}

/** The user's block, or the deferred one, for the new identity; then the end of it for the old one. */
async function carryOver(
  deps: MoveUserDeps,
  move: Move,
  { source, to, own }: { readonly source: MirrorUser; readonly to: Identity; readonly own: MirrorUser | undefined },
): Promise<boolean> {
  const from = parseIdentity(source.user);
  if (!isWanted(source) || !from) return true;
  const now = new Date(deps.clock.now()).toISOString();
  const isOver = source.expiresAt !== undefined && source.expiresAt <= now;
  // A block of the new one's own keeps its terms.
  const isMade = own?.state === 'blocked';
  if (!isOver && !isMade && !(await change(deps, move, 'block', { identity: to, asked: source }))) return false;
  if (!(await change(deps, move, 'unblock', { identity: from }))) return false;
  if (isOver && !isMade) return true;
  // For Graph, a number and a BSUID may be one user, whom it has just unblocked.
  if (to.kind === 'phone' && from.kind === 'phone') return true;
  const asked = mirrorUser((await deps.store.getUsers(move.phoneNumberId, [to.id], true)).get(to.id));
  if (asked?.state === 'blocked') await change(deps, move, 'block', { identity: to, asked });
  return true;
}

/** One user's change, with the terms of `asked`. False where Graph does not take it, and the log says so. */
async function change(
  deps: MoveUserDeps,
  { phoneNumberId, forwarder }: Move,
  action: Action,
  { identity, asked }: { readonly identity: Identity; readonly asked?: MirrorUser },
): Promise<boolean> {
  const terms = asked && {
    reason: asked.reason,
    expiresAt: asked.expiresAt,
    defer: true,
    blockedBy: requesterOf(asked),
  };
  let failure: Pick<Failure, 'code' | 'message'> | undefined;
  try {
    const credentials = await deps.tokens.credentials(phoneNumberId);
    const request = { phoneNumberId, credentials, action, ...forwarder, ...terms, source: 'webhook' as const };
    failure = (await changeUsers(deps, { ...request, identities: [identity] }))[0]?.failure;
  } catch (error) {
    if (!(error instanceof GraphError) || (error.kind !== 'list_full' && error.kind !== 'permanent')) throw error;
    failure = error;
  }
  if (!failure) return true;
  const { code, message } = failure;
  if (isRetryableForUser(code)) throw new GraphError({ kind: 'transient', code, message });
  deps.log.problem('a block did not follow its user', { phone_number_id: phoneNumberId, action, code });
  return false;
}

function requesterOf({ actor, onBehalfOf }: MirrorUser) {
  return { actor, onBehalfOf };
}
