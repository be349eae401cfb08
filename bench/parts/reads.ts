import { buildHandler } from '../environment/build-handlers.ts';
import { runJob, startFleet } from '../environment/bulk.ts';
import { type Environment, withEnvironment } from '../environment/environment.ts';
import { lookUpEvent, users } from '../environment/events.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

const NUMBER = '1001';
const LIST = 64_000;
/** Milliseconds of a page of Graph's list: quick, so that our own share shows. */
const PAGE_MS = 200;
const ROUNDS = 3;

/** Reads that find nothing to do: on a full list, one user is looked up, and the whole list is reconciled. */
export function measureReads(): Promise<Result[]> {
  return withEnvironment({ dynamoMs: 0, graphMs: 0 }, async (environment) => {
    const fleet = await startFleet(environment);
    await runJob(environment, fleet, { phoneNumberId: NUMBER, ids: users(LIST) });
    await Promise.all([fleet.api, ...fleet.workers].map((container) => container.stop()));
    await environment.dynamoDb({ latencyMs: 8 });
    await environment.graph({ latencyMs: PAGE_MS });
    return [...(await lookUp(environment)), ...(await reconcile(environment))];
  });
}

async function lookUp(environment: Environment): Promise<Result[]> {
  const { file } = await buildHandler('get-blocked-user');
  const container = environment.container();
  const [first = '', second = ''] = users(2);
  // The container's first one reads the number's summary, which it then keeps for a while.
  await container.invoke(file, lookUpEvent(NUMBER, first));
  await environment.dynamoDb({ resetCounts: true });
  const { result: answer } = await container.invoke(file, lookUpEvent(NUMBER, second));
  const { calls, readUnits } = await environment.dynamoDb();
  const reads = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const detail = `a warm container, ${JSON.stringify(calls)}; ${JSON.stringify(answer).includes('blocked') ? 'blocked' : 'not found'}`;
  return [result(THRESHOLDS.lookupReads, reads, detail), result(THRESHOLDS.lookupUnits, readUnits, detail)];
}

async function reconcile(environment: Environment): Promise<Result[]> {
  const [reconcileNumbers, graphCall] = await Promise.all([
    buildHandler('reconcile-numbers'),
    buildHandler('bench/environment/graph-call'),
  ]);
  const event = { numbers: [{ phoneNumberId: NUMBER, attempts: 0 }] };
  const counted: Awaited<ReturnType<typeof environment.dynamoDb>>[] = [];
  const ours = environment.container();
  const alone = environment.container();
  // The first one loads its code, and reads the secret.
  const first = await ours.invoke(reconcileNumbers.file, event);
  const figures = await interleave(ROUNDS, {
    ours: async () => {
      await environment.dynamoDb({ resetCounts: true });
      const invocation = await ours.invoke(reconcileNumbers.file, event);
      counted.push(await environment.dynamoDb());
      return invocation;
    },
    paging: () => alone.invoke(graphCall.file, { phoneNumberId: NUMBER }),
  });
  const ms = (name: 'ours' | 'paging') => figures[name].map((invocation) => invocation.ms);
  const peakMb = Math.max(first.peakMb, ...figures.ours.map((invocation) => invocation.peakMb));
  const units = median(counted.map(({ readUnits }) => readUnits));
  const writes = (counts: (typeof counted)[number]) =>
    Object.entries(counts.calls).filter(([call]) => /Put|Write|Update|Execute/.test(call));
  const perUser = counted.map((counts) =>
    writes(counts).reduce((sum, [call, count]) => sum + (call === 'UpdateItem' ? count - 1 : count), 0),
  );
  return [
    result(THRESHOLDS.reconcileWrites, median(perUser), `and one write of the number's summary`),
    result(THRESHOLDS.reconcileUnits, units, 'one attempt at the mirror'),
    result(
      THRESHOLDS.reconcileTime,
      median(ms('ours')) / median(ms('paging')),
      `${spread(ms('ours'), 'ms')}; paging alone ${format(median(ms('paging')))} ms; pages of ${PAGE_MS} ms`,
    ),
    result(THRESHOLDS.reconcileMemory, peakMb, 'of all of them, in one process'),
  ];
}
