import { LIMITS } from '../../lambdas/contract/limits.ts';
import {
  add,
  type Basis,
  billedMsOf,
  dollars,
  entries,
  idleMonth,
  JOB_USERS,
  jobTransitions,
  jobUsage,
  type ListSize,
  reconciliationMonth,
  requestUsage,
  secondsPerNumber,
  storageMonth,
  times,
  total,
  type Usage,
} from './bill.ts';
import type { ActivityName } from './count.ts';
import { amount, atMost, money, table } from './markdown.ts';
import { needTable, SECRET_ENTRY, SHARDS } from './need.ts';
import { ASSUMED, PRICES, type PriceName, QUOTAS } from './prices.ts';

const MILLION = 1_000_000;
const HOUR = 3_600;
const NUMBERS = [1, 100, 10_000] as const;
const SIZES: readonly ListSize[] = ['Empty', 'Thousand', 'Full'];
/** `reconcile.concurrency` and `jobs.concurrency` go no higher: `lib/config-schema.ts`. */
const HIGHEST_CONCURRENCY = 100;
/** Numbers that a run of scheduled actions processes at once, and the seconds in which it begins another number. */
const SCHEDULED = { atOnce: 8, seconds: 230 };
/** Bytes of an entry of a request for 64,000 users: `{"user":"16505551234"},` */
const BODY_ENTRY = '{"user":"16505551234"},'.length;

/** What the service costs and which limit is met when, by the names under which the document has the tables. */
export function makeTables(basis: Basis): Readonly<Record<string, string>> {
  return {
    summary: summary(basis),
    job: compare({
      'all are blocked': jobUsage(basis),
      'all are refused': jobUsage(basis, 'refusedJob'),
      'all are unblocked': jobUsage(basis, 'unblockJob'),
    }),
    blocks: compare({
      'one user a request': times(requestUsage(basis, 'blockOne'), MILLION),
      '1,000 a request': times(requestUsage(basis, 'blockThousand'), MILLION / 1_000),
      'jobs of 64,000': times(jobUsage(basis), MILLION / JOB_USERS),
    }),
    'look-ups': compare({
      'a million requests, one user each': times(requestUsage(basis, 'lookUpOne'), MILLION),
      'a million users, 1,000 a request': times(requestUsage(basis, 'lookUpThousand'), 1_000),
    }),
    reconciliation: reconciliation(basis),
    events: events(),
    idle: idle(basis),
    counted: counted(basis),
    prices: prices(),
    numbers: numbers(basis),
    load: load(basis),
    need: needTable(basis),
    quotas: quotas(),
  };
}

/** An item of up to 1 KB is put in a transaction (2 units), with its change, which then takes one unit more; and is deleted. */
const UNITS_OF_EVENT = { writeUnits: 4, readUnits: 1 };

/** A million events that come one by one. */
function events(): string {
  const megabytes = 256;
  const usage: Usage = {
    writeUnits: UNITS_OF_EVENT.writeUnits * MILLION,
    readUnits: UNITS_OF_EVENT.readUnits * MILLION,
    lambdaRequests: MILLION,
    lambdaSeconds: (MILLION * ASSUMED.publishSeconds * megabytes) / 1_024,
    events: MILLION,
    logs: (MILLION * (ASSUMED.lambdaLogBytes + 200)) / 1_000_000,
  };
  return compare({ 'a million events': usage });
}

function summary(basis: Basis): string {
  const month = (numbers: number) => total(reconciliationMonth(basis, numbers, 'Thousand'));
  const rows = [
    ['a job that blocks 64,000 users', total(jobUsage(basis))],
    ['the same if all are refused', total(jobUsage(basis, 'refusedJob'))],
    ['a million look-ups of one user each', MILLION * total(requestUsage(basis, 'lookUpOne'))],
    ['a million users, looked up by the thousand', 1_000 * total(requestUsage(basis, 'lookUpThousand'))],
    ['a month of hourly reconciliation of 1 number with 1,000 users', month(NUMBERS[0])],
    ['… of 100 numbers', month(NUMBERS[1])],
    ['… of 10,000 numbers', month(NUMBERS[2])],
    ['a month of the stack with 1 number and no callers', total(idleUsage(basis))],
    ['a month of keeping a list of 64,000, each blocked once', total(storageMonth(basis))],
  ] as const;
  const cells = rows.map(([what, cost]) => [what, money(cost)]);
  return table(['What', 'Cost'], cells);
}

/** A row for each price that any of them needs, and their sum. */
function compare(columns: Readonly<Record<string, Usage>>): string {
  const usages = Object.values(columns);
  const names = entries(add(...usages)).map(([name]) => name);
  const row = (name: PriceName) => [
    PRICES[name][0],
    ...usages.flatMap((usage) => [amount(usage[name] ?? 0), money(dollars(name, usage[name] ?? 0))]),
  ];
  return table(
    ['', ...Object.keys(columns).flatMap((head) => [head, ''])],
    [...names.map(row), ['**together**', ...usages.flatMap((usage) => ['', `**${money(total(usage))}**`])]],
  );
}

function reconciliation(basis: Basis): string {
  return table(
    ['Numbers', 'empty lists', '1,000 users each', '64,000 users each', 'Graph’s calls an hour'],
    NUMBERS.map((numbers) => [
      amount(numbers),
      ...SIZES.map((size) => money(total(reconciliationMonth(basis, numbers, size)))),
      SIZES.map((size) => amount(basis.activities[`inSync${size}`].graphCalls * numbers)).join(' / '),
    ]),
  );
}

function idleUsage(basis: Basis): Usage {
  return add(...idleMonth(basis).map(({ usage }) => usage));
}

function idle(basis: Basis): string {
  const routes = dollars('metrics', ASSUMED.metricsPerRoute);
  const { essential, all } = basis.stack.metrics;
  const off = total({ metrics: essential, dashboards: 1, alarms: basis.stack.serviceAlarms });
  return table(
    ['A month of 730 hours', 'Cost'],
    [
      ...idleMonth(basis).map(({ name, usage }) => [name, money(total(usage))]),
      ['**together**', `**${money(total(idleUsage(basis)))}**`],
      ['with `metrics: full`: more of them', `+ ${money(dollars('metrics', all - essential))}`],
      ['with `metrics: off`: no metrics, one dashboard less, and no alarms on them', `- ${money(off)}`],
      ['for each route that is called in every hour: its metrics', `+ ${money(routes)}`],
      ['with `customerManagedKey`: the key', `+ ${money(dollars('keys', 1))}`],
    ],
  );
}

function counted(basis: Basis): string {
  const { perRun, perGroup } = basis.stack.transitions.reconciliation;
  const [job, run] = [jobTransitions(basis), perRun + perGroup];
  const rows: [string, ActivityName, number][] = [
    ['job of 64,000, all blocked', 'job', job],
    ['job of 64,000, all refused', 'refusedJob', job],
    ['job of 64,000, all unblocked', 'unblockJob', job],
    ['block 1 user', 'blockOne', 0],
    ['block 1,000 users', 'blockThousand', 0],
    ['look up 1 user', 'lookUpOne', 0],
    ['look up 1,000 users', 'lookUpThousand', 0],
    ['reconcile 0 users, in sync', 'inSyncEmpty', run],
    ['reconcile 1,000, in sync', 'inSyncThousand', run],
    ['reconcile 64,000, in sync', 'inSyncFull', run],
    ['expire, nothing due', 'expire', 0],
    ['deferred, nothing due', 'deferred', 0],
    ['sweep, nothing due', 'sweep', 0],
    ['token check, one token', 'tokenCheck', 0],
  ];
  const figures = ['write units', 'read units', 'calls to DynamoDB', 'to Graph', 'of functions'];
  return table(
    ['', ...figures, 'waiting, ms', 'CPU, ms', 'transitions'],
    rows.map(([name, activity, transitions]) => {
      const { functions, writeUnits, readUnits, dynamoCalls, graphCalls } = basis.activities[activity];
      const sum = (field: 'calls' | 'waitMs' | 'cpuMs') =>
        Object.values(functions).reduce((all, one) => all + one[field], 0);
      const calls = [dynamoCalls, graphCalls, sum('calls')];
      return [name, ...[writeUnits, readUnits, ...calls, sum('waitMs'), sum('cpuMs'), transitions].map(amount)];
    }),
  );
}

function prices(): string {
  return table(
    ['Unit', 'Dollars', 'for', 'seen at', 'AWS’s page'],
    Object.values(PRICES).map(([unit, price, per, seen, page]) => [
      unit,
      `$${price}`,
      amount(per),
      { vendor: 'AWS', others: 'others', nowhere: 'nowhere: from memory' }[seen],
      `<https://aws.amazon.com/${page}/>`,
    ]),
    false,
  );
}

function limit(name: keyof typeof QUOTAS): number {
  return QUOTAS[name][0];
}

/** What the load of one running job is, at the default concurrency and at the latencies that were counted with. */
export function jobLoad(basis: Basis) {
  const { job } = basis.activities;
  const { config, transitions } = basis.stack;
  const lanes = job.functions['process-chunk'];
  if (!lanes) throw new Error('No job was counted');
  const billedSeconds = billedMsOf(basis, { ...job, functions: { 'process-chunk': lanes } }) / 1_000;
  const jobSeconds = billedSeconds / config.jobConcurrency;
  return {
    chunkSeconds: billedSeconds / (JOB_USERS / config.chunkSize),
    writesPerSecond: job.writeUnits / jobSeconds,
    transitionsPerSecond: (transitions.job.perLane * config.jobConcurrency) / jobSeconds,
  };
}

/**
 * Limits of the hourly reconciliation, and the numbers at which they are met with lists of each size. The one that lists of
 * 1,000 users meet first comes first.
 */
export function numberLimits(basis: Basis) {
  const { reconcileConcurrency } = basis.stack.config;
  const inAnHour = (concurrency: number) => SIZES.map((size) => (concurrency * HOUR) / secondsPerNumber(basis, size));
  const rows = [
    {
      limit: `Graph: ${amount(limit('graphCalls'))} calls an hour, if they include \`block_users\`, and all numbers are of one account`,
      metAt: SIZES.map((size) => limit('graphCalls') / basis.activities[`inSync${size}`].graphCalls),
      do: 'schedule `reconcile` less often (`schedules.reconcile`: every 6 hours is a sixth of the calls); the service waits as long as Graph’s usage header says, so a run only takes longer',
    },
    {
      limit: `an hour for one run, at \`reconcile.concurrency\` ${reconcileConcurrency}`,
      metAt: inAnHour(reconcileConcurrency),
      do: 'raise `reconcile.concurrency`, or schedule less often; until then runs overlap, which is safe, and a run is stopped after 6 hours',
    },
    {
      limit: `the same, at \`reconcile.concurrency\` ${HIGHEST_CONCURRENCY}, the highest`,
      metAt: inAnHour(HIGHEST_CONCURRENCY),
      do: 'schedule less often, or deploy a stack for each part of the numbers',
    },
    {
      limit: `Secrets Manager: ${amount(limit('secretBytes'))} bytes, if each number has a token of its own of 200 characters`,
      metAt: SIZES.map(() => limit('secretBytes') / SECRET_ENTRY),
      do: 'let numbers of one business share the `default` token, or deploy a stack for each business',
    },
    {
      limit: `\`expire\`: a run of ${SCHEDULED.seconds} s, if every number has a block that ends in the same 5 minutes`,
      metAt: SIZES.map(
        () => (SCHEDULED.atOnce * SCHEDULED.seconds * 1_000) / billedMsOf(basis, basis.activities.blockOne),
      ),
      do: 'nothing is lost: the next run ends the blocks that remain; if this lasts, deploy a second stack',
    },
  ];
  return rows.sort((a, b) => (a.metAt[1] ?? 0) - (b.metAt[1] ?? 0));
}

function numbers(basis: Basis): string {
  return table(
    ['Limit', 'empty lists', '1,000 users each', '64,000 users each', 'What to do'],
    numberLimits(basis).map((row) => [row.limit, ...row.metAt.map(atMost), row.do]),
    false,
  );
}

/** Limits of what callers do. Each depends on another load, so they are in the order of the services. */
function load(basis: Basis): string {
  const { config, transitions } = basis.stack;
  const job = jobLoad(basis);
  const { blockOne, lookUpOne } = basis.activities;
  const atOnce = (activity: typeof blockOne) => atMost(limit('concurrency') / (billedMsOf(basis, activity) / 1_000));
  const jobs = (most: number) => `${atMost(most)} jobs at once at \`jobs.concurrency\` ${config.jobConcurrency}`;
  const concurrencyOfPartitions = (SHARDS * limit('partitionWrites') * job.chunkSeconds) / config.chunkSize;
  return `| Limit | Met at | What to do |
|---|---|---|
| API: ${amount(config.requestsPerSecond)} requests a second of one route, our own \`throttle\` | ${amount(config.requestsPerSecond)} requests a second of that route, ${amount(limit('apiRequests'))} of all | raise \`throttle.requestsPerSecond\` up to the account’s ${amount(limit('apiRequests'))}; callers with many users should send 1,000 in one request |
| Lambda: ${amount(limit('concurrency'))} at once, all functions of the account | ${jobs(limit('concurrency') / config.jobConcurrency)}, ${atOnce(blockOne)} one-user blocks or ${atOnce(lookUpOne)} look-ups a second | ask AWS for more; \`reservedConcurrency.worker\` keeps jobs from taking what the API needs; chunks that get no function are tried again for 29 minutes |
| Lambda in a new account: ${limit('concurrencyOfNewAccount')} at once | ${jobs(limit('concurrencyOfNewAccount') / config.jobConcurrency)} | ask AWS for 1,000 before the first large job |
| Lambda: ${amount(limit('scaling'))} more containers of a function in 10 s | only if 1,000 run at once | nothing, unless AWS granted you more than 1,000 at once |
| Lambda: ${amount(limit('payload') / 1024 / 1024)} MB of a call, which is less than API Gateway’s 10 MB | a request of ${atMost(limit('payload') / BODY_ENTRY)} users; ${amount(LIMITS.entriesPerRequest)} take ${amount((BODY_ENTRY * LIMITS.entriesPerRequest) / 1024 / 1024)} MB | nothing: a request of more users is refused |
| API Gateway: ${limit('apiSeconds')} s for an answer | never by load, only if Graph takes longer than \`graph.timeoutSeconds\`, in a request of 1,000 users or fewer | nothing: the functions answer within 28 s, with an error that says to try again; more than 1,000 users are a job, which waits |
| DynamoDB: ${amount(limit('newTableWrites'))} write units a second of a new table | ${jobs(limit('newTableWrites') / job.writesPerSecond)}: one writes ${amount(job.writesPerSecond)} a second | set \`warmThroughput.writeUnitsPerSecond\` before a large first import (AWS bills it once), or lower \`jobs.concurrency\`; a chunk that is throttled past the SDK’s retries is tried three more times by the workflow; then it fails, and can be retried |
| DynamoDB: ${amount(limit('tableWrites'))} write units a second of a table | ${jobs(limit('tableWrites') / job.writesPerSecond)} | ask AWS for more, or lower \`jobs.concurrency\` |
| DynamoDB: ${amount(limit('partitionWrites'))} write units a second of a partition, ${SHARDS} of which hold the users of a number | a job at \`jobs.concurrency\` ${atMost(concurrencyOfPartitions)}; ${atMost(limit('partitionWrites') / blockOne.writeUnits)} one-user blocks a second on one number, if all their writes go to one partition | keep \`jobs.concurrency\` below that; send users of one number together |
| DynamoDB: ${amount(limit('partitionReads'))} read units a second of a partition | ${atMost(limit('partitionReads') / lookUpOne.readUnits)} look-ups a second of one user, ${atMost((SHARDS * limit('partitionReads')) / lookUpOne.readUnits)} of one number | cache answers at the caller for a second |
| Step Functions: ${amount(limit('startExecutions'))} executions started a second, 1,300 at once | ${limit('startExecutions') / 100} requests a second for jobs on 100 numbers each, or a request for 1,000 numbers every 3 seconds | nothing: the sweep starts what could not be started; or ask AWS for more |
| Step Functions: ${amount(limit('mapRuns'))} distributed Maps open at once | ${amount(limit('mapRuns'))} open jobs, including those that wait for Graph: ${limit('mapRuns') / 100} requests for 100 numbers, or one for 1,000 | send the next request when the jobs of the last one are done; shorten \`jobs.deadlineHours\` |
| Step Functions: ${amount(limit('transitions'))} transitions a second | ${jobs(limit('transitions') / job.transitionsPerSecond)}, ${transitions.job.perLane} transitions a lane | nothing: Step Functions slows down and loses nothing; or ask AWS for more |
| Secrets Manager: ${amount(limit('secretReads'))} reads a second | ${amount(limit('secretReads') * 60)} containers, each of which reads once a minute | nothing |
| CloudWatch Logs: ${amount(limit('logWrites'))} writes a second | ${amount(limit('logWrites'))} containers that write in the same second: more than can run | nothing |
| EventBridge Scheduler: ${amount(limit('schedulerInvocations'))} invocations a second | never: a stack has ${Object.keys(config.minutes).length} schedules, however many numbers it has | nothing |
| Graph: ${amount(limit('graphCalls'))} calls an hour, if they include \`block_users\` | ${atMost(limit('graphCalls') / HOUR)} one-user blocks a second on the numbers of one account; by the thousand, ${amount(limit('graphCalls') * LIMITS.usersPerGraphRequest)} users an hour | send users together; a job waits as Graph asks, within \`jobs.deadlineHours\` |
| Graph: ${amount(limit('graphListSize'))} users of a list | one full list; no setting helps | give blocks an end (\`expires_in\`); watch \`size\` of \`GET …/blocklist\` |`;
}

function quotas(): string {
  return table(
    ['Limit', '', 'AWS raises it', 'seen at', 'Page'],
    Object.values(QUOTAS).map(([most, unit, seen, raised, source]) => [
      amount(most),
      unit,
      raised === 'fixed' ? 'no, or not known' : 'yes',
      seen === 'nowhere' ? 'nowhere: from memory' : 'the vendor',
      `<${source}>`,
    ]),
    false,
  );
}
