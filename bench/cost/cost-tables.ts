import {
  add,
  type Basis,
  dollars,
  entries,
  idleMonth,
  JOB_USERS,
  jobTransitions,
  jobUsage,
  reconciliationMonth,
  requestUsage,
  storageMonth,
  times,
  total,
  type Usage,
} from './bill.ts';
import type { ActivityName } from './count.ts';
import { amount, money, table } from './markdown.ts';
import { ASSUMED, PRICES, type PriceName } from './prices.ts';

const MILLION = 1_000_000;
const NUMBERS = [1, 100, 10_000] as const;

/** The tables of what the service costs, by the names under which the document has them. */
export function costTables(basis: Basis): Readonly<Record<string, string>> {
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
    idle: idle(basis),
    counted: counted(basis),
    prices: prices(),
  };
}

function summary(basis: Basis): string {
  const month = (numbers: number) => total(reconciliationMonth(basis, numbers, 'Thousand'));
  const rows: [string, number][] = [
    ['a job that blocks 64,000 users', total(jobUsage(basis))],
    ['the same if all are refused', total(jobUsage(basis, 'refusedJob'))],
    ['a million look-ups of one user each', MILLION * total(requestUsage(basis, 'lookUpOne'))],
    ['a million users, looked up by the thousand', 1_000 * total(requestUsage(basis, 'lookUpThousand'))],
    ['a month of hourly reconciliation of 1 number with 1,000 users', month(NUMBERS[0])],
    ['… of 100 numbers', month(NUMBERS[1])],
    ['… of 10,000 numbers', month(NUMBERS[2])],
    ['a month of the stack with 1 number and no callers', total(idleUsage(basis))],
    ['a month of keeping a list of 64,000, each blocked once', total(storageMonth(basis))],
  ];
  return table(
    ['What', 'Cost'],
    rows.map(([what, cost]) => [what, money(cost)]),
  );
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
  const { inSyncEmpty, inSyncThousand, inSyncFull } = basis.activities;
  return table(
    ['Numbers', 'empty lists', '1,000 users each', '64,000 users each', 'Graph’s calls an hour'],
    NUMBERS.map((numbers) => [
      amount(numbers),
      ...(['Empty', 'Thousand', 'Full'] as const).map((size) =>
        money(total(reconciliationMonth(basis, numbers, size))),
      ),
      [inSyncEmpty, inSyncThousand, inSyncFull].map(({ graphCalls }) => amount(graphCalls * numbers)).join(' / '),
    ]),
  );
}

function idleUsage(basis: Basis): Usage {
  return add(...idleMonth(basis).map(({ usage }) => usage));
}

function idle(basis: Basis): string {
  const routes = dollars('metrics', ASSUMED.metricsPerRoute);
  return table(
    ['A month of 730 hours', 'Cost'],
    [
      ...idleMonth(basis).map(({ name, usage }) => [name, money(total(usage))]),
      ['**together**', `**${money(total(idleUsage(basis)))}**`],
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
