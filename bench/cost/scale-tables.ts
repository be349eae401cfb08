import { LIMITS } from '../../lambdas/contract/limits.ts';
import { type ListSize, secondsPerNumber } from './activities.ts';
import { billedMsOf } from './bill.ts';
import type { CostCounts } from './counts-schema.ts';
import { amount, atMost, table } from './markdown.ts';
import { QUOTAS } from './quotas.ts';

const HOUR = 3_600;
/** `reconcile.concurrency` and `jobs.concurrency` go no higher: `lib/config-schema.ts`. */
const HIGHEST_CONCURRENCY = 100;
/** `SHARDS` of `lambdas/adapters/dynamo/keys.ts`. */
const SHARDS = 16;
/** Numbers on which a run over what is due works at once, and the seconds in which it begins another one. */
const DUE = { atOnce: 8, seconds: 230 };
/** Characters of an entry of the token secret, with a phone number id of 15 digits and a token of 200 characters. */
const SECRET_ENTRY = '"106540352242922":{"token":""},'.length + 200;
/** Bytes of an entry of a request for 64,000 users: `{"user":"16505551234"},` */
const BODY_ENTRY = '{"user":"16505551234"},'.length;

/** One limit, the load at which it is met, and what to do then. */
interface Row {
  readonly limit: string;
  readonly metAt: readonly number[];
  readonly do: string;
}

/** The tables of which limit is met when, by the names under which the document has them. */
export function scaleTables(counts: CostCounts): Readonly<Record<string, string>> {
  return { numbers: numbers(counts), load: load(counts), quotas: quotas() };
}

/** What the load of one running job is, at the default concurrency and at the latencies that were counted with. */
export function jobLoad(counts: CostCounts) {
  const { job } = counts.activities;
  const { config, transitions } = counts.stack;
  const chunks = job.functions['process-chunk'];
  if (!chunks) throw new Error('No job was counted');
  const chunkSeconds = billedMsOf(counts, { ...job, functions: { 'process-chunk': chunks } }) / 1_000 / chunks.calls;
  const chunksPerSecond = config.jobConcurrency / chunkSeconds;
  return {
    chunkSeconds,
    usersPerSecond: chunksPerSecond * config.chunkSize,
    writesPerSecond: chunksPerSecond * (job.writeUnits / chunks.calls),
    transitionsPerSecond: chunksPerSecond * transitions.job.perChunk,
  };
}

const SIZES: readonly ListSize[] = ['Empty', 'Thousand', 'Full'];

/** Limits of the hourly reconciliation, which grow with the numbers; the one that is met first comes first. */
export function numberLimits(counts: CostCounts): Row[] {
  const { reconcileConcurrency } = counts.stack.config;
  const inAnHour = (concurrency: number) => SIZES.map((size) => (concurrency * HOUR) / secondsPerNumber(counts, size));
  const rows: Row[] = [
    {
      limit: `Graph: ${amount(QUOTAS.graphCalls.limit)} calls an hour, if \`block_users\` is counted there and all numbers are of one account`,
      metAt: SIZES.map((size) => QUOTAS.graphCalls.limit / counts.activities[`inStep${size}`].graphCalls),
      do: 'schedule `reconcile` less often (`schedules.reconcile`: every 6 hours is a sixth of the calls); the service waits as long as Graph’s usage header says and goes on, so a run only takes longer',
    },
    {
      limit: `an hour for one run, at \`reconcile.concurrency\` ${reconcileConcurrency}`,
      metAt: inAnHour(reconcileConcurrency),
      do: 'raise `reconcile.concurrency`, or schedule less often; until then runs overlap, which is safe, and one that takes 6 hours is cut off',
    },
    {
      limit: `the same, at \`reconcile.concurrency\` ${HIGHEST_CONCURRENCY}, the highest`,
      metAt: inAnHour(HIGHEST_CONCURRENCY),
      do: 'schedule less often, or deploy a stack for each part of the numbers',
    },
    {
      limit: `Secrets Manager: ${amount(QUOTAS.secretBytes.limit)} bytes, where each number has a token of its own of 200 characters`,
      metAt: SIZES.map(() => QUOTAS.secretBytes.limit / SECRET_ENTRY),
      do: 'let numbers of one business share the `default` token, or deploy a stack for each business',
    },
    {
      limit: `\`expire\`: a run of ${DUE.seconds} s, where every number has a block that ends in the same 5 minutes`,
      metAt: SIZES.map(() => (DUE.atOnce * DUE.seconds * 1_000) / billedMsOf(counts, counts.activities.blockOne)),
      do: 'nothing is lost: the rest is still due at the next run; if it stays so, deploy a second stack',
    },
  ];
  return sorted(rows, 1);
}

function numbers(counts: CostCounts): string {
  return table(
    ['Limit', 'empty lists', '1,000 users each', '64,000 users each', 'What to do'],
    numberLimits(counts).map((row) => [row.limit, ...row.metAt.map(atMost), row.do]),
    false,
  );
}

/** Limits of what callers do; each with a load of its own, so in the order of the services. */
function load(counts: CostCounts): string {
  const { config, transitions } = counts.stack;
  const job = jobLoad(counts);
  const { blockOne, lookUpOne } = counts.activities;
  const [blockSeconds, lookUpSeconds] = [blockOne, lookUpOne].map((one) => billedMsOf(counts, one) / 1_000) as [
    number,
    number,
  ];
  const perJob = `at \`jobs.concurrency\` ${config.jobConcurrency}`;
  const rows: [string, string, string][] = [
    [
      `API: ${amount(config.requestsPerSecond)} requests a second of one route, our own \`throttle\``,
      `${amount(config.requestsPerSecond)} requests a second of that route, ${amount(QUOTAS.apiRequests.limit)} of all`,
      `raise \`throttle.requestsPerSecond\` up to the account’s ${amount(QUOTAS.apiRequests.limit)}; callers that ask for many send them by the thousand`,
    ],
    [
      `Lambda: ${amount(QUOTAS.concurrency.limit)} at once, all functions of the account`,
      `${atMost(QUOTAS.concurrency.limit / config.jobConcurrency)} jobs at once ${perJob}, ${atMost(QUOTAS.concurrency.limit / blockSeconds)} one-user blocks or ${atMost(QUOTAS.concurrency.limit / lookUpSeconds)} look-ups a second`,
      'ask AWS for more; `reservedConcurrency.worker` keeps jobs from taking what the API needs; chunks that find no room are tried again for 29 minutes',
    ],
    [
      `Lambda in a new account: ${QUOTAS.concurrencyOfNewAccount.limit} at once`,
      `${atMost(QUOTAS.concurrencyOfNewAccount.limit / config.jobConcurrency)} jobs at once ${perJob}`,
      'ask AWS for 1,000 before the first large job',
    ],
    [
      `Lambda: ${amount(QUOTAS.scaling.limit)} more containers of a function in 10 s`,
      'only together with the 1,000 at once',
      'nothing, unless more than 1,000 at once were granted',
    ],
    [
      `Lambda: ${amount(QUOTAS.payload.limit / 1024 / 1024)} MB of a call, before API Gateway’s 10 MB`,
      `a request of ${atMost(QUOTAS.payload.limit / BODY_ENTRY)} users; ${amount(LIMITS.entriesPerRequest)} take ${amount((BODY_ENTRY * LIMITS.entriesPerRequest) / 1024 / 1024)} MB`,
      'nothing: a longer request is refused by its count',
    ],
    [
      `API Gateway: ${QUOTAS.apiSeconds.limit} s for an answer`,
      'not by load: by a Graph that takes longer than `graph.timeoutSeconds`, in a request of 1,000 users or fewer',
      'nothing: the functions answer within 28 s, with an error that says to try again; more than 1,000 users are a job, which waits',
    ],
    [
      `DynamoDB: ${amount(QUOTAS.newTableWrites.limit)} write units a second of a table that is new`,
      `${atMost(QUOTAS.newTableWrites.limit / job.writesPerSecond)} jobs at once ${perJob}: one writes ${amount(job.writesPerSecond)} a second`,
      'set `warmThroughput.writeUnitsPerSecond` before a large first import (AWS bills it once), or lower `jobs.concurrency`; a chunk that is throttled past the SDK’s retries is tried three times more by the workflow, then it fails and can be retried',
    ],
    [
      `DynamoDB: ${amount(QUOTAS.tableWrites.limit)} write units a second of a table`,
      `${atMost(QUOTAS.tableWrites.limit / job.writesPerSecond)} jobs at once ${perJob}`,
      'ask AWS for more, or lower `jobs.concurrency`',
    ],
    [
      `DynamoDB: ${amount(QUOTAS.partitionWrites.limit)} write units a second of a partition, ${SHARDS} of which hold the users of a number`,
      `a job at \`jobs.concurrency\` ${atMost((SHARDS * QUOTAS.partitionWrites.limit * job.chunkSeconds) / config.chunkSize)}; ${atMost(QUOTAS.partitionWrites.limit / blockOne.writeUnits)} one-user blocks a second on one number, if all they write were in one partition`,
      'keep `jobs.concurrency` below that; send users of one number together',
    ],
    [
      `DynamoDB: ${amount(QUOTAS.partitionReads.limit)} read units a second of a partition`,
      `${atMost(QUOTAS.partitionReads.limit / lookUpOne.readUnits)} look-ups a second of one user, ${atMost((SHARDS * QUOTAS.partitionReads.limit) / lookUpOne.readUnits)} of one number`,
      'cache answers at the caller for a second',
    ],
    [
      `Step Functions: ${amount(QUOTAS.startExecutions.limit)} executions started a second, 1,300 at once`,
      `${atMost(QUOTAS.startExecutions.limit / LIMITS.numbersPerRequest)} requests a second for jobs on ${LIMITS.numbersPerRequest} numbers`,
      'nothing: what could not be started is started by the sweep; or ask AWS for more',
    ],
    [
      `Step Functions: ${amount(QUOTAS.mapRuns.limit)} distributed Maps open at once`,
      `${amount(QUOTAS.mapRuns.limit)} open jobs, those too that wait for Graph: ${QUOTAS.mapRuns.limit / LIMITS.numbersPerRequest} requests for ${LIMITS.numbersPerRequest} numbers`,
      'send the next request when the jobs of the last one are done; shorten `jobs.deadlineHours`',
    ],
    [
      `Step Functions: ${amount(QUOTAS.transitions.limit)} transitions a second`,
      `${atMost(QUOTAS.transitions.limit / job.transitionsPerSecond)} jobs at once ${perJob}, ${transitions.job.perChunk} transitions a chunk`,
      'nothing: Step Functions slows down and loses nothing; or ask AWS for more',
    ],
    [
      `Secrets Manager: ${amount(QUOTAS.secretReads.limit)} reads a second`,
      `${amount(QUOTAS.secretReads.limit * 60)} containers, each of which reads once a minute`,
      'nothing',
    ],
    [
      `CloudWatch Logs: ${amount(QUOTAS.logWrites.limit)} writes a second`,
      `${amount(QUOTAS.logWrites.limit)} containers that write in the same second: more than may run`,
      'nothing',
    ],
    [
      `EventBridge Scheduler: ${amount(QUOTAS.schedulerInvocations.limit)} invocations a second`,
      `never: a stack has ${Object.keys(config.minutes).length} schedules, however many its numbers`,
      'nothing',
    ],
    [
      `Graph: ${amount(QUOTAS.graphCalls.limit)} calls an hour, if \`block_users\` is counted there`,
      `${atMost(QUOTAS.graphCalls.limit / HOUR)} one-user blocks a second on the numbers of one account; by the thousand, ${amount(QUOTAS.graphCalls.limit * LIMITS.usersPerGraphRequest)} users an hour`,
      'send users together; a job waits as Graph asks, within `jobs.deadlineHours`',
    ],
    [
      `Graph: ${amount(QUOTAS.graphListSize.limit)} users of a list`,
      'one full list: no setting helps',
      'give blocks an end (`expires_in`); watch `size` of `GET …/blocklist`',
    ],
  ];
  return table(['Limit', 'Met at', 'What to do'], rows, false);
}

function quotas(): string {
  return table(
    ['Limit', '', 'AWS raises it', 'seen with', 'Page'],
    Object.values(QUOTAS).map(({ limit, unit, adjustable, seen, source }) => [
      amount(limit),
      unit,
      adjustable ? 'yes' : 'no, or not known',
      seen === 'nowhere' ? 'nobody: from memory' : 'the vendor',
      `<${source}>`,
    ]),
    false,
  );
}

function sorted(rows: readonly Row[], column: number): Row[] {
  return [...rows].sort((a, b) => (a.metAt[column] ?? 0) - (b.metAt[column] ?? 0));
}
