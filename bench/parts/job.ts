import { join } from 'node:path';
import { BASELINE_NAMES } from '../baselines/clients.ts';
import { type BaselineRun, runBaseline } from '../baselines/run-baseline.ts';
import { type BulkFleet, CONCURRENCY, type JobRun, runJob, startFleet } from '../environment/bulk.ts';
import { type Environment, startEnvironment } from '../environment/environment.ts';
import { users } from '../environment/events.ts';
import type { Series } from '../job-chart.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

const USERS = 64_000;
const BATCH = 1_000;
const GRAPH_MS = 800;
const ROUNDS = 3;

export interface JobResults {
  readonly results: readonly Result[];
  /** Of the round that took as long as most. */
  readonly series: readonly Series[];
}

/** A full list is blocked, by a job of ours and by each baseline's loop, at the same simulator. */
export async function measureJob(): Promise<JobResults> {
  const environment = await startEnvironment({ dynamoMs: 8, graphMs: GRAPH_MS });
  try {
    const fleet = await startFleet(environment);
    // Containers that have been used, as those of a service are.
    await warmUp(environment, fleet);
    const writeUnits: number[] = [];
    const number = (round: number, offset: number) => String(2_000 + round * 10 + offset);
    const figures = await interleave(ROUNDS, {
      ours: async (round): Promise<JobRun> => {
        await environment.dynamoDb.clear();
        await environment.dynamoDb.resetCounts();
        const run = await runJob(environment, fleet, { phoneNumberId: number(round, 0), ids: users(USERS) });
        writeUnits.push((await environment.dynamoDb.counts()).writeUnits / USERS);
        return run;
      },
      // Side by side, since they spend their time waiting and would take a quarter of an hour one after the other.
      baselines: (round): Promise<BaselineRun[]> =>
        Promise.all(
          BASELINE_NAMES.map((client, index) =>
            runBaseline({ client, graph: environment.graphUrl, number: number(round, index + 1), users: USERS }),
          ),
        ),
    });
    return summarize(figures, writeUnits);
  } finally {
    await environment.stop();
  }
}

async function warmUp(environment: Environment, fleet: BulkFleet): Promise<void> {
  await environment.setGraphLatency(0);
  await runJob(environment, fleet, { phoneNumberId: '1999', ids: users(64 * BATCH) });
  await environment.setGraphLatency(GRAPH_MS);
}

function summarize(
  figures: { readonly ours: readonly JobRun[]; readonly baselines: readonly (readonly BaselineRun[])[] },
  writeUnits: readonly number[],
): JobResults {
  const ours = figures.ours.map(({ ms }) => ms);
  const ideal = (USERS / BATCH / CONCURRENCY) * GRAPH_MS;
  const baselines = BASELINE_NAMES.map((name, index) => {
    const runs = figures.baselines.map((round) => round[index]).filter((run) => run !== undefined);
    return { name, version: runs[0]?.version, ms: median(runs.map(({ ms }) => ms)), runs };
  });
  const fastest = Math.min(...baselines.map(({ ms }) => ms));
  const cpu = format(median(figures.ours.map(({ cpuMs }) => cpuMs / (USERS / BATCH))));
  const peakMb = Math.max(...figures.ours.map((run) => run.peakMb)).toFixed(0);
  const compared = baselines.map(({ name, version, ms }) => `${name} ${version} ${format(ms)} ms`).join(', ');
  return {
    results: [
      result(
        THRESHOLDS.job,
        median(ours) / ideal,
        `${spread(ours, 'ms')}; ideal ${format(ideal)} ms; ${cpu} ms of CPU a chunk; ${peakMb} MB at most`,
      ),
      result(THRESHOLDS.jobToBaseline, median(ours) / fastest, compared),
      result(
        THRESHOLDS.writes,
        median(writeUnits),
        'mirror, history, operations, chunks and the job, by the emulator’s count',
      ),
    ],
    series: [
      { name: 'this service', points: closestTo(figures.ours, median(ours)).points },
      ...baselines.map(({ name, ms, runs }) => ({ name, points: closestTo(runs, ms).points })),
    ],
  };
}

function closestTo<Run extends { readonly ms: number }>(runs: readonly Run[], ms: number): Run {
  const [closest] = [...runs].sort((a, b) => Math.abs(a.ms - ms) - Math.abs(b.ms - ms));
  if (!closest) throw new Error('Nothing was run');
  return closest;
}

export const ABOUT_CHART = {
  title: 'Blocking 64,000 WhatsApp users',
  subtitle: `Graph takes ${GRAPH_MS} ms for a call of 1,000; this service works on ${CONCURRENCY} calls at once, the clients' own loops on one`,
  total: USERS,
};

/** Where the chart of the job is written. */
export const CHART = join(import.meta.dirname, '../../docs/job-64000.svg');
