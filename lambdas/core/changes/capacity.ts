import { GraphError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { UserStore } from '../ports/user-store.ts';
import type { Identity } from '../users/identity.ts';
import type { MirrorItem } from '../users/mirror.ts';
import type { Operation } from './operation.ts';
import type { Failure } from './outcome.ts';

/** The failure of a user for whom the list has no room. */
export const LIST_FULL: Failure = {
  code: GRAPH_CODE.listFull,
  message: `(#${GRAPH_CODE.listFull}) Blocklist limit reached`,
};

/** Users on the list of the number before a change, as `refuseIfFull` needs it: not read if the change only takes users off it. */
export async function sizeBefore(
  store: Pick<UserStore, 'getSummary'>,
  { action, phoneNumberId }: Pick<Operation, 'action' | 'phoneNumberId'>,
): Promise<number> {
  if (action === 'unblock') return 0;
  return (await store.getSummary(phoneNumberId))?.size ?? 0;
}

/** Graph is not called if the mirror already knows that nobody more fits. Users who are blocked already need no capacity. */
export function refuseIfFull(
  { size, limit }: { readonly size: number; readonly limit: number },
  identities: readonly Identity[],
  known: ReadonlyMap<string, MirrorItem>,
): void {
  if (size < limit) return;
  const someAreOnIt = identities.some(({ id }) => {
    const stored = known.get(id);
    return stored !== undefined && ('aliasOf' in stored || stored.state === 'blocked');
  });
  if (someAreOnIt) return;
  throw new GraphError({
    ...LIST_FULL,
    kind: 'list_full',
    details: `The blocklist of this phone number holds ${size} users, and its limit is ${limit}. Unblock users to make room.`,
  });
}
