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

/** What is called, and with which token. */
type CallTarget = Omit<TokenCall, 'timeoutMs'> & { readonly phoneNumberId?: GraphCall['phoneNumberId'] | undefined };

/** Pauses between the attempts of one request. They are short, since the caller is waiting; they double, with jitter. */
const FIRST_PAUSE_MS = 250;
const FIRST_PATIENT_PAUSE_MS = 1_000;
/** With less time than this, another call is not worth starting. */
export const SHORTEST_CALL_MS = 1_000;

/**
 * Calls Graph, and again if that can help: after temporary refusals and throttling without a named time, within the budget,
 * and once with a token that was replaced since it was read. Only a patient policy asks again after a late answer. A target
 * without a number is a token that numbers share.
 */
export async function callGraph<T, Target extends CallTarget>(
  deps: { clock: Clock; tokens: Pick<TokenSource, 'renewed'> },
  policy: CallPolicy,
  target: Target,
  call: (call: Target & { readonly timeoutMs: number }) => Promise<T>,
): Promise<T> {
  const deadline = deps.clock.now() + policy.budgetMs;
  let credentials = target.credentials;
  let tokenRenewed = false;
  let maybeApplied = false;
  // The refusal of the last attempt says nothing about an earlier one whose answer was lost.
  const ending = (error: GraphError) => (maybeApplied && !error.maybeApplied ? error.asMaybeApplied() : error);
  for (let attempt = 1; ; attempt += 1) {
    const timeoutMs = Math.min(policy.timeoutMs, deadline - deps.clock.now());
    try {
      return await call({ ...target, credentials, timeoutMs });
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      maybeApplied ||= error.maybeApplied;
      if (error.kind === 'token' && !tokenRenewed) {
        tokenRenewed = true;
        const renewed = await deps.tokens.renewed(target.phoneNumberId, credentials);
        if (!renewed || deps.clock.now() + SHORTEST_CALL_MS > deadline) throw ending(error);
        credentials = renewed;
        attempt -= 1;
        continue;
      }
      const pauseMs = pauseBefore(error, policy, attempt, deps.clock.random());
      const inTime = deps.clock.now() + pauseMs + SHORTEST_CALL_MS <= deadline;
      if (attempt >= policy.attempts || !helpsToRepeat(error, policy) || !inTime) throw ending(error);
      await deps.clock.sleep(pauseMs);
    }
  }
}

function pauseBefore(
  { retryAfterSeconds }: GraphError,
  { patient }: CallPolicy,
  attempt: number,
  random: number,
): number {
  const first = patient ? FIRST_PATIENT_PAUSE_MS : FIRST_PAUSE_MS;
  return Math.max(first * 2 ** (attempt - 1) * (0.5 + random), (retryAfterSeconds ?? 0) * 1_000);
}

function helpsToRepeat(error: GraphError, { patient }: CallPolicy): boolean {
  if (patient && (error.kind === 'timeout' || error.kind === 'rate_limited')) return true;
  return error.kind === 'transient' || (error.kind === 'rate_limited' && error.retryAfterSeconds === undefined);
}
