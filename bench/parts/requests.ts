import { BASELINE_NAMES } from '../baselines/clients.ts';
import { runBaseline } from '../baselines/run-baseline.ts';
import { buildHandler } from '../environment/build-handlers.ts';
import type { Invocation } from '../environment/container.ts';
import { type Environment, startEnvironment, TABLE_NAME } from '../environment/environment.ts';
import { blockEvent, users } from '../environment/events.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

interface Timed {
  readonly request: Invocation[];
  readonly graph: Invocation[];
  readonly roundTrip: Invocation[];
}

/** Requests of so many users to a warm container, each in turn with Graph alone and with one read of DynamoDB. */
async function time(
  count: number,
  { rounds, ...speeds }: { rounds: number; dynamoMs: number; graphMs: number },
  also: (environment: Environment) => Promise<string> = async () => '',
): Promise<{ timed: Timed; baselines: string }> {
  const [blockUsers, graphCall, roundTrip] = await Promise.all([
    buildHandler('block-users'),
    buildHandler('bench/environment/graph-call'),
    buildHandler('bench/environment/round-trip'),
  ]);
  const environment = await startEnvironment(speeds);
  try {
    const container = environment.container();
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
    return { timed, baselines: await also(environment) };
  } finally {
    await environment.stop();
  }
}

const msOf = (invocations: readonly Invocation[]) => invocations.map(({ ms }) => ms);

/** What each request took longer than the call to Graph in the same round. */
function added({ request, graph }: Timed): number[] {
  return request.map(({ ms }, round) => ms - (graph[round]?.ms ?? Number.NaN));
}

/** A baseline's call that blocks one user, which keeps nothing of it: what a caller would otherwise wait for. */
async function timeBaselines(environment: Environment): Promise<string> {
  const said: string[] = [];
  for (const client of BASELINE_NAMES) {
    const { times } = await runBaseline({ client, graph: environment.graphUrl, number: '1003', users: 1, repeat: 30 });
    said.push(`${client} ${format(median(times))} ms`);
  }
  return said.join(', ');
}

export async function measureOneUser(): Promise<Result[]> {
  const { timed, baselines } = await time(1, { rounds: 60, dynamoMs: 4, graphMs: 50 }, timeBaselines);
  const roundTrip = median(msOf(timed.roundTrip));
  const beyond = added(timed).map((ms) => ms - 2 * roundTrip);
  const detail = `${spread(beyond, 'ms')}; in all ${format(median(msOf(timed.request)))} ms, Graph alone ${format(median(msOf(timed.graph)))}, a round trip ${format(roundTrip)}; ${baselines}`;
  return [result(THRESHOLDS.oneUser, median(beyond), detail)];
}

export async function measureThousandUsers(): Promise<Result[]> {
  const { timed } = await time(1_000, { rounds: 20, dynamoMs: 8, graphMs: 200 });
  const cpu = timed.request.map(({ cpuMs }) => cpuMs);
  const graphMs = format(median(msOf(timed.graph)));
  return [
    result(THRESHOLDS.thousandUsers, median(added(timed)), `${spread(added(timed), 'ms')}; Graph alone ${graphMs} ms`),
    result(THRESHOLDS.thousandUsersCpu, median(cpu), spread(cpu, 'ms')),
  ];
}
