import { type Basis, billedMsOf, secondsPerNumber } from './bill.ts';
import { amount, table } from './markdown.ts';
import { QUOTAS } from './prices.ts';

const HOUR = 3_600;
/** A large team: numbers with lists of 1,000 users, each compared every hour, and what callers ask in a second. */
export const LARGE = {
  numbers: 10_000,
  perSecond: { lookUpOne: 900, lookUpThousand: 60, blockOne: 39, blockThousand: 1 },
} as const;
/** The share of all calls that the busiest number has. */
const BUSIEST = 0.1;
/** Characters of an entry of the token secret, with a phone number id of 15 digits and a token of 200 characters. */
export const SECRET_ENTRY = '"106540352242922":{"token":""},'.length + 200;
/** `SHARDS` of `lambdas/adapters/dynamo/keys.ts`. */
export const SHARDS = 16;

interface Need {
  readonly limit: string;
  readonly needs: number;
  readonly allows: number;
  readonly do: string;
}

/** What the large team needs of each limit, the one that it exceeds most first. */
export function needs(basis: Basis): Need[] {
  const { activities, stack } = basis;
  const calls = Object.entries(LARGE.perSecond) as [keyof typeof LARGE.perSecond, number][];
  const inASecond = (of: (name: keyof typeof LARGE.perSecond) => number) =>
    calls.reduce((sum, [name, rate]) => sum + rate * of(name), 0);
  const compared = activities.inSyncThousand;
  const comparedSeconds = secondsPerNumber(basis, 'Thousand');
  const perHour = LARGE.numbers / HOUR;
  const requests = inASecond(() => 1);
  const running = inASecond((name) => billedMsOf(basis, activities[name]) / 1_000) + perHour * comparedSeconds;
  const writes = inASecond((name) => activities[name].writeUnits) + perHour * compared.writeUnits;
  const reads = inASecond((name) => activities[name].readUnits) + perHour * compared.readUnits;
  const graph = HOUR * inASecond((name) => activities[name].graphCalls) + LARGE.numbers * compared.graphCalls;
  const limits: Need[] = [
    {
      limit:
        'Graph: calls an hour of one WhatsApp Business account, if they include `block_users` and all numbers are of one',
      needs: graph,
      allows: QUOTAS.graphCalls[0],
      do: 'each account has its own: spread over as many accounts as the column says; send users by the thousand, as jobs; reconcile less often',
    },
    {
      limit: 'Secrets Manager: bytes of the secret, if each number has a token of its own of 200 characters',
      needs: LARGE.numbers * SECRET_ENTRY,
      allows: QUOTAS.secretBytes[0],
      do: 'let the numbers of a business share the `default` token, or deploy a stack for each business',
    },
    {
      limit: 'Lambda in a new account: functions running at once',
      needs: running,
      allows: QUOTAS.concurrencyOfNewAccount[0],
      do: 'ask AWS for 1,000 before the first day',
    },
    {
      limit: `Reconciliation: seconds of one run an hour, at \`reconcile.concurrency\` ${stack.config.reconcileConcurrency}`,
      needs: (LARGE.numbers * comparedSeconds) / stack.config.reconcileConcurrency,
      allows: HOUR,
      do: 'raise `reconcile.concurrency` (up to 100), or `schedules.reconcile`',
    },
    {
      limit: 'DynamoDB: read units a second of a new table',
      needs: reads,
      allows: QUOTAS.newTableReads[0],
      do: 'set `warmThroughput.readUnitsPerSecond` before the first day; on-demand tables double what they have served before',
    },
    {
      limit: 'API: requests a second of one route, our own `throttle`',
      needs: LARGE.perSecond.lookUpOne,
      allows: stack.config.requestsPerSecond,
      do: 'raise `throttle.requestsPerSecond`; look up users together',
    },
    {
      limit: 'DynamoDB: read units a second of a table',
      needs: reads,
      allows: QUOTAS.tableReads[0],
      do: 'ask AWS for more',
    },
    {
      limit: 'DynamoDB: write units a second of a new table',
      needs: writes,
      allows: QUOTAS.newTableWrites[0],
      do: 'set `warmThroughput.writeUnitsPerSecond` before the first day',
    },
    {
      limit: 'Lambda: functions running at once',
      needs: running,
      allows: QUOTAS.concurrency[0],
      do: 'ask AWS for more; jobs come on top, `jobs.concurrency` each',
    },
    {
      limit: `DynamoDB: write units a second of a partition, if the busiest number has ${BUSIEST * 100} % of the calls, and all its writes went to one`,
      needs: writes * BUSIEST,
      allows: QUOTAS.partitionWrites[0],
      do: 'nothing: its users are in 16',
    },
    {
      limit: `DynamoDB: read units a second of a partition, of the ${SHARDS} of that number`,
      needs: (reads * BUSIEST) / SHARDS,
      allows: QUOTAS.partitionReads[0],
      do: 'nothing',
    },
    {
      limit: 'API Gateway: requests a second of the account',
      needs: requests,
      allows: QUOTAS.apiRequests[0],
      do: 'nothing',
    },
    {
      limit: 'Step Functions: executions started a second, for the groups of ten numbers',
      needs: perHour / 10,
      allows: QUOTAS.startExecutions[0],
      do: 'nothing: `reconcile.concurrency` limits how many start together',
    },
    {
      limit: 'Step Functions: transitions a second, at an even pace over the hour',
      needs: (perHour / 10) * stack.transitions.reconciliation.perGroup,
      allows: QUOTAS.transitions[0],
      do: 'nothing',
    },
    {
      limit: 'EventBridge Scheduler: invocations a second',
      needs: Object.values(stack.config.minutes).reduce((sum, minutes) => sum + 1 / (minutes * 60), 0),
      allows: QUOTAS.schedulerInvocations[0],
      do: 'nothing: a stack has a schedule of each kind, however many numbers it has',
    },
  ];
  return limits.sort((one, other) => other.needs / other.allows - one.needs / one.allows);
}

export function needTable(basis: Basis): string {
  return table(
    ['Limit', 'needs', 'allows', 'times', 'What to do'],
    needs(basis).map((one) => [one.limit, count(one.needs), amount(one.allows), share(one.needs / one.allows), one.do]),
    false,
  );
}

function count(value: number): string {
  return amount(value >= 100 ? Math.round(value) : value);
}

function share(times: number): string {
  return times < 0.01 ? 'below 0.01' : `**${amount(times)}**`.replaceAll('**', times >= 1 ? '**' : '');
}
