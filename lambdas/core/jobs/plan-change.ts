import { LIMITS } from '../../contract/limits.ts';
import type { AttemptContext } from '../changes/attempt-context.ts';
import { isoNow } from '../iso-time.ts';
import type { Clock, TokenSource } from '../ports/services.ts';
import type { UserStore } from '../ports/user-store.ts';
import type { ProtectedIds } from '../protection/protected-ids.ts';
import { findUsers } from '../users/read-users.ts';
import { type OpenJobLimitDeps, refuseTooManyJobs } from './open-job-limits.ts';
import { type NumberPlan, type PlannedResult, type PlannedUsers, planUsers } from './plan-users.ts';
import { becomesJob, type ChangeRequest } from './submit-change.ts';

export interface PlanDeps {
  readonly store: Pick<UserStore, 'getUsers' | 'getSummary'>;
  readonly protectedIds: Pick<ProtectedIds, 'get'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly listLimit: number;
}

/** What a request would do, as far as that can be known without Graph. */
export interface Plan {
  readonly users: PlannedUsers;
  /** Entries that are not simply new, up to a limit. */
  readonly results: readonly (PlannedResult & { readonly phoneNumberId?: string | undefined })[];
  /** Whether there are more of them. */
  readonly isTruncated: boolean;
  /** The users of each number, if the request is for several. */
  readonly numbers?: readonly { readonly phoneNumberId: string; readonly users: PlannedUsers }[];
}

/**
 * Says what `submitChange` would do, and refuses what it would refuse. Graph is not called, and nothing is written. A number that
 * only Graph could know is taken for one that there is.
 */
export async function planChange(
  deps: PlanDeps & OpenJobLimitDeps & { readonly tokens: Pick<TokenSource, 'credentials'> },
  request: ChangeRequest,
): Promise<Plan> {
  const { phoneNumberId, list } = request;
  if (becomesJob(list, await deps.tokens.credentials(phoneNumberId))) {
    await refuseTooManyJobs(deps, request, [phoneNumberId]);
  }
  const { users, results } = await planNumber(deps, request);
  return { users, ...firstOf(results) };
}

/** What a request would do on one number. */
export async function planNumber(
  { store, protectedIds, clock, listLimit }: PlanDeps,
  request: Omit<ChangeRequest, 'respondAsync'>,
): Promise<NumberPlan> {
  const { phoneNumberId, list, action } = request;
  const ids = list.distinct.flatMap(({ identity }) => identity?.id ?? []);
  const [users, summary, known] = await Promise.all([
    findUsers(store, { phoneNumberId, ids }),
    store.getSummary(phoneNumberId, true),
    action === 'block' ? protectedIds.get() : new Map<string, string>(),
  ]);
  const now = isoNow(clock);
  const times = { startedAt: now, observedAt: now, answeredAt: now };
  const context: AttemptContext = { ...request, ...times, operationId: 'dry-run', source: 'api' };
  const room = listLimit - (summary?.size ?? 0);
  return planUsers(list, context, { users, isProtected: (id) => known.has(id), room });
}

export function firstOf<T>(results: readonly T[]): { results: readonly T[]; isTruncated: boolean } {
  const { resultsPerDryRun } = LIMITS;
  return { results: results.slice(0, resultsPerDryRun), isTruncated: results.length > resultsPerDryRun };
}
