import { LIMITS } from '../../contract/limits.ts';
import { refuseUnknown } from '../changes/require-known.ts';
import { InvalidRequestError } from '../errors.ts';
import { inBatches } from '../in-batches.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { settleAll } from '../settle-all.ts';
import { type CreateJobsRequest, type PlanBatchDeps, planBatch } from './batch-plan.ts';
import { numbersOf } from './create-jobs.ts';
import { type OpenJobLimitDeps, refuseTooManyJobs } from './open-job-limits.ts';
import { firstOf, type Plan, type PlanDeps, planNumber } from './plan-change.ts';
import type { PlannedResult, PlannedUsers } from './plan-users.ts';

export type PlanJobsDeps = PlanDeps &
  PlanBatchDeps &
  OpenJobLimitDeps & { readonly store: Pick<BlocklistStore, 'isRegistered' | 'listNumbers'> };

/** Numbers that are checked at once. */
const AT_ONCE = 20;

/**
 * Says what `createJobs` would do on each number, and refuses what it would refuse, without a call to Graph or a write. Numbers
 * are planned one after another: the users of one fill the memory that there is.
 */
export async function planJobs(deps: PlanJobsDeps, request: CreateJobsRequest): Promise<Plan> {
  const phoneNumberIds = await numbersOf(deps, request);
  refuseTooMany(request.list.users, phoneNumberIds.length);
  await planBatch(deps, request, phoneNumberIds);
  const asked = phoneNumberIds.map((phoneNumberId, index) => {
    return { phoneNumberId, field: `phone_number_ids[${index}]`, status: 400 } as const;
  });
  // All numbers are those in use, which need no check.
  const unchecked = request.phoneNumberIds === 'all' ? [] : asked;
  for (const some of inBatches(unchecked, AT_ONCE)) await settleAll(some.map((one) => refuseUnknown(deps, one)));
  await refuseTooManyJobs(deps, request, phoneNumberIds);

  const numbers: { phoneNumberId: string; users: PlannedUsers }[] = [];
  const results: (PlannedResult & { phoneNumberId: string })[] = [];
  for (const phoneNumberId of phoneNumberIds) {
    const plan = await planNumber(deps, { ...request, phoneNumberId });
    numbers.push({ phoneNumberId, users: plan.users });
    // One more than the limit shows that there are more.
    const kept = plan.results.slice(0, LIMITS.resultsPerDryRun + 1 - results.length);
    results.push(...kept.map((result) => ({ phoneNumberId, ...result })));
  }
  return { users: numbers.map(({ users }) => users).reduce(sumOf), ...firstOf(results), numbers };
}

function refuseTooMany(users: number, numbers: number): void {
  const { usersPerDryRun } = LIMITS;
  if (users * numbers <= usersPerDryRun) return;
  throw new InvalidRequestError(
    `dry_run: ${users} users on ${numbers} numbers are ${users * numbers}, and the limit for one dry run is ${usersPerDryRun}; send at most ${Math.floor(usersPerDryRun / users)} phone_number_ids at a time`,
  );
}

function sumOf(one: PlannedUsers, other: PlannedUsers): PlannedUsers {
  return {
    sent: one.sent + other.sent,
    distinct: one.distinct + other.distinct,
    new: one.new + other.new,
    already: one.already + other.already,
    malformed: one.malformed + other.malformed,
    protected: one.protected + other.protected,
    noRoom: one.noRoom + other.noRoom,
  };
}
