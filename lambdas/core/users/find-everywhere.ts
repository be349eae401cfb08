import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { type MirrorUser, mirrorUser, type UserState } from './mirror.ts';
import { numbersInUse } from './numbers-in-use.ts';
import { readTogether } from './read-together.ts';
import { type Found, findUsers, foundAs, type KnownUser } from './read-users.ts';

/** What is stored about a user on one number. */
export interface OnNumber extends Found {
  readonly phoneNumberId: string;
  /** For a previous id: the user who has another one by now, and whether that id had one more owner since. */
  readonly mover?: MirrorUser | undefined;
  readonly hadNextOwner?: boolean | undefined;
}

/** A user on every number in use. */
export interface Everywhere {
  /** One for each number, also if nothing is stored there, in the order of the numbers. */
  readonly rows: readonly OnNumber[];
  /** Every id that the user has now, as far as any of the numbers knows, the one that was asked for first. */
  readonly ids: readonly string[];
  /** Ids that the user had before a move. Each may belong to somebody else by now. */
  readonly previousIds: readonly string[];
}

export interface AskedEverywhere {
  readonly id: string;
  /** The numbers to look at, if not at all of them. What others know of the user is then left out. */
  readonly within?: ReadonlySet<string> | undefined;
}

/** A number may know the user by an id that leads to another id, which a third number knows. */
const MOST_PASSES = 4;
/** A user has a number in at most two forms, and a BSUID for each business. */
const MOST_IDS = 20;

/**
 * Finds a user on every number in use by any of their ids. A number may know an id that others do not, so the ids that one
 * pass over all numbers has found are looked for in the next. If a number has a user under several of these ids, one who is
 * blocked counts first, and one whose block is deferred second.
 */
export async function findEverywhere(
  store: Pick<BlocklistStore, 'getUsersOfNumbers' | 'listNumbers'>,
  { id, within }: AskedEverywhere,
): Promise<Everywhere> {
  return findOnNumbers(store, { ids: [id], phoneNumberIds: await numbersInUse(store, within) });
}

export interface AskedOnNumbers {
  /** Ids of one user; the first is the one that was asked for. */
  readonly ids: readonly string[];
  readonly phoneNumberIds: readonly string[];
  readonly consistent?: boolean | undefined;
}

/** The same on these numbers, in use or not. */
export async function findOnNumbers(
  store: Pick<BlocklistStore, 'getUsersOfNumbers'>,
  { ids: given, phoneNumberIds, consistent }: AskedOnNumbers,
): Promise<Everywhere> {
  const together = readTogether(store, consistent);
  const [asked = ''] = given;
  const rows = new Map<string, FoundOnNumber>(phoneNumberIds.map((phoneNumberId) => [phoneNumberId, {}]));
  const ids = new Set(given);
  const previousIds = new Set<string>();
  let open: readonly string[] = given;
  for (let pass = 0; open.length > 0 && pass < MOST_PASSES; pass += 1) {
    const known = await Promise.all(
      phoneNumberIds.map(async (phoneNumberId) => {
        return [phoneNumberId, await findUsers(together, { phoneNumberId, ids: open })] as const;
      }),
    );
    const learned = new Set<string>();
    for (const [phoneNumberId, users] of known) {
      for (const [one, user] of users) {
        // An id that somebody had before says nothing about the user who has it now.
        if (user.alias?.isPreviousId && one !== asked) continue;
        const found = foundOnNumber(asked, user);
        if (rankOf(found) > rankOf(rows.get(phoneNumberId) ?? {})) rows.set(phoneNumberId, found);
        for (const other of presentIds(found.user)) if (!ids.has(other)) learned.add(other);
        for (const before of found.user?.previousIds ?? []) previousIds.add(before);
      }
    }
    open = [...learned].slice(0, MOST_IDS - ids.size);
    for (const other of open) ids.add(other);
  }
  for (const one of ids) previousIds.delete(one);
  return {
    rows: [...rows].map(([phoneNumberId, found]) => ({ phoneNumberId, ...found })),
    ids: [...ids],
    previousIds: [...previousIds],
  };
}

type FoundOnNumber = Omit<OnNumber, 'phoneNumberId'>;

function foundOnNumber(asked: string, known: KnownUser): FoundOnNumber {
  const found = foundAs(asked, known);
  if (!found.previousId) return found;
  return { ...found, mover: mirrorUser(known.stored), hadNextOwner: known.alias?.hadNextOwner };
}

/** The ids that the user has now. */
export function presentIds(user: MirrorUser | undefined): string[] {
  return [user?.user, user?.waId, user?.userId].filter((id) => id !== undefined);
}

const RANKS: Readonly<Record<UserState, number>> = { blocked: 5, deferred: 4, unblocked: 3, unknown: 1 };

function rankOf({ user, previousId }: Found): number {
  if (previousId) return 2;
  return user ? RANKS[user.state] : 0;
}
