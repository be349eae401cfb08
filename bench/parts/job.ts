import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { CLIENT_NAMES, runBaseline } from '../environment/baseline.ts';
import { CONCURRENCY, runJob, startFleet } from '../environment/bulk.ts';
import { withEnvironment } from '../environment/environment.ts';
import { blockEvent, users } from '../environment/events.ts';
import { jobChart } from '../job-chart.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

const USERS = 64_000;
const CHUNKS = 64;
const GRAPH_MS = 800;
const ROUNDS = 3;
const IDEAL_MS = (CHUNKS / CONCURRENCY) * GRAPH_MS;
const CHART = {
  title: 'Blocking 64,000 WhatsApp users',
  subtitle: `Graph takes ${GRAPH_MS} ms for a call of 1,000; this service works on ${CONCURRENCY} calls at once, the clients' own loops on one`,
  total: USERS,
};

/** A full list is blocked, by a job of ours and by each public client's own loop, at the same simulator. Also writes the chart. */
export function measureJob(): Promise<Result[]> {
  return withEnvironment({ dynamoMs: 8, graphMs: 0 }, async (environment) => {
    const fleet = await startFleet(environment);
    // Containers that have been used, as those of a service are.
    await runJob(environment, fleet, { phoneNumberId: '1999', ids: users(USERS) });
    await environment.graph({ latencyMs: GRAPH_MS });
    const { ours, loops } = await interleave(ROUNDS, {
      ours: async (round) => {
        const phoneNumberId = String(2_000 + round);
        await environment.dynamoDb({ clear: true });
        // A number in use. Before the first job of a new number, Graph is asked once whether it exists.
        await environment.graph({ latencyMs: 0 });
        await fleet.api.invoke(fleet.files.blockUsers, blockEvent(phoneNumberId, users(1)));
        await environment.graph({ latencyMs: GRAPH_MS });
        await environment.dynamoDb({ resetCounts: true });
        const run = await runJob(environment, fleet, { phoneNumberId, ids: users(USERS) });
        return { ...run, name: 'this service', writeUnits: (await environment.dynamoDb()).writeUnits };
      },
      // Side by side: they spend their time waiting, and would take a quarter of an hour one after the other.
      loops: (round) =>
        Promise.all(
          CLIENT_NAMES.map((client, index) =>
            runBaseline({ client, graph: environment.graphUrl, number: `3${round}${index}`, users: USERS }),
          ),
        ),
    });
    const baselines = CLIENT_NAMES.map((_, index) => middleOf(loops.flatMap((round) => round[index] ?? [])));
    writeFileSync(join(PROJECT_ROOT, 'docs/job-64000.svg'), jobChart([middleOf(ours), ...baselines], CHART));
    const ms = ours.map((run) => run.ms);
    const fastestMs = Math.min(...baselines.map((run) => run.ms));
    const cpu = format(median(ours.map(({ cpuMs }) => cpuMs / CHUNKS)));
    const peakMb = format(Math.max(...ours.map((run) => run.peakMb)));
    const detail = `${spread(ms, 'ms')}; ideal ${format(IDEAL_MS)} ms; ${cpu} ms of CPU a chunk; ${peakMb} MB at most`;
    const units = median(ours.map(({ writeUnits }) => writeUnits / USERS));
    return [
      result(THRESHOLDS.job, median(ms) / IDEAL_MS, detail),
      result(
        THRESHOLDS.jobToBaseline,
        median(ms) / fastestMs,
        baselines.map((run) => `${run.name} ${format(run.ms)} ms`).join(', '),
      ),
      result(THRESHOLDS.writes, units, 'mirror, history, operations, chunks and the job, by the emulator’s count'),
    ];
  });
}

/** The run that took as long as most. */
function middleOf<Run extends { readonly ms: number }>(runs: readonly Run[]): Run {
  const middle = median(runs.map(({ ms }) => ms));
  const [closest] = [...runs].sort((a, b) => Math.abs(a.ms - middle) - Math.abs(b.ms - middle));
  if (!closest) throw new Error('Nothing was run');
  return closest;
}
