import { join } from 'node:path';
import { BARS, type Result, result } from '../bars.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { PEERS } from '../peers/peer.ts';
import { type BulkFleet, CONCURRENCY, type JobRun, runJob, startFleet } from '../world/bulk.ts';
import { users } from '../world/events.ts';
import { type PeerRun, runPeer } from '../world/peer-process.ts';
import { startWorld, type World } from '../world/world.ts';

const USERS = 64_000;
const BATCH = 1_000;
const GRAPH_MS = 800;
const ROUNDS = 3;

/** Users done over time, of the round that took as long as most. */
interface Series {
  readonly name: string;
  readonly points: readonly { readonly atMs: number; readonly done: number }[];
}

export interface JobResults {
  readonly results: readonly Result[];
  readonly series: readonly Series[];
}

/** A full list is blocked, by a job of ours and by each peer's loop, at the same simulator. */
export async function measureJob(): Promise<JobResults> {
  const world = await startWorld({ dynamoMs: 8, graphMs: GRAPH_MS });
  try {
    const fleet = await startFleet(world);
    // Containers that have been used, as those of a service are.
    await warmUp(world, fleet);
    const writeUnits: number[] = [];
    const number = (round: number, offset: number) => String(2_000 + round * 10 + offset);
    const figures = await interleave(ROUNDS, {
      ours: async (round): Promise<JobRun> => {
        await world.standIn.clear();
        await world.standIn.resetCounts();
        const run = await runJob(world, fleet, number(round, 0), users(USERS));
        writeUnits.push((await world.standIn.counts()).writeUnits / USERS);
        return run;
      },
      // Side by side, since they spend their time waiting and would take a quarter of an hour one after the other.
      peers: (round): Promise<PeerRun[]> =>
        Promise.all(
          PEERS.map(({ name }, index) =>
            runPeer(world.graphUrl, name, { number: number(round, index + 1), users: USERS, batch: BATCH }),
          ),
        ),
    });
    return summarize(figures, writeUnits);
  } finally {
    await world.stop();
  }
}

async function warmUp(world: World, fleet: BulkFleet): Promise<void> {
  await world.setGraph({ graphMs: 0 });
  await runJob(world, fleet, '1999', users(64 * BATCH));
  await world.setGraph({ graphMs: GRAPH_MS });
}

function summarize(
  figures: { readonly ours: readonly JobRun[]; readonly peers: readonly (readonly PeerRun[])[] },
  writeUnits: readonly number[],
): JobResults {
  const ours = figures.ours.map(({ ms }) => ms);
  const ideal = (USERS / BATCH / CONCURRENCY) * GRAPH_MS;
  const peers = PEERS.map((peer, index) => {
    const runs = figures.peers.map((round) => round[index]).filter((run) => run !== undefined);
    return { name: peer.name, version: runs[0]?.version, ms: median(runs.map(({ ms }) => ms)), runs };
  });
  const fastest = Math.min(...peers.map(({ ms }) => ms));
  const cpu = format(median(figures.ours.map(({ cpuMs }) => cpuMs / (USERS / BATCH))));
  const peakMb = Math.max(...figures.ours.map((run) => run.peakMb)).toFixed(0);
  const compared = peers.map(({ name, version, ms }) => `${name} ${version} ${format(ms)} ms`).join(', ');
  return {
    results: [
      result(
        BARS.job,
        median(ours) / ideal,
        `${spread(ours, 'ms')}; ideal ${format(ideal)} ms; ${cpu} ms of CPU a chunk; ${peakMb} MB at most`,
      ),
      result(BARS.jobToPeer, median(ours) / fastest, compared),
      result(
        BARS.writes,
        median(writeUnits),
        'mirror, history, operations, chunks and the job, by the stand-in’s count',
      ),
    ],
    series: [
      { name: 'this service', points: closestTo(figures.ours, median(ours)).points },
      ...peers.map(({ name, ms, runs }) => ({ name, points: closestTo(runs, ms).points })),
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
