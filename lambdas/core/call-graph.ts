import { type Backoff, backoff } from './backoff.ts';
import { GraphError } from './errors.ts';
import type { Clock, GraphCall, TokenCall, TokenSource } from './ports/services.ts';

/** How long and how often one caller's request may try Graph. */
export interface CallPolicy {
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
  /** Milliseconds from now within which the last call must have ended. */
  readonly budgetMs: number;
  /** Calls in all. 1 for jobs, whose waits are the workflow's. */
  readonly attempts: number;
  /**
   * Set if no caller waits and a false alarm costs more than time. Pauses are then longer, late answers are asked for again,
   * and the call waits as long as Graph asks.
   */
  readonly patient?: boolean | undefined;
}

export interface CallGraphDeps {
  readonly clock: Clock;
  readonly tokens: Pick<TokenSource, 'renewed'>;
  readonly policy: CallPolicy;
}

/** What is called, and with which token. */
type CallTarget = Omit<TokenCall, 'timeoutMs'> & { readonly phoneNumberId?: GraphCall['phoneNumberId'] | undefined };

/** Milliseconds between the attempts of one request: the caller is waiting, so they are short. */
const PAUSES: Backoff = { first: 250, jitter: [0.5, 1.5] };
const PATIENT_PAUSES: Backoff = { ...PAUSES, first: 1_000 };
/** With less time than this, another call is not worth starting. */
export const SHORTEST_CALL_MS = 1_000;

/**
 * Calls Graph, and again if that can help: after temporary refusals and throttling without a named time, within the budget,
 * and once with a token that was replaced since it was read. Only a patient policy asks again after a late answer. A target
 * without a number is a token that numbers share.
 */
export async function callGraph<T, Target extends CallTarget>(
  { clock, tokens, policy }: CallGraphDeps,
  target: Target,
  call: (call: Target & { readonly timeoutMs: number }) => Promise<T>,
): Promise<T> {
  const deadline = clock.now() + policy.budgetMs;
  let credentials = target.credentials;
  let tokenRenewed = false;
  let maybeApplied = false;
  // The refusal of the last attempt says nothing about an earlier one whose answer was lost.
  const ending = (error: GraphError) => (maybeApplied && !error.maybeApplied ? error.asMaybeApplied() : error);
  for (let attempt = 1; ; attempt += 1) {
    const timeoutMs = Math.min(policy.timeoutMs, deadline - clock.now());
    try {
      return await call({ ...target, credentials, timeoutMs });
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      maybeApplied ||= error.maybeApplied;
      if (error.kind === 'token' && !tokenRenewed) {
        tokenRenewed = true;
        const renewed = await tokens.renewed(target.phoneNumberId, credentials);
        if (!renewed || clock.now() + SHORTEST_CALL_MS > deadline) throw ending(error);
        credentials = renewed;
        attempt -= 1;
        continue;
      }
      const pauseMs = Math.max(
        backoff(attempt, policy.patient ? PATIENT_PAUSES : PAUSES, clock.random()),
        (error.retryAfterSeconds ?? 0) * 1_000,
      );
      const inTime = clock.now() + pauseMs + SHORTEST_CALL_MS <= deadline;
      if (attempt >= policy.attempts || !helpsToRepeat(error, policy) || !inTime) throw ending(error);
      await clock.sleep(pauseMs);
    }
  }
}

function helpsToRepeat(error: GraphError, { patient }: CallPolicy): boolean {
  if (patient && (error.kind === 'timeout' || error.kind === 'rate_limited')) return true;
  return error.kind === 'transient' || (error.kind === 'rate_limited' && error.retryAfterSeconds === undefined);
}
