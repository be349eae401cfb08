import { CLIENT_NAMES, runBaseline } from '../environment/baseline.ts';
import { buildHandler } from '../environment/build-handlers.ts';
import { type Environment, withEnvironment } from '../environment/environment.ts';
import { blockEvent, users } from '../environment/events.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

/** Requests of so many users to a warm container, each in turn with Graph alone and with one read of DynamoDB. */
async function time(environment: Environment, count: number, rounds: number) {
  const [blockUsers, graphCall, roundTrip] = await Promise.all([
    buildHandler('block-users'),
    buildHandler('bench/environment/graph-call'),
    buildHandler('bench/environment/round-trip'),
  ]);
  const container = environment.container();
  const { request, graph, trip } = await interleave(
    rounds,
    {
      request: (round) => container.invoke(blockUsers.file, blockEvent('1001', users(count, round * count))),
      graph: (round) => container.invoke(graphCall.file, { phoneNumberId: '1002', users: users(count, round * count) }),
      trip: () => container.invoke(roundTrip.file, {}),
    },
    { warmUp: 8 },
  );
  return {
    cpuMs: request.map(({ cpuMs }) => cpuMs),
    /** What each request took longer than the call to Graph in the same round. */
    added: request.map(({ ms }, round) => ms - (graph[round]?.ms ?? Number.NaN)),
    requestMs: median(request.map(({ ms }) => ms)),
    graphMs: median(graph.map(({ ms }) => ms)),
    tripMs: median(trip.map(({ ms }) => ms)),
  };
}

/** Each public client's call that blocks one user, which keeps nothing of it: what a caller would otherwise wait for. */
async function timeBaselines({ graphUrl }: Environment): Promise<string> {
  const texts: string[] = [];
  for (const client of CLIENT_NAMES) {
    const { name, points } = await runBaseline({ client, graph: graphUrl, number: '1003', users: 30, batch: 1 });
    texts.push(`${name} ${format(median(points.map(({ atMs }, call) => atMs - (points[call - 1]?.atMs ?? 0))))} ms`);
  }
  return texts.join(', ');
}

export function measureOneUser(): Promise<Result[]> {
  return withEnvironment({ dynamoMs: 4, graphMs: 50 }, async (environment) => {
    const { added, requestMs, graphMs, tripMs } = await time(environment, 1, 60);
    const beyond = added.map((ms) => ms - 2 * tripMs);
    const detail = `${spread(beyond, 'ms')}; in all ${format(requestMs)} ms, Graph alone ${format(graphMs)}, a round trip ${format(tripMs)}; ${await timeBaselines(environment)}`;
    return [result(THRESHOLDS.oneUser, median(beyond), detail)];
  });
}

export function measureThousandUsers(): Promise<Result[]> {
  return withEnvironment({ dynamoMs: 8, graphMs: 200 }, async (environment) => {
    const { added, cpuMs, graphMs } = await time(environment, 1_000, 20);
    const detail = `${spread(added, 'ms')}; Graph alone ${format(graphMs)} ms`;
    return [
      result(THRESHOLDS.thousandUsers, median(added), detail),
      result(THRESHOLDS.thousandUsersCpu, median(cpuMs), spread(cpuMs, 'ms')),
    ];
  });
}
