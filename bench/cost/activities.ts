import { RECONCILE_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract/timeouts.ts';
import { ASSUMED } from './assumed.ts';
import { add, billedMsOf, REQUEST, times, type Usage, usageOf, workflow } from './bill.ts';
import type { CostCounts } from './counts-schema.ts';

/** The lists that reconciliation was counted on. */
export type ListSize = 'Empty' | 'Thousand' | 'Full';

/** Numbers of a group and of a page: `lambdas/core/reconciliation/list-groups.ts`. */
export const GROUP_SIZE = 10;
export const PAGE_SIZE = 1_000;
/** Numbers that were registered when the listing of a hundred was counted. */
const LISTED = 100;
/** Seconds of a pass over a group in which another number is begun: `lambdas/core/reconciliation/reconcile-numbers.ts`. */
const PASS_SECONDS = (RECONCILE_FUNCTION_TIMEOUT_SECONDS - 30) * 0.75;

const JOB_USERS = 64_000;

/** A job of 64,000 users: its request, its functions, its workflow. */
export function jobUsage(counts: CostCounts, name: 'job' | 'refusedJob' | 'unblockJob' = 'job'): Usage {
  const { transitions, events, config } = counts.stack;
  const chunks = JOB_USERS / config.chunkSize;
  return add(
    REQUEST,
    // Each container reads the secret once a minute; some of those that were counted had just done so.
    { ...usageOf(counts, counts.activities[name]), secretReads: config.jobConcurrency + 1 },
    workflow({
      transitions: transitions.job.perJob + chunks * transitions.job.perChunk,
      events: events.job + chunks * events.chunk,
      executions: 1 + chunks,
    }),
  );
}

/** A request that is answered at once. */
export function requestUsage(
  counts: CostCounts,
  name: 'blockOne' | 'blockThousand' | 'lookUpOne' | 'lookUpThousand',
): Usage {
  return add(REQUEST, usageOf(counts, counts.activities[name]));
}

/** Seconds that one number takes where it is in step. */
export function secondsPerNumber(counts: CostCounts, size: ListSize): number {
  return billedMsOf(counts, counts.activities[`inStep${size}`]) / 1_000;
}

/** Calls of the function that a group takes: a pass begins no number after its time. */
export function passesOf(seconds: number, numbers: number): number {
  const inOnePass = Math.max(1, Math.floor(PASS_SECONDS / seconds));
  return Math.ceil(numbers / inOnePass);
}

/** A month in which each number is compared with Graph, user by user, at every run of the schedule. */
export function reconciliationMonth(counts: CostCounts, numbers: number, size: ListSize): Usage {
  const { transitions, events } = counts.stack;
  const runs = runsPerMonth(counts, 'reconcile');
  const groups = Math.ceil(numbers / GROUP_SIZE);
  const pages = Math.floor(numbers / PAGE_SIZE) + 1;
  const passes = passesOf(secondsPerNumber(counts, size), Math.min(numbers, GROUP_SIZE));
  const { perRun, perPage, perGroup, perWait } = transitions.reconciliation;
  const run = add(
    { schedules: 1 },
    times(usageOf(counts, counts.activities.listHundredNumbers), Math.max(pages, numbers / LISTED)),
    times({ lambdaRequests: 1, logs: ASSUMED.lambdaLogBytes / 1_000_000 }, groups * passes),
    workflow({
      transitions: perRun + (pages - 1) * perPage + groups * (perGroup + (passes - 1) * perWait),
      events: events.run * pages + groups * events.group * passes,
      executions: 1 + groups,
    }),
  );
  return add(times(run, runs), times(withoutCalls(counts, counts.activities[`inStep${size}`]), runs * numbers));
}

/** An activity without the calls of its functions, which several numbers share. */
function withoutCalls(counts: CostCounts, activity: CostCounts['activities']['inStepFull']): Usage {
  const functions = Object.fromEntries(
    Object.entries(activity.functions).map(([name, one]) => [name, { ...one, calls: 0 }]),
  );
  return usageOf(counts, { ...activity, functions });
}

/** Runs of a schedule in a month. */
export function runsPerMonth({ stack }: CostCounts, schedule: string): number {
  const minutes = stack.config.minutes[schedule];
  return minutes === undefined ? 0 : (ASSUMED.hoursPerMonth * 60) / minutes;
}

/** What the schedules beside the reconciliation do, by their names in the configuration. */
const SCHEDULED = ['expire', 'deferred', 'sweep', 'tokenCheck'] as const;

/** A month in which nobody calls, for one number with a list of 1,000 users: what is paid for being there. */
export function idleMonth(counts: CostCounts): { readonly name: string; readonly usage: Usage }[] {
  const { alarms, secrets, keys } = counts.stack;
  const schedules = SCHEDULED.map((schedule) => {
    const runs = runsPerMonth(counts, schedule);
    const usage = add({ schedules: 1 }, usageOf(counts, counts.activities[schedule]));
    return {
      name: `\`${schedule}\`, nothing to do: ${Math.round(runs).toLocaleString('en-US')} runs`,
      usage: times(usage, runs),
    };
  });
  const runs = Object.keys(counts.stack.config.minutes).reduce((sum, name) => sum + runsPerMonth(counts, name), 0);
  return [
    { name: 'alarms', usage: { alarms } },
    { name: 'the token secret', usage: { secrets } },
    ...(keys === 0 ? [] : [{ name: 'key of your own', usage: { keys } }]),
    { name: '`reconcile`: one number, 1,000 users', usage: reconciliationMonth(counts, 1, 'Thousand') },
    ...schedules,
    // All runs are further apart than DynamoDB remembers a caller, and a reconciliation has two callers.
    {
      name: 'the key of the table: a request for each run',
      usage: { keyRequests: runs + runsPerMonth(counts, 'reconcile') },
    },
  ];
}

/** Bytes that a blocked user takes: the item, as a comparison reads it, which holds the line of the present block as well. */
export function bytesPerUser({ activities }: CostCounts): number {
  const bytesPerReadUnit = 2 * 4_096;
  return (activities.inStepFull.readUnits * bytesPerReadUnit) / JOB_USERS + ASSUMED.itemOverheadBytes;
}

/** A month of keeping a full list on which each user was blocked once. */
export function storageMonth(counts: CostCounts): Usage {
  const gigabytes = (bytesPerUser(counts) * JOB_USERS) / 1e9;
  return { storage: gigabytes, recovery: gigabytes };
}
