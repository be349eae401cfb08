/**
 * `node bench/baselines/main.ts <options of run-baseline.ts as JSON>`: one batch after the other, with a public client. Ends
 * with 1 if a call fails: such a loop goes no further, and does not know where to begin again.
 */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { users as usersFrom } from '../environment/events.ts';
import { BASELINES } from './clients.ts';
import { type BaselineRun, loop } from './run-baseline.ts';

const { client, graph, number, users, batch, repeat } = loop.parse(JSON.parse(process.argv[2] ?? '{}'));
// What the simulator accepts by default. No secret: nothing but the simulator takes it.
const blockUsers = BASELINES[client]({ graph, version: 'v25.0', accessToken: 'EAA-local-simulator-token' });
const points: { atMs: number; done: number }[] = [];
const times: number[] = [];
const startMs = performance.now();
let done = 0;
for (let run = 1; run <= repeat; run += 1) {
  while (done < run * users) {
    const callDurationMs = performance.now();
    const ids = usersFrom(Math.min(batch, run * users - done), done).map((id) => `+${id}`);
    await blockUsers(number, ids);
    done += ids.length;
    const endMs = performance.now();
    times.push(endMs - callDurationMs);
    points.push({ atMs: endMs - startMs, done });
  }
}
// Read from the installed package, so that a result never names a version that did not run.
const { version } = JSON.parse(readFileSync(findPackageJSON(client, import.meta.url) ?? '', 'utf8'));
process.stdout.write(JSON.stringify({ version, ms: performance.now() - startMs, times, points } satisfies BaselineRun));
