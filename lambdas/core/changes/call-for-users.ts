import { type Backoff, backoff } from '../backoff.ts';
import type { CallPolicy } from '../call-graph.ts';
import { GraphError } from '../errors.ts';
import { isRetryableForUser } from '../graph-codes.ts';
import type { Clock, Graph, TokenSource } from '../ports/services.ts';
import { callInBatches, type UsersCall } from './call-in-batches.ts';
import { asUncertain, isUncertain, type UserOutcome } from './outcome.ts';

export interface CallForUsersDeps {
  readonly graph: Graph;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly policy: CallPolicy;
}

/** How often users who failed temporarily are sent again within one request. */
const USER_RETRIES = 2;
const USER_PAUSES: Backoff = { first: 200 };

/** Sends each user once, and users who failed temporarily a few times more. */
export async function callForUsers(deps: CallForUsersDeps, request: UsersCall): Promise<UserOutcome[]> {
  const deadline = deps.clock.now() + deps.policy.budgetMs;
  const { outcomes, batchSize } = await callInBatches(deps, request);
  for (let retry = 1; retry <= USER_RETRIES; retry += 1) {
    const toRetry = outcomes.flatMap((outcome, index) =>
      outcome.failure && isRetryableForUser(outcome.failure.code) ? [{ outcome, index }] : [],
    );
    const pauseMs = backoff(retry, USER_PAUSES);
    const budgetMs = deadline - deps.clock.now() - pauseMs;
    if (toRetry.length === 0 || budgetMs < deps.policy.timeoutMs / 2) break;
    await deps.clock.sleep(pauseMs);
    const identities = toRetry.map(({ outcome }) => outcome.identity);
    try {
      const policy = { ...deps.policy, budgetMs, attempts: 1 };
      const repeated = await callInBatches({ ...deps, policy }, { ...request, identities }, batchSize);
      toRetry.forEach(({ outcome, index }, position) => {
        const result = repeated.outcomes[position] ?? outcome;
        // A later failure says nothing about an earlier call, which may have changed the user.
        outcomes[index] = isUncertain(outcome) ? asUncertain(result) : result;
      });
    } catch (error) {
      // The first answer counts: those users failed, and all others have an outcome that must not be lost.
      if (!(error instanceof GraphError)) throw error;
      for (const { outcome, index } of error.maybeApplied ? toRetry : []) outcomes[index] = asUncertain(outcome);
      break;
    }
  }
  return outcomes;
}
