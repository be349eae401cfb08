/** What is measured, and what it must hold: the one list that `npm run bench` fills and prints. */
export interface Threshold {
  readonly name: string;
  readonly unit: string;
  /** The value may be this much. */
  readonly most: number;
  /** What we would like it to be; absent if there is nothing more to reach. */
  readonly goal?: number;
}

export const THRESHOLDS = {
  coldStart: {
    name: 'cold start of block-users, import and first request ÷ the same handler bundled by the defaults of the CDK',
    unit: 'ratio',
    most: 0.48,
    goal: 0.35,
  },
  bundle: {
    name: 'code that block-users loads, minified, without its map',
    unit: 'KB',
    most: 330,
    goal: 250,
  },
  oneUser: {
    name: 'one user, warm: time added to the Graph call beyond two round trips to a DynamoDB of 4 ms',
    unit: 'ms',
    most: 3,
    goal: 2,
  },
  thousandUsers: {
    name: '1,000 users: time added to the Graph call, with a DynamoDB of 8 ms',
    unit: 'ms',
    most: 115,
    goal: 90,
  },
  thousandUsersCpu: { name: '1,000 users: CPU of the whole request', unit: 'ms', most: 90, goal: 70 },
  job: {
    name: '64,000-user job ÷ ideal (calls ÷ concurrency × 800 ms)',
    unit: 'ratio',
    most: 1.15,
    goal: 1.05,
  },
  jobToBaseline: {
    name: '64,000-user job at concurrency 4 ÷ the fastest peer’s own loop over batches of 1,000',
    unit: 'ratio',
    most: 0.285,
    goal: 0.26,
  },
  transitions: { name: 'state transitions of a 64,000-user job', unit: 'transitions', most: 60, goal: 30 },
  writes: { name: 'writes of a 64,000-user block job', unit: 'WCU per user', most: 1.1 },
  lookupReads: { name: 'is this user blocked: reads', unit: 'reads', most: 1 },
  lookupUnits: { name: 'is this user blocked: read units', unit: 'RCU', most: 0.5 },
  reconcileWrites: { name: 'reconcile 64,000 in sync: users and history lines written', unit: 'writes', most: 0 },
  reconcileUnits: { name: 'reconcile 64,000 in sync: read units', unit: 'RCU', most: 3_300 },
  reconcileTime: { name: 'reconcile 64,000 in sync ÷ paging Graph’s list alone', unit: 'ratio', most: 1.1 },
  reconcileMemory: { name: 'reconcile 64,000 in sync: peak memory of the process', unit: 'MB', most: 256 },
  validate: { name: 'validate a request of 64,000 users ÷ JSON.parse of it, cold', unit: 'ratio', most: 3.6, goal: 2 },
} as const satisfies Record<string, Threshold>;

/** As it is kept in `bench/latest.json`, whose readers know the threshold as `bar`. */
export interface Result extends Omit<Threshold, 'most' | 'goal'> {
  readonly value: number;
  readonly bar: number;
  readonly goal: number | null;
  readonly holds: boolean;
  /** How it was measured, with its spread. */
  readonly detail: string;
}

export function result({ name, unit, most, goal }: Threshold, value: number, detail: string): Result {
  const rounded = Number(value.toPrecision(4));
  return { name, value: rounded, unit, bar: most, goal: goal ?? null, holds: rounded <= most, detail };
}
