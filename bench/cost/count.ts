/**
 * `node bench/cost/count.ts`: does once, in the environment of the benchmark, whatever the cost tables speak of, and writes what was
 * counted to `bench/cost/counts.json`. Takes about four minutes, most of them waiting for a Graph of 800 ms. With the word
 * `stack` behind it, it only reads the template again, in some seconds.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gatewayEvent } from '../../test/support/gateway.ts';
import { buildHandler, WORK } from '../environment/build-handlers.ts';
import { type BulkFleet, CONCURRENCY, runJob } from '../environment/bulk.ts';
import type { Container } from '../environment/container.ts';
import { type Environment, startEnvironment } from '../environment/environment.ts';
import { blockEvent, lookUpEvent, users } from '../environment/events.ts';
import { type Activity, type ActivityName, type CostCounts, countsSchema } from './counts-schema.ts';
import { type Metered, metered } from './meter.ts';
import { readStack } from './stack.ts';

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

const DIRECTORY = join(WORK, 'cost');
const RECORDS = join(DIRECTORY, 'records.jsonl');

/** A handler as it is deployed, behind the meter. */
async function meteredHandler(handler: string): Promise<string> {
  const { file } = await buildHandler(handler);
  const wrapped = join(DIRECTORY, `${handler}.mjs`);
  const meterUrl = pathToFileURL(join(import.meta.dirname, 'meter.ts')).href;
  writeFileSync(
    wrapped,
    `import { meter } from '${meterUrl}';
import { handler as run } from '${pathToFileURL(file).href}';
export const handler = meter('${handler}', run, ${JSON.stringify(RECORDS)});
`,
  );
  return wrapped;
}

/** Does something `times` times and gives what one of them took. */
async function count(environment: Environment, times: number, run: () => Promise<unknown>): Promise<Activity> {
  writeFileSync(RECORDS, '');
  await environment.dynamoDb.resetCounts();
  for (let done = 0; done < times; done += 1) await run();
  const { readUnits, writeUnits } = await environment.dynamoDb.counts();
  const records = readFileSync(RECORDS, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => metered.parse(JSON.parse(line)));
  const sum = (of: (record: Metered) => number, from = records) =>
    round(from.reduce((total, record) => total + of(record), 0) / times);
  const names = [...new Set(records.map(({ handler }) => handler))].sort();
  return {
    functions: Object.fromEntries(
      names.map((name) => {
        const own = records.filter(({ handler }) => handler === name);
        return [
          name,
          {
            calls: sum(() => 1, own),
            waitMs: sum(({ ms, cpuMs }) => Math.max(0, ms - cpuMs), own),
            cpuMs: sum(({ cpuMs }) => cpuMs, own),
            lines: sum(({ lines }) => lines, own),
            logBytes: sum(({ logBytes }) => logBytes, own),
          },
        ];
      }),
    ),
    readUnits: round(readUnits / times),
    writeUnits: round(writeUnits / times),
    dynamoCalls: sum(({ dynamoCalls }) => dynamoCalls),
    graphCalls: sum(({ graphCalls }) => graphCalls),
    secretReads: sum(({ secretReads }) => secretReads),
  };
}

function round(value: number): number {
  return Number(value.toFixed(value < 100 ? 2 : 0));
}

/** So many milliseconds for each call, or none. */
async function setSpeed(environment: Environment, dynamoMs: number, graphMs: number): Promise<void> {
  await environment.dynamoDb.setLatency(dynamoMs);
  await environment.setGraph({ graphMs });
}

/** None of them has written to the number within 24 hours: Graph refuses each. */
async function refuseAll(environment: Environment, phoneNumberId: string, ids: readonly string[]): Promise<void> {
  const answer = await fetch(`${environment.graphUrl}/_simulator/users`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ lastInboundAt: { users: ids, at: null, phoneNumberId } }),
  });
  if (!answer.ok) throw new Error(`The simulator took no users: ${await answer.text()}`);
}

async function countAll(environment: Environment): Promise<CostCounts['activities']> {
  const fleet: BulkFleet = {
    api: environment.container(),
    workers: Array.from({ length: CONCURRENCY }, () => environment.container()),
    files: {
      blockUsers: await meteredHandler('block-users'),
      processChunk: await meteredHandler('process-chunk'),
      finishJob: await meteredHandler('finish-job'),
    },
  };
  const one = environment.container();
  const handlers = new Map<string, string>();
  const call = async (handler: string, event: unknown, container: Container = one) => {
    const file = handlers.get(handler) ?? (await meteredHandler(handler));
    handlers.set(handler, file);
    return (await container.invoke(file, event)).result;
  };
  const say = (what: string) => process.stderr.write(`counting ${what} …\n`);

  say('jobs');
  await refuseAll(environment, REFUSED, users(LIST));
  // Containers that have been used, as those of a service are.
  await runJob(environment, fleet, '1999', users(16 * THOUSAND));
  for (let index = 0; index < REGISTERED; index += 1)
    await call('block-users', blockEvent(String(5_000 + index), users(1)));
  await setSpeed(environment, DYNAMO_MS, GRAPH_MS);
  const job = await count(environment, 1, () => runJob(environment, fleet, FULL, users(LIST)));
  const refusedJob = await count(environment, 1, () => runJob(environment, fleet, REFUSED, users(LIST)));

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
  for (let warm = 0; warm < 20; warm += 1) await Promise.all([lookUp(), lookUpMany()]);
  const lookUpOne = await count(environment, 50, lookUp);
  const lookUpThousand = await count(environment, 20, lookUpMany);

  say('reconciliations');
  const reconcile = (phoneNumberId: string) => () =>
    call('reconcile-numbers', { numbers: [{ phoneNumberId, attempts: 0 }] });
  await reconcile('5001')();
  const compareEmpty = await count(environment, 1, reconcile(EMPTY));
  const compareThousand = await count(environment, 1, reconcile(SMALL));
  const compareFull = await count(environment, 1, reconcile(FULL));
  const inStepEmpty = await count(environment, 3, reconcile(EMPTY));
  const inStepThousand = await count(environment, 3, reconcile(SMALL));
  const inStepFull = await count(environment, 1, reconcile(FULL));

  say('the unblocking');
  const unblockUsers = await meteredHandler('unblock-users');
  const unblockJob = await count(environment, 1, () =>
    runJob(environment, { ...fleet, files: { ...fleet.files, blockUsers: unblockUsers } }, FULL, users(LIST)),
  );

  say('schedules');
  const scheduled = async (handler: string) => {
    await call(handler, {});
    return count(environment, 5, () => call(handler, {}));
  };
  const activities: Record<ActivityName, Activity> = {
    job,
    refusedJob,
    unblockJob,
    blockOne,
    blockThousand,
    lookUpOne,
    lookUpThousand,
    compareEmpty,
    compareThousand,
    compareFull,
    inStepEmpty,
    inStepThousand,
    inStepFull,
    listHundredNumbers: await scheduled('list-numbers'),
    expire: await scheduled('expire-blocks'),
    deferred: await scheduled('retry-deferred'),
    sweep: await scheduled('sweep'),
    tokenCheck: await scheduled('check-tokens'),
  };
  return activities;
}

async function run(): Promise<CostCounts['activities']> {
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY, { recursive: true });
  const environment = await startEnvironment({ dynamoMs: 0, graphMs: 0 });
  try {
    return await countAll(environment);
  } finally {
    await environment.stop();
  }
}

const file = join(import.meta.dirname, 'counts.json');
const stackOnly = process.argv[2] === 'stack';
const before = stackOnly ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
const counts = {
  dynamoMs: DYNAMO_MS,
  graphMs: GRAPH_MS,
  node: process.version,
  ...before,
  stack: readStack(),
  activities: before?.activities ?? (await run()),
};
writeFileSync(file, `${JSON.stringify(countsSchema.parse(counts), null, 2)}\n`);
