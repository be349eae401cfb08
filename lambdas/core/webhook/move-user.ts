import { DAY_MS } from '../durations.ts';
import { parseIdentity } from '../users/identity.ts';
import { isWanted, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { isNumber, otherForm } from '../users/number-forms.ts';
import { type KnownUser, readUsers } from '../users/read-users.ts';
import { type CarryOverDeps, carryOver } from './carry-over.ts';
import { linkUser, nameUser } from './link-user.ts';
import type { Move, NotMoved } from './notice.ts';
import { pointTo } from './point-ids.ts';
import { takeOver } from './take-over.ts';

type End = 'moved' | 'unchanged' | NotMoved;

/**
 * Follows a user to a new number or id. Their block, or deferred block, then holds for the new identity, at Graph too, and
 * their history goes along. `unchanged` if nothing is known about them, or if they have moved already.
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
  // If a known user had this id before, it belongs to somebody else by now, and so does the news.
  const found = new Map([...known.values()].map(({ user, stored }) => [user, mirrorUser(stored)] as const));
  const isSameNumber = forms.includes(to.id);
  const target = await targetOf(deps, move, { to: to.id, isSameNumber });
  if ([...known.values(), target].some(({ stored }) => isLater(stored?.movedAt, change.at))) return 'older_than_known';
  // The number is the same; only the BSUID differs.
  const same = found.get(target.user);
  const sources = [...found.values()].flatMap((user) => (user && user.user !== target.user ? [user] : []));
  if (same && (sources.length === 0 || change.from.some((id) => known.get(id)?.user === target.user))) {
    return (await nameUser(deps, move, same)) ? 'moved' : 'unchanged';
  }

  let isMoved = false;
  for (const source of sources.sort(byWhatIsWanted)) {
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

/** The user who is known by the new id, or by the other form of that number, unless the moving user had that form before. */
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
    // The news was delivered before. A user who was blocked by the old id since then may be somebody else.
    if (!isWanted(source)) await pointTo(deps.store, move, { target: target.user, from: source.user, others: [] });
    return 'unchanged';
  }
  if (source.movedAt === change.at) return 'unchanged';
  if (!isSameNumber && isNumber(source.user) && isOfSomebodySince(source, change.at)) return 'another_user';
  // A BSUID never belongs to somebody else, and the number may be the same beside a new one.
  const isNumberChange = isNumber(to) && !isSameNumber && change.from.some(isNumber);
  const before = isNumberChange && own && isOfSomebodyBefore(own, change.at) ? own : undefined;
  if (before && isWanted(before)) return 'another_user';
  const theirs = before ? await takeOver(deps.store, move, before) : own;
  const key = await carryOver(deps, move, { source, target: target.user, own: theirs, isSameNumber });
  if (key === undefined) return 'refused_by_graph';
  return key !== source.user && (await linkUser(deps, move, { was: source, target: key })) ? 'moved' : 'unchanged';
}

/**
 * Whether the user under the old id is not the one who moved. Graph blocks only users who wrote within a day, so a block that
 * was made more than a day after the move is for the new owner of the id. If two users swap their ids, the next news about
 * one of them may be about either.
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

/** An item with only a refusal says nothing about anybody. */
function hasState(user: MirrorUser | undefined): boolean {
  return user !== undefined && user.state !== 'unknown';
}

function isLater(one: string | undefined, other: string): boolean {
  return one !== undefined && one > other;
}

function byWhatIsWanted(one: MirrorUser, other: MirrorUser): number {
  return Number(isWanted(other)) - Number(isWanted(one));
}
