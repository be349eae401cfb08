import type { CallPolicy } from '../call-graph.ts';
import { GraphError } from '../errors.ts';
import { isRetryableForUser } from '../graph-codes.ts';
import type { Clock, Graph, TokenSource } from '../ports.ts';
import { callInBatches, type UsersCall } from './call-in-batches.ts';
import { isUncertain, type UserOutcome } from './outcome.ts';

export interface CallForUsersDeps {
  readonly graph: Graph;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly policy: CallPolicy;
}

/** Times that users with a passing failure of their own are sent again within one request. */
const USER_RETRIES = 2;
const USER_RETRY_PAUSE_MS = 200;

/**
 * Sends users whose own failure may pass again, a few times; everyone else is sent once. Not `certain` where Graph may have
 * changed users all the same whose outcome is a failure.
 */
export async function callForUsers(
  deps: CallForUsersDeps,
  request: UsersCall,
): Promise<{ outcomes: UserOutcome[]; certain: boolean }> {
  const deadline = deps.clock.now() + deps.policy.budgetMs;
  const { outcomes, batchSize } = await callInBatches(deps, deps.policy, request);
  for (let retry = 1; retry <= USER_RETRIES; retry += 1) {
    const again = outcomes.flatMap(({ failure }, index) =>
      failure && isRetryableForUser(failure.code) ? [index] : [],
    );
    const budgetMs = deadline - deps.clock.now() - USER_RETRY_PAUSE_MS * retry;
    if (again.length === 0 || budgetMs < deps.policy.timeoutMs / 2) break;
    await deps.clock.sleep(USER_RETRY_PAUSE_MS * retry);
    const identities = again.flatMap((index) => request.identities[index] ?? []);
    try {
      const policy = { ...deps.policy, budgetMs, attempts: 1 };
      const repeated = await callInBatches(deps, policy, { ...request, identities }, batchSize);
      repeated.outcomes.forEach((outcome, position) => {
        const index = again[position];
        if (index === undefined) return;
        // What a repeat failed for says nothing of an earlier call whose answer was lost.
        const isInDoubt = outcome.failure && outcomes[index]?.failure?.maybeApplied;
        outcomes[index] = isInDoubt ? { ...outcome, failure: { ...outcome.failure, maybeApplied: true } } : outcome;
      });
    } catch (error) {
      // The first answer stands: those users failed, and everyone else has an outcome that must not be lost.
      if (!(error instanceof GraphError)) throw error;
      return { outcomes, certain: !error.maybeApplied && !isUncertain(outcomes) };
    }
  }
  return { outcomes, certain: !isUncertain(outcomes) };
}

/** Whether Graph took the change of all of these, for certain. */
export async function callUnlessRefused(deps: CallForUsersDeps, request: UsersCall): Promise<boolean> {
  if (request.identities.length === 0) return true;
  try {
    const { outcomes, certain } = await callForUsers(deps, request);
    return certain && !outcomes.some(({ failure }) => failure);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return false;
  }
}
