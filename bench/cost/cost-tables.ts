import { idleMonth, jobUsage, reconciliationMonth, requestUsage, storageMonth } from './activities.ts';
import { ASSUMED } from './assumed.ts';
import { add, dollars, entries, times, total, type Usage } from './bill.ts';
import type { CostCounts } from './counts-schema.ts';
import { amount, money, table } from './markdown.ts';
import { PRICES, type PriceName } from './prices.ts';

const MILLION = 1_000_000;
const JOB_USERS = 64_000;
const NUMBERS = [1, 100, 10_000];

/** The tables of what the service costs, by the names under which the document has them. */
export function costTables(counts: CostCounts): Readonly<Record<string, string>> {
  return {
    summary: summary(counts),
    job: jobs(counts),
    blocks: blocks(counts),
    'look-ups': lookUps(counts),
    reconciliation: reconciliation(counts),
    idle: idle(counts),
    counted: counted(counts),
    prices: prices(),
  };
}

function summary(counts: CostCounts): string {
  const [, hundred, tenThousand] = NUMBERS;
  const month = (numbers = 1) => money(total(reconciliationMonth(counts, numbers, 'Thousand')));
  return table(
    ['What', 'Cost'],
    [
      ['a job that blocks 64,000 users', money(total(jobUsage(counts)))],
      ['the same where all are refused', money(total(jobUsage(counts, 'refusedJob')))],
      ['a million look-ups of one user each', money(MILLION * total(requestUsage(counts, 'lookUpOne')))],
      ['a million users, looked up by the thousand', money(1_000 * total(requestUsage(counts, 'lookUpThousand')))],
      ['a month of hourly reconciliation of 1 number with 1,000 users', month()],
      ['… of 100 numbers', month(hundred)],
      ['… of 10,000 numbers', month(tenThousand)],
      ['a month of the stack with 1 number and no callers', money(total(idleUsage(counts)))],
      ['a month of keeping a list of 64,000, each blocked once', money(total(storageMonth(counts)))],
    ],
  );
}

/** A row for each price that any of them needs, and their sum. */
function compare(columns: readonly { readonly head: string; readonly usage: Usage }[]): string {
  const names = entries(add(...columns.map(({ usage }) => usage))).map(([name]) => name);
  const row = (name: PriceName) => [
    PRICES[name].unit,
    ...columns.flatMap(({ usage }) => [amount(usage[name] ?? 0), money(dollars(name, usage[name] ?? 0))]),
  ];
  return table(
    ['', ...columns.flatMap(({ head }) => [head, ''])],
    [...names.map(row), ['**together**', ...columns.flatMap(({ usage }) => ['', `**${money(total(usage))}**`])]],
  );
}

function jobs(counts: CostCounts): string {
  return compare([
    { head: 'all are blocked', usage: jobUsage(counts) },
    { head: 'all are refused', usage: jobUsage(counts, 'refusedJob') },
    { head: 'all are unblocked', usage: jobUsage(counts, 'unblockJob') },
  ]);
}

function blocks(counts: CostCounts): string {
  return compare([
    { head: 'one user a request', usage: times(requestUsage(counts, 'blockOne'), MILLION) },
    { head: '1,000 a request', usage: times(requestUsage(counts, 'blockThousand'), MILLION / 1_000) },
    { head: 'jobs of 64,000', usage: times(jobUsage(counts), MILLION / JOB_USERS) },
  ]);
}

function lookUps(counts: CostCounts): string {
  return compare([
    { head: 'a million requests, one user each', usage: times(requestUsage(counts, 'lookUpOne'), MILLION) },
    { head: 'a million users, 1,000 a request', usage: times(requestUsage(counts, 'lookUpThousand'), 1_000) },
  ]);
}

function reconciliation(counts: CostCounts): string {
  const cost = (numbers: number, size: 'Empty' | 'Thousand' | 'Full') =>
    money(total(reconciliationMonth(counts, numbers, size)));
  const calls = ({ activities }: CostCounts, numbers: number) =>
    [activities.inStepEmpty, activities.inStepThousand, activities.inStepFull]
      .map(({ graphCalls }) => amount(graphCalls * numbers))
      .join(' / ');
  return table(
    ['Numbers', 'empty lists', '1,000 users each', '64,000 users each', 'Graph’s calls an hour'],
    NUMBERS.map((numbers) => [
      amount(numbers),
      cost(numbers, 'Empty'),
      cost(numbers, 'Thousand'),
      cost(numbers, 'Full'),
      calls(counts, numbers),
    ]),
  );
}

function idleUsage(counts: CostCounts): Usage {
  return add(...idleMonth(counts).map(({ usage }) => usage));
}

function idle(counts: CostCounts): string {
  const routes = dollars('metrics', ASSUMED.metricsPerRoute);
  return table(
    ['A month of 730 hours', 'Cost'],
    [
      ...idleMonth(counts).map(({ name, usage }) => [name, money(total(usage))]),
      ['**together**', `**${money(total(idleUsage(counts)))}**`],
      ['for each route that is called in every hour of the month: its metrics', `+ ${money(routes)}`],
      ['with `customerManagedKey`: the key', `+ ${money(dollars('keys', 1))}`],
    ],
  );
}

function counted({ activities, stack }: CostCounts): string {
  const rows: [string, keyof typeof activities][] = [
    ['job of 64,000, all blocked', 'job'],
    ['job of 64,000, all refused', 'refusedJob'],
    ['job of 64,000, all unblocked', 'unblockJob'],
    ['block 1 user', 'blockOne'],
    ['block 1,000 users', 'blockThousand'],
    ['look up 1 user', 'lookUpOne'],
    ['look up 1,000 users', 'lookUpThousand'],
    ['reconcile 0 users, in step', 'inStepEmpty'],
    ['reconcile 1,000, in step', 'inStepThousand'],
    ['reconcile 64,000, in step', 'inStepFull'],
    ['expire, nothing due', 'expire'],
    ['deferred, nothing due', 'deferred'],
    ['sweep, nothing due', 'sweep'],
    ['token check, one token', 'tokenCheck'],
  ];
  const { job, reconciliation: run } = stack.transitions;
  const transitionsOf: Partial<Record<keyof typeof activities, number>> = {
    job: job.perJob + (JOB_USERS / stack.config.chunkSize) * job.perChunk,
    refusedJob: job.perJob + (JOB_USERS / stack.config.chunkSize) * job.perChunk,
    unblockJob: job.perJob + (JOB_USERS / stack.config.chunkSize) * job.perChunk,
    inStepEmpty: run.perRun + run.perGroup,
    inStepThousand: run.perRun + run.perGroup,
    inStepFull: run.perRun + run.perGroup,
  };
  return table(
    [
      '',
      'write units',
      'read units',
      'calls to DynamoDB',
      'to Graph',
      'of functions',
      'waiting, ms',
      'CPU, ms',
      'transitions',
    ],
    rows.map(([name, key]) => {
      const { functions, ...one } = activities[key];
      const sum = (field: 'calls' | 'waitMs' | 'cpuMs') =>
        amount(Object.values(functions).reduce((all, fn) => all + fn[field], 0));
      return [
        name,
        ...[one.writeUnits, one.readUnits, one.dynamoCalls, one.graphCalls].map(amount),
        sum('calls'),
        sum('waitMs'),
        sum('cpuMs'),
        amount(transitionsOf[key] ?? 0),
      ];
    }),
  );
}

function prices(): string {
  return table(
    ['Unit', 'Dollars', 'for', 'seen with', 'AWS’s page'],
    Object.values(PRICES).map(({ unit, dollars: price, per, seen, source }) => [
      unit,
      `$${price}`,
      amount(per),
      seen === 'nowhere' ? 'nobody: from memory' : seen,
      `<${source}>`,
    ]),
    false,
  );
}
