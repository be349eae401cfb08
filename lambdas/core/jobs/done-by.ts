import { isAlias, type Stored } from '../blocklist/mirror.ts';
import type { UserOutcome } from '../blocklist/outcome.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { isDoneBy } from '../blocklist/transition.ts';

/**
 * The outcomes of an operation that was repeated after a crash: whom the crashed pass is known to have changed succeeded,
 * whatever Graph, or nobody, says of them now.
 */
export async function doneBy(
  store: Pick<BlocklistStore, 'getUsers'>,
  phoneNumberId: string,
  operationId: string,
  outcomes: readonly UserOutcome[],
): Promise<UserOutcome[]> {
  const refused = outcomes.filter(({ failure }) => failure).map(({ identity }) => identity.id);
  const found = await store.getUsers(phoneNumberId, refused, true);
  const targets = [...found.values()].flatMap((stored) => (isAlias(stored) ? [stored.aliasOf] : []));
  const aliased = targets.length === 0 ? new Map<string, Stored>() : await store.getUsers(phoneNumberId, targets, true);
  return outcomes.map((outcome) => {
    const stored = found.get(outcome.identity.id);
    const user = isAlias(stored) ? aliased.get(stored.aliasOf) : stored;
    if (!outcome.failure || !user || isAlias(user) || !isDoneBy(user, operationId)) return outcome;
    return { identity: outcome.identity, waId: user.waId, userId: user.userId };
  });
}
