import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { type AskedOnNumbers, type Everywhere, findOnNumbers } from './find-everywhere.ts';

/**
 * Finds the user who is meant by an id: its present owner, if any of the numbers knows one. If they all know it only as a
 * previous id, it is the user who had it, under their present ids. If different users had it, nobody can say which of them is
 * meant, and none of them is.
 */
export async function findMeant(
  store: Pick<BlocklistStore, 'getUsersOfNumbers'>,
  asked: AskedOnNumbers,
): Promise<Everywhere> {
  const found = await findOnNumbers(store, asked);
  const former = found.rows.filter(({ previousId }) => previousId);
  const movers = former.flatMap(({ previousId }) => previousId?.changedTo ?? []);
  const [mover] = movers;
  const hasOwner = found.rows.some(({ user }) => user !== undefined && user.state !== 'unknown');
  if (mover === undefined || hasOwner || former.some(({ hadNextOwner }) => hadNextOwner)) return found;
  // Two ids may each be a previous one of the other: the user moved back, and a number knows only of the way there.
  if (asked.ids.includes(mover)) return found;
  const meant = await findMeant(store, { ...asked, ids: [mover, ...asked.ids] });
  return movers.every((id) => meant.ids.includes(id)) ? meant : found;
}
