import { type AttemptContext, isSameCaller } from '../changes/attempt-context.ts';
import { LIST_FULL } from '../changes/capacity.ts';
import { PROTECTED } from '../changes/guard.ts';
import { type Action, detailsOf, type Failure, malformed } from '../changes/outcome.ts';
import { transition } from '../changes/transition.ts';
import type { EntryList } from '../users/entries.ts';
import type { Identity } from '../users/identity.ts';
import { type MirrorUser, mirrorUser, type UserState } from '../users/mirror.ts';
import type { KnownUser } from '../users/read-users.ts';

/** What a request would do, counted by its distinct entries. */
export interface PlannedUsers {
  /** Entries, duplicates included. */
  readonly sent: number;
  /** The sum of all that follow. */
  readonly distinct: number;
  /** Users whose state would change. */
  readonly new: number;
  /** Users who are blocked already or, for an unblock, not blocked. */
  readonly already: number;
  readonly malformed: number;
  readonly protected: number;
  /** Users for whom the list has no room. */
  readonly noRoom: number;
}

/** What would happen to an entry that is not simply new. */
export interface PlannedResult {
  readonly input: string;
  readonly would: Action | 'nothing' | 'fail';
  /** The present state of the user. */
  readonly state?: UserState | undefined;
  readonly code?: number | undefined;
  readonly message?: string | undefined;
}

export interface NumberPlan {
  readonly users: PlannedUsers;
  /** In the order of the entries. */
  readonly results: readonly PlannedResult[];
}

/** What is known when a request is planned. */
export interface Known {
  readonly users: ReadonlyMap<string, KnownUser>;
  readonly isProtected: (id: string) => boolean;
  /** How many more users the list can hold. */
  readonly room: number;
}

type Kind = Exclude<keyof PlannedUsers, 'sent' | 'distinct'>;
/** Without a result, the user is simply new. */
type Planned = { readonly kind: Kind } & Partial<Omit<PlannedResult, 'input'>>;

/**
 * What a request would do to each user, by the rules of the real run: `transition` decides, as if Graph accepted everybody. Only
 * Graph knows who is not on WhatsApp, and who did not write in the last 24 hours.
 */
export function planUsers(list: EntryList, context: AttemptContext, known: Known): NumberPlan {
  const counts = { new: 0, already: 0, malformed: 0, protected: 0, noRoom: 0 };
  const results: PlannedResult[] = [];
  /** The kind of each user so far: several ids may be one user. */
  const seen = new Map<string, Kind>();
  let { room } = known;
  const plan = (identity: Identity): Planned => {
    const found = known.users.get(identity.id);
    // By an id that somebody had before, Graph means its present owner.
    const isKnown = found !== undefined && found.alias?.isPreviousId !== true;
    const user = isKnown ? found.user : identity.id;
    // Graph would name the user by these.
    const ids = [identity.id, user, isKnown ? mirrorUser(found.stored)?.userId : undefined];
    if (context.action === 'block' && ids.some((id) => id !== undefined && known.isProtected(id)))
      return fails('protected', PROTECTED);
    const before = seen.get(user);
    if (before && before !== 'noRoom')
      return { kind: 'already', would: 'nothing', message: 'The user of an earlier entry' };
    const mirrored = planUser(isKnown ? mirrorUser(found.stored) : undefined, { user, identity }, context);
    const planned = found && !isKnown ? asLeft(mirrored, found.user) : mirrored;
    const needsRoom = context.action === 'block' && planned.kind === 'new';
    const kept = needsRoom && room <= 0 ? fails('noRoom', LIST_FULL) : planned;
    if (kept.kind === 'new') room -= 1;
    seen.set(user, kept.kind);
    return kept;
  };
  for (const entry of list.distinct) {
    const { kind, would, ...more } = entry.identity ? plan(entry.identity) : fails('malformed', malformed(entry));
    counts[kind] += 1;
    if (would) results.push({ input: entry.input, would, ...more });
  }
  return { users: { sent: list.entries.length, distinct: list.distinct.length, ...counts }, results };
}

function fails(kind: Kind, failure: Failure): Planned {
  return { kind, would: 'fail', code: failure.code, message: detailsOf(failure) };
}

function planUser(
  prior: MirrorUser | undefined,
  { user, identity }: { readonly user: string; readonly identity: Identity },
  context: AttemptContext,
): Planned {
  const { action } = context;
  const { next, event } = transition({ user, prior, outcome: { identity } }, context);
  const state = prior?.state ?? 'unknown';
  if (state === 'deferred') {
    const message =
      action === 'block'
        ? 'The block is deferred until the user writes; it is made now if Graph accepts it'
        : 'The deferred block would end';
    return { kind: 'new', would: action, state, message };
  }
  const isBlocked = state === 'blocked';
  if (isBlocked !== (action === 'block')) return { kind: 'new' };
  if (!event) return { kind: 'already', would: 'nothing', state };
  const message = isBlocked
    ? `Blocked already; would change ${changesOf(prior, next)}`
    : 'Not known to be blocked; Graph would be asked all the same';
  return { kind: 'already', would: action, state, message };
}

/** An id that its user has left is not blocked, as other answers say too. */
function asLeft(planned: Planned, changedTo: string): Planned {
  if (planned.state === undefined) return planned;
  const message = `The user who had this id has ${changedTo} now; Graph would be asked all the same`;
  return { ...planned, state: 'unblocked', message };
}

function changesOf(prior: MirrorUser | undefined, next: MirrorUser | undefined): string {
  return [
    prior?.reason === next?.reason ? [] : 'the reason',
    prior?.reasonCode === next?.reasonCode ? [] : 'the reason code',
    prior?.expiresAt === next?.expiresAt ? [] : 'the end',
    isSameCaller(prior?.actor ?? '', next?.actor ?? '') && prior?.onBehalfOf === next?.onBehalfOf
      ? []
      : 'who asked for it',
  ]
    .flat()
    .join(', ');
}
