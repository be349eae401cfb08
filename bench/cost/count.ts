import { gatewayEvent } from '../../test/support/gateway.ts';
import { buildHandler } from '../environment/build-handlers.ts';
import { runJob, startFleet } from '../environment/bulk.ts';
import type { Container, Invocation } from '../environment/container.ts';
import { type Environment, withEnvironment } from '../environment/environment.ts';
import { blockEvent, lookUpEvent, users } from '../environment/events.ts';

/** What was counted of something that the service does: once, or on average of a few times. */
export interface Activity {
  readonly functions: Readonly<Record<string, FunctionCount>>;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly dynamoCalls: number;
  readonly graphCalls: number;
  readonly secretReads: number;
}

interface FunctionCount {
  readonly calls: number;
  /** Milliseconds in all in which the function waited, and in which it used a whole CPU. */
  readonly waitMs: number;
  readonly cpuMs: number;
  readonly logBytes: number;
}

/** As they are kept in `counts.json`. */
export interface Counts {
  /** Milliseconds that each call to DynamoDB and to Graph took. */
  readonly dynamoMs: number;
  readonly graphMs: number;
  readonly node: string;
  readonly activities: Awaited<ReturnType<typeof countActivities>>;
}
export type ActivityName = keyof Counts['activities'];

const DYNAMO_MS = 8;
const GRAPH_MS = 800;
const LIST = 64_000;
const THOUSAND = 1_000;
const FULL = '1001';
const REFUSED = '1002';
const SMALL = '1003';
const EMPTY = '1004';
/** Numbers of the registry beside those. */
const REGISTERED = 100;

/** Does once, in the environment of the benchmark, everything that the tables list. */
export async function countAll(): Promise<Counts> {
  const activities = await withEnvironment({ dynamoMs: 0, graphMs: 0 }, countActivities);
  return { dynamoMs: DYNAMO_MS, graphMs: GRAPH_MS, node: process.version, activities };
}

/** Does something `times` times and gives what one of them took. */
async function count(environment: Environment, times: number, run: () => Promise<unknown>): Promise<Activity> {
  const { dynamoDb, stub, invocations } = environment;
  invocations.length = 0;
  await dynamoDb({ resetCounts: true });
  const [{ requests }, secretReads] = [await environment.graph(), stub.secretReads()];
  for (let done = 0; done < times; done += 1) await run();
  const { calls, readUnits, writeUnits } = await dynamoDb();
  const each = (sum: number) => Number((sum / times).toFixed(sum / times < 100 ? 2 : 0));
  const functions = Map.groupBy(invocations, ({ handler }) => handler);
  const countOf = (own: readonly Invocation[]): FunctionCount => {
    const sum = (of: (one: Invocation) => number) => each(own.reduce((all, one) => all + of(one), 0));
    return {
      calls: sum(() => 1),
      waitMs: sum(({ ms, cpuMs }) => Math.max(0, ms - cpuMs)),
      cpuMs: sum(({ cpuMs }) => cpuMs),
      logBytes: sum(({ logBytes }) => logBytes),
    };
  };
  return {
    functions: Object.fromEntries(Array.from(functions, ([name, own]) => [name, countOf(own)])),
    readUnits: each(readUnits),
    writeUnits: each(writeUnits),
    dynamoCalls: each(Object.values(calls).reduce((all, one) => all + one, 0)),
    graphCalls: each((await environment.graph()).requests - requests),
    secretReads: each(stub.secretReads() - secretReads),
  };
}

async function countActivities(environment: Environment) {
  const fleet = await startFleet(environment);
  const one = environment.container();
  const call = async (handler: string, event: unknown, container: Container = one) =>
    container.invoke((await buildHandler(handler)).file, event);
  const say = (what: string) => process.stderr.write(`counting ${what} …\n`);

  say('jobs');
  // None of them has written to the number within 24 hours: Graph refuses each.
  await environment.graph({ users: { lastInboundAt: { users: users(LIST), at: null, phoneNumberId: REFUSED } } });
  // Containers that have been used, as those of a service are.
  await runJob(environment, fleet, { phoneNumberId: '1999', ids: users(16 * THOUSAND) });
  for (let index = 0; index < REGISTERED; index += 1)
    await call('block-users', blockEvent(String(5_000 + index), users(1)));
  await environment.dynamoDb({ latencyMs: DYNAMO_MS });
  await environment.graph({ latencyMs: GRAPH_MS });
  const job = await count(environment, 1, () => runJob(environment, fleet, { phoneNumberId: FULL, ids: users(LIST) }));
  const refusedJob = await count(environment, 1, () =>
    runJob(environment, fleet, { phoneNumberId: REFUSED, ids: users(LIST) }),
  );

  say('requests');
  let next = 0;
  const blockSome = (size: number) => () => {
    next += size;
    return call('block-users', blockEvent('5000', users(size, next)), fleet.api);
  };
  const blockOne = await count(environment, 10, blockSome(1));
  await call('block-users', blockEvent(SMALL, users(THOUSAND)));
  const blockThousand = await count(environment, 4, blockSome(THOUSAND));
  const lookUp = () => call('get-blocked-user', lookUpEvent(FULL, users(1)[0] ?? ''));
  const lookUpMany = () =>
    call(
      'lookup-users',
      gatewayEvent({
        path: { version: 'v25.0', phoneNumberId: FULL },
        resource: '/{version}/{phoneNumberId}/block_users/lookup',
        body: { users: users(THOUSAND) },
      }),
    );
  for (let warm = 0; warm < 20; warm += 1) {
    await lookUp();
    await lookUpMany();
  }
  const lookUpOne = await count(environment, 50, lookUp);
  const lookUpThousand = await count(environment, 20, lookUpMany);

  say('reconciliations');
  const reconcile = (phoneNumberId: string) => () =>
    call('reconcile-numbers', { numbers: [{ phoneNumberId, attempts: 0 }] });
  for (const number of ['5001', EMPTY, SMALL]) await reconcile(number)();
  const inSyncEmpty = await count(environment, 3, reconcile(EMPTY));
  const inSyncThousand = await count(environment, 3, reconcile(SMALL));
  const inSyncFull = await count(environment, 1, reconcile(FULL));

  say('the unblocking');
  const files = { ...fleet.files, blockUsers: (await buildHandler('unblock-users')).file };
  const unblockJob = await count(environment, 1, () =>
    runJob(environment, { ...fleet, files }, { phoneNumberId: FULL, ids: users(LIST) }),
  );

  say('schedules');
  const scheduled = async (handler: string) => {
    await call(handler, {});
    return count(environment, 5, () => call(handler, {}));
  };
  return {
    ...{ job, refusedJob, unblockJob, blockOne, blockThousand, lookUpOne, lookUpThousand },
    ...{ inSyncEmpty, inSyncThousand, inSyncFull },
    listHundredNumbers: await scheduled('list-numbers'),
    expire: await scheduled('expire-blocks'),
    deferred: await scheduled('retry-deferred'),
    sweep: await scheduled('sweep'),
    tokenCheck: await scheduled('check-tokens'),
  };
}
