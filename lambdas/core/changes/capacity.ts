import { GraphError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { Identity } from '../users/identity.ts';
import type { MirrorItem } from '../users/mirror.ts';
import type { Failure } from './outcome.ts';

/** The failure of a user for whom the list has no room. */
export const LIST_FULL: Failure = {
  code: GRAPH_CODE.listFull,
  message: `(#${GRAPH_CODE.listFull}) Blocklist limit reached`,
};

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
