import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { readMirror } from '../users/read-users.ts';
import { isAppliedBy } from './attempt-context.ts';
import type { Operation } from './operation.ts';
import type { UserOutcome } from './outcome.ts';

/**
 * The outcomes of an operation that is repeated after a crash. If the mirror shows that it changed a user, that user has
 * succeeded, even if Graph now refuses them or is not called.
 */
export async function alreadyApplied(
  store: Pick<BlocklistStore, 'getUsers'>,
  { phoneNumberId, operationId }: Operation,
  outcomes: readonly UserOutcome[],
): Promise<UserOutcome[]> {
  const refused = outcomes.filter(({ failure }) => failure).map(({ identity }) => identity.id);
  const known = await readMirror(store, { phoneNumberId, ids: refused, consistent: true });
  return outcomes.map((outcome) => {
    const user = outcome.failure && known(outcome.identity.id);
    if (!user || !isAppliedBy(user, operationId)) return outcome;
    const { failure, ...rest } = outcome;
    const named = { ...rest, waId: user.waId, userId: user.userId, unconfirmed: failure };
    // A deferred block is neither a success nor a failure.
    return user.state === 'deferred' ? { ...named, deferral: failure } : named;
  });
}
