import { BARS, type Result, result } from '../bars.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { PEERS } from '../peers/peer.ts';
import { buildHandler } from '../world/build-handlers.ts';
import type { Invocation } from '../world/container.ts';
import { blockEvent, users } from '../world/events.ts';
import { runPeer } from '../world/peer-process.ts';
import { startWorld, TABLE_NAME, type World } from '../world/world.ts';

interface Timed {
  readonly request: Invocation[];
  readonly graph: Invocation[];
  readonly roundTrip: Invocation[];
}

/** Requests of so many users to a warm container, each in turn with Graph alone and with one read of DynamoDB. */
async function time(
  count: number,
  rounds: number,
  speeds: { dynamoMs: number; graphMs: number },
  also: (world: World) => Promise<string> = async () => '',
): Promise<{ timed: Timed; peers: string }> {
  const [blockUsers, graphCall, roundTrip] = await Promise.all([
    buildHandler('block-users'),
    buildHandler('bench/world/graph-call'),
    buildHandler('bench/world/round-trip'),
  ]);
  const world = await startWorld(speeds);
  try {
    const container = world.container();
    const timed = await interleave(
      rounds,
      {
        request: (round) => container.invoke(blockUsers.file, blockEvent('1001', users(count, round * count))),
        graph: (round) =>
          container.invoke(graphCall.file, { phoneNumberId: '1002', users: users(count, round * count) }),
        roundTrip: () => container.invoke(roundTrip.file, { tableName: TABLE_NAME }),
      },
      { warmUp: 8 },
    );
    return { timed, peers: await also(world) };
  } finally {
    await world.stop();
  }
}

const msOf = (invocations: readonly Invocation[]) => invocations.map(({ ms }) => ms);

/** What each request took longer than the call to Graph in the same round. */
function added({ request, graph }: Timed): number[] {
  return request.map(({ ms }, round) => ms - (graph[round]?.ms ?? Number.NaN));
}

/** A peer's call that blocks one user, which keeps nothing of it: what a caller would otherwise wait for. */
async function timePeers(world: World): Promise<string> {
  const said: string[] = [];
  for (const { name } of PEERS) {
    const { times } = await runPeer(world.graphUrl, name, { number: '1003', users: 1, repeat: 30 });
    said.push(`${name} ${format(median(times))} ms`);
  }
  return said.join(', ');
}

export async function measureOneUser(): Promise<Result[]> {
  const { timed, peers } = await time(1, 60, { dynamoMs: 4, graphMs: 50 }, timePeers);
  const roundTrip = median(msOf(timed.roundTrip));
  const beyond = added(timed).map((ms) => ms - 2 * roundTrip);
  const detail = `${spread(beyond, 'ms')}; in all ${format(median(msOf(timed.request)))} ms, Graph alone ${format(median(msOf(timed.graph)))}, a round trip ${format(roundTrip)}; ${peers}`;
  return [result(BARS.oneUser, median(beyond), detail)];
}

export async function measureThousandUsers(): Promise<Result[]> {
  const { timed } = await time(1_000, 20, { dynamoMs: 8, graphMs: 200 });
  const cpu = timed.request.map(({ cpuMs }) => cpuMs);
  const graphMs = format(median(msOf(timed.graph)));
  return [
    result(BARS.thousandUsers, median(added(timed)), `${spread(added(timed), 'ms')}; Graph alone ${graphMs} ms`),
    result(BARS.thousandUsersCpu, median(cpu), spread(cpu, 'ms')),
  ];
}
