/**
 * `npm run bench [-- <part>…]`: measures all that `bench/thresholds.ts` names, or the named parts. Prints a table; all parts
 * together also write `bench/latest.json`, and the part `job` its chart. Ends with 1 if a threshold does not hold.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobChart } from './job-chart.ts';
import { measureBundles } from './parts/bundles.ts';
import { measureColdStart } from './parts/cold-start.ts';
import { ABOUT_CHART, CHART, measureJob } from './parts/job.ts';
import { measureReads } from './parts/reads.ts';
import { measureOneUser, measureThousandUsers } from './parts/requests.ts';
import { measureTransitions } from './parts/transitions.ts';
import { measureValidation } from './parts/validate.ts';
import { report } from './report.ts';
import type { Result } from './thresholds.ts';

const PARTS: Readonly<Record<string, () => Promise<Result[]>>> = {
  bundles: measureBundles,
  'cold-start': measureColdStart,
  validate: measureValidation,
  transitions: measureTransitions,
  'one-user': measureOneUser,
  'thousand-users': measureThousandUsers,
  reads: measureReads,
  job: async () => {
    const { results, series } = await measureJob();
    writeFileSync(CHART, jobChart(series, ABOUT_CHART));
    return [...results];
  },
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
