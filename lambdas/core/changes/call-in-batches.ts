import { type CallPolicy, callGraph, SHORTEST_CALL_MS } from '../call-graph.ts';
import { GraphError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { Clock, Credentials, Graph, TokenSource } from '../ports/services.ts';
import type { Identity } from '../users/identity.ts';
import { failRest } from './fail-rest.ts';
import { type Action, inDoubt, type UserOutcome } from './outcome.ts';

/** Whom to change, and by which credentials. */
export interface UsersCall {
  readonly action: Action;
  readonly phoneNumberId: string;
  readonly version?: string | undefined;
  readonly credentials: Credentials;
  /** Distinct, at most the provider's batch. */
  readonly identities: readonly Identity[];
}

interface BatchesDeps {
  readonly graph: Graph;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly policy: CallPolicy;
}

/**
 * One outcome for each user, in their order, and how many users Graph took in one request. 130429 is said of too many requests
 * and of too many users alike: where it stays after the attempts of the policy, and no time is named, the batch is halved
 * until one goes through, and the others are sent in batches of that size. Then whoever has an outcome keeps it, and what
 * ends the work (the time, or another refusal) is a failure of those who are left. Throws a `GraphError` where nobody has an
 * outcome. A `batchSize` that is known already is not searched for.
 */
export async function callInBatches(
  deps: BatchesDeps,
  request: UsersCall,
  batchSize?: number,
): Promise<{ outcomes: UserOutcome[]; batchSize: number }> {
  const { identities, action } = request;
  const deadline = deps.clock.now() + deps.policy.budgetMs;
  const outcomes: UserOutcome[] = [];
  let size = batchSize ?? identities.length;
  let isSearching = batchSize === undefined;
  let tooMany: GraphError | undefined;
  // Of so many, from the first, Graph may have changed somebody without saying so: a later failure says nothing of that.
  let unanswered = 0;
  while (outcomes.length < identities.length) {
    const remaining = identities.slice(outcomes.length);
    const users = remaining.slice(0, size);
    const budgetMs = deadline - deps.clock.now();
    try {
      if (budgetMs < SHORTEST_CALL_MS) throw tooMany ?? timeIsOver();
      // A smaller batch is a question of its own: to ask it twice would only use up the time.
      const attempts = isSearching && tooMany ? 1 : deps.policy.attempts;
      const answered = await callGraph(
        { ...deps, policy: { ...deps.policy, budgetMs, attempts } },
        request,
        async (call) => {
          try {
            return await deps.graph.changeUsers(call, action, users);
          } catch (error) {
            const maybeApplied = error instanceof GraphError && error.maybeApplied;
            if (maybeApplied) unanswered = Math.max(unanswered, outcomes.length + users.length);
            throw error;
          }
        },
      );
      outcomes.push(...answered);
      isSearching = false;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (isSearching && error !== tooMany && users.length > 1 && maybeTooMany(error)) {
        tooMany = error;
        size = Math.ceil(users.length / 2);
        continue;
      }
      if (outcomes.length === 0) throw unanswered > 0 && !error.maybeApplied ? error.asMaybeApplied() : error;
      outcomes.push(...failRest(remaining, users.length, error));
    }
  }
  return {
    outcomes: outcomes.map((outcome, index) => (index < unanswered ? inDoubt(outcome) : outcome)),
    batchSize: size,
  };
}

/** Where Graph names a time, it means requests and not users. */
function maybeTooMany({ code, kind, retryAfterSeconds }: GraphError): boolean {
  return kind === 'rate_limited' && code === GRAPH_CODE.rateLimitHit && retryAfterSeconds === undefined;
}

function timeIsOver(): GraphError {
  const message = 'The time was over before this user could be sent';
  return new GraphError({ kind: 'timeout', code: GRAPH_CODE.internal, message });
}
