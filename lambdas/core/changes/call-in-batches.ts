import { type CallPolicy, callGraph, SHORTEST_CALL_MS } from '../call-graph.ts';
import { GraphError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { Clock, Credentials, Graph, TokenSource } from '../ports/services.ts';
import type { Identity } from '../users/identity.ts';
import { failRest } from './fail-rest.ts';
import { type Action, asUncertain, type UserOutcome } from './outcome.ts';

/** The users to change, and the credentials to use. */
export interface UsersCall {
  readonly action: Action;
  readonly phoneNumberId: string;
  readonly version?: string | undefined;
  readonly credentials: Credentials;
  /** The operation that it belongs to, for the log. */
  readonly operationId?: string | undefined;
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
 * Gives one outcome for each user, in their order, and how many users Graph accepted in one request.
 *
 * Graph answers 130429 to too many requests, and also to too many users. If it repeats that through all attempts of the
 * policy, and names no time to wait, the batch is halved until Graph accepts one. The other users are sent in batches of that
 * size. From then on, users who have an outcome keep it, and an error (time ran out, or another refusal) is a failure of the
 * remaining users. Throws a `GraphError` if no user has an outcome. A known `batchSize` is not searched for again.
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
  // Graph may have changed these first users without saying so. A later failure says nothing about that.
  let unanswered = 0;
  while (outcomes.length < identities.length) {
    const remaining = identities.slice(outcomes.length);
    const users = remaining.slice(0, size);
    const budgetMs = deadline - deps.clock.now();
    try {
      if (budgetMs < SHORTEST_CALL_MS) throw tooMany ?? timeIsOver();
      // To ask twice about a smaller batch would only use up the time.
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
    outcomes: outcomes.map((outcome, index) => (index < unanswered ? asUncertain(outcome) : outcome)),
    batchSize: size,
  };
}

/** If Graph names a time to wait, it means too many requests, not too many users. */
function maybeTooMany({ code, kind, retryAfterSeconds }: GraphError): boolean {
  return kind === 'rate_limited' && code === GRAPH_CODE.rateLimitHit && retryAfterSeconds === undefined;
}

function timeIsOver(): GraphError {
  const message = 'Time ran out before this user could be sent';
  return new GraphError({ kind: 'timeout', code: GRAPH_CODE.internal, message });
}
