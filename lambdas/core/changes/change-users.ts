import { GraphError } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import type { Metrics } from '../ports/services.ts';
import type { Requester, Source, Terms } from '../users/mirror.ts';
import type { Announce } from './attempt.ts';
import type { ScheduledAction } from './attempt-context.ts';
import { type CallForUsersDeps, callForUsers } from './call-for-users.ts';
import type { UsersCall } from './call-in-batches.ts';
import { completeRefused } from './complete.ts';
import type { Ask } from './converge.ts';
import type { GuardDeps } from './guard.ts';
import { type Operation, operationOf } from './operation.ts';
import { countEnds, type UserOutcome } from './outcome.ts';
import { type RunChangeDeps, runChange } from './run-change.ts';

export interface ChangeUsersDeps extends RunChangeDeps, CallForUsersDeps, Pick<GuardDeps, 'protectedIds'> {
  readonly clock: CallForUsersDeps['clock'];
  readonly metrics: Metrics;
  readonly newId: (now: number) => string;
  readonly listLimit: number;
}

export interface ChangeUsersRequest extends UsersCall, Requester, Terms {
  /** Default: `api`. */
  readonly source?: Source | undefined;
  readonly blockedBy?: Operation['blockedBy'];
  /** Set if only the mirror asks for the change. It never overrules a caller who changed the user since. */
  readonly scheduledAction?: ScheduledAction | undefined;
  readonly announce?: Announce | undefined;
}

/**
 * Blocks or unblocks up to one batch of users while a caller waits. Gives one outcome for each identity. Throws `GraphError`
 * if Graph refuses the whole request.
 */
export async function changeUsers(deps: ChangeUsersDeps, request: ChangeUsersRequest): Promise<readonly UserOutcome[]> {
  const { identities, scheduledAction, announce, source = 'api' } = request;
  if (identities.length === 0) return [];
  const startedMs = deps.clock.now();
  const observedAt = isoTime(startedMs);
  const started = { operationId: deps.newId(startedMs), startedAt: observedAt };
  const operation = operationOf(started, { ...request, source }, identities);
  const untilMs = startedMs + deps.policy.budgetMs;
  const ask: Ask = (action, users) => {
    // All calls to Graph share one budget of time, since the caller waits.
    const policy = { ...deps.policy, budgetMs: untilMs - deps.clock.now() };
    return callForUsers(
      { ...deps, policy },
      { ...request, action, identities: users, operationId: operation.operationId },
    );
  };
  const attempt = { operation, identities, observedAt, scheduledAction, announce, isAwaited: true };
  try {
    const { outcomes } = await runChange(deps, attempt, ask);
    const { succeeded, failed } = countEnds(outcomes);
    deps.metrics.put('UsersSucceeded', succeeded);
    deps.metrics.put('UsersFailed', failed);
    return outcomes;
  } catch (error) {
    deps.metrics.put('UsersFailed', identities.length);
    // After any error but a refusal by Graph, the operation stays `started`, to be found and reconciled.
    if (error instanceof GraphError) await completeRefused(deps, attempt, error);
    throw error;
  }
}
