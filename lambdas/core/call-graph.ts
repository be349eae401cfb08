import { GraphError } from './errors.ts';
import type { Clock, Credentials, GraphCall, TokenSource } from './ports.ts';

/** How long and how often one caller's request may try Graph. */
export interface CallPolicy {
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
  /** Milliseconds from now within which the last call must have ended. */
  readonly budgetMs: number;
  /** Calls in all. 1 for jobs, whose waits are the workflow's. */
  readonly attempts: number;
}

/** Pauses between the attempts of one request: the caller is waiting, so they are short; doubled and jittered. */
const FIRST_PAUSE_MS = 250;
/** A call with less time than this left is not worth beginning. */
const SHORTEST_CALL_MS = 1_000;

/**
 * Calls Graph, again where that can help: after transient refusals and unnamed throttling within the budget, and once with
 * a token that was replaced since it was read. Late answers are not waited for twice.
 */
export async function callGraph<T>(
  deps: { clock: Clock; tokens: TokenSource },
  policy: CallPolicy,
  target: { phoneNumberId: string; version?: string | undefined; credentials: Credentials },
  call: (call: GraphCall) => Promise<T>,
): Promise<T> {
  const deadline = deps.clock.now() + policy.budgetMs;
  let credentials = target.credentials;
  let tokenRenewed = false;
  for (let attempt = 1; ; attempt += 1) {
    const timeoutMs = Math.min(policy.timeoutMs, deadline - deps.clock.now());
    try {
      return await call({ phoneNumberId: target.phoneNumberId, version: target.version, credentials, timeoutMs });
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      if (error.kind === 'token' && !tokenRenewed) {
        tokenRenewed = true;
        const renewed = await deps.tokens.renewed(target.phoneNumberId, credentials);
        if (!renewed || deps.clock.now() + SHORTEST_CALL_MS > deadline) throw error;
        credentials = renewed;
        attempt -= 1;
        continue;
      }
      const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + deps.clock.random());
      const inTime = deps.clock.now() + pauseMs + SHORTEST_CALL_MS <= deadline;
      if (attempt >= policy.attempts || !helpsToRepeat(error) || !inTime) throw error;
      await deps.clock.sleep(pauseMs);
    }
  }
}

function helpsToRepeat(error: GraphError): boolean {
  return error.kind === 'transient' || (error.kind === 'rate_limited' && error.retryAfterSeconds === undefined);
}
