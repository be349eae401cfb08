import { RECONCILE_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract/timeouts.ts';
import type { Activity, Counts } from './count.ts';
import { ASSUMED, PRICES, type PriceName } from './prices.ts';
import type { StackFacts } from './stack.ts';

/** What every figure is reckoned from: what was counted, and what is deployed. */
export interface Basis extends Counts {
  readonly stack: StackFacts;
}

/** How much of what is used, by the names of the prices. */
export type Usage = Readonly<Partial<Record<PriceName, number>>>;

/** The lists that reconciliation was counted on. */
export type ListSize = 'Empty' | 'Thousand' | 'Full';

export const JOB_USERS = 64_000;
/** Numbers of a group and of a page: `lambdas/core/reconciliation/list-numbers.ts`. */
const GROUP_SIZE = 10;
const PAGE_SIZE = 1_000;
/** Numbers that were registered when the listing of a hundred was counted. */
const LISTED = 100;
/** Seconds of an attempt at a group in which another number is begun: `lambdas/core/reconciliation/reconcile-numbers.ts`. */
const ATTEMPT_SECONDS = (RECONCILE_FUNCTION_TIMEOUT_SECONDS - 30) * 0.75;

export function dollars(name: PriceName, quantity: number): number {
  const [, price, per] = PRICES[name];
  return (quantity * price) / per;
}

export function total(usage: Usage): number {
  return entries(usage).reduce((sum, [name, quantity]) => sum + dollars(name, quantity), 0);
}

/** What is used of anything, in the order of the price table. */
export function entries(usage: Usage): [PriceName, number][] {
  return (Object.keys(PRICES) as PriceName[]).flatMap((name) => {
    const quantity = usage[name] ?? 0;
    return quantity === 0 ? [] : [[name, quantity] as [PriceName, number]];
  });
}

export function times(usage: Usage, factor: number): Usage {
  return Object.fromEntries(entries(usage).map(([name, quantity]) => [name, quantity * factor]));
}

export function add(...usages: readonly Usage[]): Usage {
  const sum: Partial<Record<PriceName, number>> = {};
  for (const [name, quantity] of usages.flatMap(entries)) sum[name] = (sum[name] ?? 0) + quantity;
  return sum;
}

/** Milliseconds that Lambda bills: the waits as they were, and the CPU stretched by the share that the memory buys. */
export function billedMs(one: { readonly waitMs: number; readonly cpuMs: number }, memoryMb: number): number {
  return one.waitMs + one.cpuMs * Math.max(1, ASSUMED.wholeCpuMb / memoryMb);
}

/** Each function of an activity, with its memory. */
function functionsOf({ stack }: Pick<Basis, 'stack'>, { functions }: Activity) {
  return Object.entries(functions).map(([name, one]) => {
    const memoryMb = stack.memoryMb[name];
    if (memoryMb === undefined) throw new Error(`There is no function ${name}`);
    return { ...one, memoryMb };
  });
}

/** Milliseconds that Lambda bills of all functions of an activity together. */
export function billedMsOf(basis: Pick<Basis, 'stack'>, activity: Activity): number {
  return functionsOf(basis, activity).reduce((sum, one) => sum + billedMs(one, one.memoryMb), 0);
}

/** What an activity uses in its functions, the table, the secret and the functions' logs. */
export function usageOf(basis: Pick<Basis, 'stack'>, activity: Activity): Usage {
  const { writeUnits, readUnits, secretReads } = activity;
  const perFunction = functionsOf(basis, activity).map((one): Usage => {
    return {
      lambdaRequests: one.calls,
      lambdaSeconds: (billedMs(one, one.memoryMb) / 1_000) * (one.memoryMb / 1_024),
      logs: (one.logBytes + one.calls * ASSUMED.lambdaLogBytes) / 1_000_000,
    };
  });
  return add(...perFunction, { writeUnits, readUnits, secretReads });
}

/** A request's own: API Gateway, and its line in the access log. */
const REQUEST: Usage = { apiRequests: 1, logs: ASSUMED.accessLogBytes / 1_000_000 };

/** A workflow's own: transitions, log lines, and a trace for each execution at most. */
function workflow(used: { transitions: number; events: number; executions: number }): Usage {
  const logs = (used.events * ASSUMED.workflowLogBytes) / 1_000_000;
  return { transitions: used.transitions, logs, traces: used.executions };
}

/** Of a job of 64,000 users. */
export function jobTransitions({ stack: { transitions, config } }: Pick<Basis, 'stack'>): number {
  return transitions.job.perJob + (JOB_USERS / config.chunkSize) * transitions.job.perChunk;
}

/** A job of 64,000 users: its request, its functions, its workflow. */
export function jobUsage(basis: Basis, name: 'job' | 'refusedJob' | 'unblockJob' = 'job'): Usage {
  const { events, config } = basis.stack;
  const chunks = JOB_USERS / config.chunkSize;
  return add(
    REQUEST,
    // Each container reads the secret once a minute; some of those that were counted had just done so.
    { ...usageOf(basis, basis.activities[name]), secretReads: config.jobConcurrency + 1 },
    workflow({
      transitions: jobTransitions(basis),
      events: events.job + chunks * events.chunk,
      executions: 1 + chunks,
    }),
  );
}

/** A request that is answered at once. */
export function requestUsage(basis: Basis, name: 'blockOne' | 'blockThousand' | 'lookUpOne' | 'lookUpThousand'): Usage {
  return add(REQUEST, usageOf(basis, basis.activities[name]));
}

/** Seconds that one number takes if it is in sync. */
export function secondsPerNumber(basis: Basis, size: ListSize): number {
  return billedMsOf(basis, basis.activities[`inSync${size}`]) / 1_000;
}

/** Calls of the function that a group takes: an attempt begins no number after its time. */
export function attemptsOf(seconds: number, numbers: number): number {
  return Math.ceil(numbers / Math.max(1, Math.floor(ATTEMPT_SECONDS / seconds)));
}

/** A month in which each number is compared with Graph, user by user, at every run of the schedule. */
export function reconciliationMonth(basis: Basis, numbers: number, size: ListSize): Usage {
  const { transitions, events } = basis.stack;
  const runs = runsPerMonth(basis, 'reconcile');
  const groups = Math.ceil(numbers / GROUP_SIZE);
  const pages = Math.floor(numbers / PAGE_SIZE) + 1;
  const attempts = attemptsOf(secondsPerNumber(basis, size), Math.min(numbers, GROUP_SIZE));
  const { perRun, perPage, perGroup, perWait } = transitions.reconciliation;
  const run = add(
    { schedules: 1 },
    times(usageOf(basis, basis.activities.listHundredNumbers), Math.max(pages, numbers / LISTED)),
    times({ lambdaRequests: 1, logs: ASSUMED.lambdaLogBytes / 1_000_000 }, groups * attempts),
    workflow({
      transitions: perRun + (pages - 1) * perPage + groups * (perGroup + (attempts - 1) * perWait),
      events: events.run * pages + groups * events.group * attempts,
      executions: 1 + groups,
    }),
  );
  return add(times(run, runs), times(withoutCalls(basis, basis.activities[`inSync${size}`]), runs * numbers));
}

/** An activity without the calls of its functions, which several numbers share. */
function withoutCalls(basis: Basis, activity: Activity): Usage {
  const functions = Object.entries(activity.functions).map(([name, one]) => [name, { ...one, calls: 0 }]);
  return usageOf(basis, { ...activity, functions: Object.fromEntries(functions) });
}

/** Runs of a schedule in a month. */
export function runsPerMonth({ stack }: Basis, schedule: string): number {
  const minutes = stack.config.minutes[schedule];
  return minutes === undefined ? 0 : (ASSUMED.hoursPerMonth * 60) / minutes;
}

/** A month without calls, for one number with a list of 1,000 users: the cost of an idle stack. */
export function idleMonth(basis: Basis): { readonly name: string; readonly usage: Usage }[] {
  const { alarms, dashboards, metrics, secrets, keys, config } = basis.stack;
  const schedules = (['expire', 'deferred', 'sweep', 'tokenCheck'] as const).map((schedule) => {
    const runs = runsPerMonth(basis, schedule);
    const usage = add({ schedules: 1 }, usageOf(basis, basis.activities[schedule]));
    return {
      name: `\`${schedule}\`, nothing to do: ${Math.round(runs).toLocaleString('en-US')} runs`,
      usage: times(usage, runs),
    };
  });
  const runs = Object.keys(config.minutes).reduce((sum, name) => sum + runsPerMonth(basis, name), 0);
  return [
    { name: `${alarms} alarms`, usage: { alarms } },
    {
      name: `${metrics.essential} metrics of the service, if each has a value in every hour`,
      usage: { metrics: metrics.essential },
    },
    { name: `${dashboards} dashboards`, usage: { dashboards } },
    { name: 'the token secret', usage: { secrets } },
    ...(keys === 0 ? [] : [{ name: 'key of your own', usage: { keys } }]),
    { name: '`reconcile`: one number, 1,000 users', usage: reconciliationMonth(basis, 1, 'Thousand') },
    ...schedules,
    // All runs are further apart than the 5 minutes for which DynamoDB remembers a caller, and a reconciliation has two callers.
    {
      name: 'the key of the table: a request for each run',
      usage: { keyRequests: runs + runsPerMonth(basis, 'reconcile') },
    },
  ];
}

/** Bytes that a blocked user takes: the item, as a comparison reads it, which holds the line of the present block as well. */
export function bytesPerUser({ activities }: Basis): number {
  const bytesPerReadUnit = 2 * 4_096;
  return (activities.inSyncFull.readUnits * bytesPerReadUnit) / JOB_USERS + ASSUMED.itemOverheadBytes;
}

/** A month of keeping a full list on which each user was blocked once. */
export function storageMonth(basis: Basis): Usage {
  const gigabytes = (bytesPerUser(basis) * JOB_USERS) / 1e9;
  return { storage: gigabytes, recovery: gigabytes };
}
