import { DAY_MS } from '../durations.ts';
import { parseIdentity } from '../users/identity.ts';
import { isWanted, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { isNumber, otherForm } from '../users/number-forms.ts';
import { type KnownUser, readUsers } from '../users/read-users.ts';
import { type CarryOverDeps, carryOver } from './carry-over.ts';
import { linkUser } from './link-user.ts';
import { nameUser } from './name-user.ts';
import type { Move, NotMoved } from './notice.ts';
import { pointTo } from './point-ids.ts';
import { takeOver } from './take-over.ts';

type End = 'moved' | 'unchanged' | NotMoved;

/**
 * Follows a user to a new number or id that WhatsApp announced (the news). Their block, or deferred block, then holds for the
 * new identity, at Graph too, and their history goes along. `unchanged` if nothing is known about them, or if they have moved
 * already.
 *
 * The user is not followed, and everything stays as it is, if a later change of the same ids is known, if the news could
 * transfer one person's block to another, or if Graph does not accept the block for the new identity or does not unblock the
 * old one. Throws `GraphError` if that may be temporary.
 */
export async function moveUser(deps: CarryOverDeps, move: Move): Promise<End> {
  const { store } = deps;
  const { phoneNumberId, change } = move;
  const to = parseIdentity(change.waId ?? change.userId ?? '');
  if (!to) return 'unchanged';
  const forms = change.from.flatMap((id) => otherForm(id) ?? []);
  const known = await readUsers(store, {
    phoneNumberId,
    ids: [...new Set([...change.from, ...forms])],
    consistent: true,
  });
  if ([...known.values()].every(({ stored }) => stored === undefined)) return 'unchanged';
  // An id that a known user had before is an alias, and is left out here: it belongs to somebody else by now, and the news is
  // about that person.
  const found = new Map([...known.values()].map(({ user, stored }) => [user, mirrorUser(stored)] as const));
  const isSameNumber = forms.includes(to.id);
  const target = await targetOf(deps, move, { to: to.id, isSameNumber });
  if ([...known.values(), target].some(({ stored }) => isLater(stored?.movedAt, change.at))) return 'older_than_known';
  // If the new id leads to this user already, only their BSUID is new.
  const same = found.get(target.user);
  const sources = [...found.values()].flatMap((user) => (user && user.user !== target.user ? [user] : []));
  if (same && (sources.length === 0 || change.from.some((id) => known.get(id)?.user === target.user))) {
    return (await nameUser(deps, move, same)) ? 'moved' : 'unchanged';
  }

  let isMoved = false;
  for (const source of sources.sort(blockedFirst)) {
    const end = await follow(deps, move, { source, to: to.id, isSameNumber });
    if (end !== 'moved' && end !== 'unchanged') return end;
    isMoved ||= end === 'moved';
  }
  return isMoved ? 'moved' : 'unchanged';
}

/** The id that the user has now. */
interface NewId {
  readonly to: string;
  /** Whether it is another form of the number that they had. */
  readonly isSameNumber: boolean;
}

/**
 * The user who is known by the new id. If nobody is, the user who is known by the other form of that number, unless that form is
 * the number that the moving user had.
 */
async function targetOf(
  { store }: CarryOverDeps,
  { phoneNumberId }: Move,
  { to, isSameNumber }: NewId,
): Promise<KnownUser> {
  const form = isSameNumber ? undefined : otherForm(to);
  const known = await readUsers(store, {
    phoneNumberId,
    ids: form === undefined ? [to] : [to, form],
    consistent: true,
  });
  const own = known.get(to) ?? { user: to, stored: undefined };
  const other = form === undefined ? undefined : known.get(form);
  return !hasState(mirrorUser(own.stored)) && hasState(mirrorUser(other?.stored)) ? (other ?? own) : own;
}

async function follow(
  deps: CarryOverDeps,
  move: Move,
  { source, to, isSameNumber }: NewId & { readonly source: MirrorUser },
): Promise<End> {
  const { change } = move;
  const target = await targetOf(deps, move, { to, isSameNumber });
  const own = mirrorUser(target.stored);
  if (own?.previousIds?.includes(source.user) && own.movedAt === change.at) {
    // The news was delivered before. If a user was blocked by the old id since then, it may be somebody else, so it stays.
    const others = [change.userId, ...own.previousIds].flatMap((id) => id ?? []);
    if (!isWanted(source)) await pointTo(deps.store, move, { target: target.user, from: source.user, others });
    return 'unchanged';
  }
  if (source.movedAt === change.at) return 'unchanged';
  if (!isSameNumber && isNumber(source.user) && isOfSomebodySince(source, change.at)) return 'another_user';
  // Only a number can have had a previous owner. A new BSUID belongs to nobody else, and its user may have kept their number.
  const isNumberChange = isNumber(to) && !isSameNumber && change.from.some(isNumber);
  const before = isNumberChange && own && isOfSomebodyBefore(own, change.at) ? own : undefined;
  if (before && isWanted(before)) return 'another_user';
  // The block stays where it is: it is neither made under another id of a protected user, nor ended without being asked.
  if (isWanted(source)) {
    const ids = [source.user, source.userId, target.user, own?.userId, to, ...change.from];
    const known = await deps.protectedIds.get();
    if (ids.some((id) => id !== undefined && known.has(id))) return 'protected_user';
  }
  const theirs = before ? await takeOver(deps.store, move, before) : own;
  const key = await carryOver(deps, move, { source, target: target.user, own: theirs, isSameNumber });
  if (key === undefined) return 'refused_by_graph';
  return key !== source.user && (await linkUser(deps, move, { was: source, target: key })) ? 'moved' : 'unchanged';
}

/**
 * Whether the user under the old id is not the one who moved. Graph blocks only users who wrote within a day, so a block that
 * was made more than a day after the move is for the new owner of the id. And if this user took over the number at most a day
 * before the move (two users may swap their numbers), the news may be about either of the two.
 */
function isOfSomebodySince(source: MirrorUser, at: string): boolean {
  const { movedAt, tookOver } = source;
  if (isWanted(source) && Date.parse(since(source)) > Date.parse(at) + DAY_MS) return true;
  return tookOver === true && movedAt !== undefined && Date.parse(at) - Date.parse(movedAt) <= DAY_MS;
}

/** Whether what is stored under the new number is from before the user got it. Then it belongs to the previous owner. */
function isOfSomebodyBefore(own: MirrorUser, at: string): boolean {
  return hasState(own) && own.movedAt !== at && isLater(at, since(own));
}

/** Since when the present state of the user is known. */
function since({ state, blockedAt, deferredAt, observedAt }: MirrorUser): string {
  if (state === 'blocked') return blockedAt ?? observedAt;
  return state === 'deferred' ? (deferredAt ?? observedAt) : observedAt;
}

/** If only a refusal is stored, nothing is known about the user. */
function hasState(user: MirrorUser | undefined): boolean {
  return user !== undefined && user.state !== 'unknown';
}

function isLater(one: string | undefined, other: string): boolean {
  return one !== undefined && one > other;
}

/** Users whose block or deferred block must follow them come first. */
function blockedFirst(one: MirrorUser, other: MirrorUser): number {
  return Number(isWanted(other)) - Number(isWanted(one));
}
