import { format } from './measure/stats.ts';

/** `most` is what the value may be, `goal` what we would like it to be, if there is more to reach. */
export type Threshold = readonly [name: string, unit: string, most: number, goal?: number];

const COLD_START =
  'cold start of block-users, import and first request ÷ the same handler bundled by the defaults of the CDK';
const BASELINE = '64,000-user job at concurrency 4 ÷ the fastest public client’s own loop over batches of 1,000';

/** What is measured, and what it must hold: the one list that `npm run bench` fills and prints. */
export const THRESHOLDS = {
  coldStart: [COLD_START, 'ratio', 0.48, 0.35],
  bundle: ['code that block-users loads, minified, without its map', 'KB', 330, 250],
  oneUser: ['one user, warm: time added to the Graph call beyond two round trips to a DynamoDB of 4 ms', 'ms', 3, 2],
  thousandUsers: ['1,000 users: time added to the Graph call, with a DynamoDB of 8 ms', 'ms', 115, 90],
  thousandUsersCpu: ['1,000 users: CPU of the whole request', 'ms', 90, 70],
  job: ['64,000-user job ÷ ideal (calls ÷ concurrency × 800 ms)', 'ratio', 1.15, 1.05],
  jobToBaseline: [BASELINE, 'ratio', 0.285, 0.26],
  transitions: ['state transitions of a 64,000-user job', 'transitions', 60, 30],
  writes: ['writes of a 64,000-user block job', 'WCU per user', 1.1],
  lookupReads: ['is this user blocked: reads', 'reads', 1],
  lookupUnits: ['is this user blocked: read units', 'RCU', 0.5],
  keyLookUp: [
    'a caller with a key, not cached: time of the authorizer beyond a round trip to a DynamoDB of 4 ms',
    'ms',
    3,
    1,
  ],
  keyUnits: ['a caller with a key, not cached: units of the authorizer', 'RCU', 1],
  keyRequest: ['block one user with a key, behind the authorizer ÷ signed', 'ratio', 1.1],
  reconcileWrites: ['reconcile 64,000 in sync: users and audit events written', 'writes', 0],
  reconcileUnits: ['reconcile 64,000 in sync: read units', 'RCU', 3_300],
  reconcileTime: ['reconcile 64,000 in sync ÷ paging Graph’s list alone', 'ratio', 1.1],
  reconcileMemory: ['reconcile 64,000 in sync: peak memory of the process', 'MB', 256],
  validate: ['validate a request of 64,000 users ÷ JSON.parse of it, cold', 'ratio', 3.6, 2],
} as const satisfies Record<string, Threshold>;

/** As it is kept in `bench/latest.json`. */
export type Result = ReturnType<typeof result>;

/** `detail` says how the value was measured, with its spread. */
export function result([name, unit, threshold, goal]: Threshold, value: number, detail: string) {
  const rounded = Number(value.toPrecision(4));
  return { name, value: rounded, unit, threshold, goal: goal ?? null, holds: rounded <= threshold, detail };
}

/** The results for a terminal: a line for each, and below it how it was measured. */
export function report(results: readonly Result[]): string {
  return results
    .map(({ name, value, unit, threshold, goal, holds, detail }) => {
      const aim = goal === null ? '' : `, goal ${format(goal)}`;
      const verdict = holds ? 'holds' : 'DOES NOT HOLD';
      return `${verdict.padEnd(6)}  ${format(value).padStart(7)} ${unit}  (threshold ${format(threshold)}${aim})  ${name}\n${' '.repeat(8)}${detail}`;
    })
    .join('\n');
}
