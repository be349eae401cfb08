/**
 * `npm run bench [-- <part>…]`: measures all that `bench/thresholds.ts` names, or the named parts. Prints a table; all parts
 * together also write `bench/latest.json`, and the part `job` its chart. Ends with 1 if a threshold does not hold.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureBundles } from './parts/bundles.ts';
import { measureColdStart } from './parts/cold-start.ts';
import { measureJob } from './parts/job.ts';
import { measureKeyCaller } from './parts/key-caller.ts';
import { measureReads } from './parts/reads.ts';
import { measureOneUser, measureThousandUsers } from './parts/requests.ts';
import { measureTransitions } from './parts/transitions.ts';
import { measureValidation } from './parts/validate.ts';
import { type Result, report } from './thresholds.ts';

const PARTS: Readonly<Record<string, () => Promise<Result[]>>> = {
  bundles: measureBundles,
  'cold-start': measureColdStart,
  validate: measureValidation,
  transitions: measureTransitions,
  'one-user': measureOneUser,
  'thousand-users': measureThousandUsers,
  'key-caller': measureKeyCaller,
  reads: measureReads,
  job: measureJob,
};

const asked = process.argv.slice(2);
const unknown = asked.find((part) => !(part in PARTS));
if (unknown !== undefined) {
  process.stderr.write(`Usage: npm run bench [-- ${Object.keys(PARTS).join(' | ')}]\nThere is no part ${unknown}.\n`);
  process.exit(2);
}

const startedMs = Date.now();
const results: Result[] = [];
for (const [part, measure] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(part)) continue;
  process.stderr.write(`measuring ${part} …\n`);
  results.push(...(await measure()));
}
if (asked.length === 0 && process.env.BENCH_ROUNDS === undefined) {
  writeFileSync(join(import.meta.dirname, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`);
}
process.stdout.write(`\n${report(results)}\n${Math.round((Date.now() - startedMs) / 1000)} s\n`);
if (results.some(({ holds }) => !holds)) process.exitCode = 1;
