/** `npm run demo`: a real list goes through the really deployed service on this machine, and every answer is checked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepted as acceptedAnswer } from '../lambdas/openapi/change.ts';
import { type Job, type JobUser, job, jobUsers } from '../lambdas/openapi/job.ts';
import { describeFailure, PlainError } from '../lib/plain-error.ts';
import { abortOnSignal, Stopped } from './cloud/abort-on-signal.ts';
import { type LocalStack, startLocalStack } from './cloud/local-stack.ts';
import { LOCAL_DIRECTORY } from './cloud/paths.ts';
import type { StackInfo } from './cloud/stack-info.ts';
import { serveLocalConsole } from './console/serve-local.ts';
import { takePicture } from './console/take-picture.ts';
import { checkJob, distinct } from './demo/check.ts';
import { useKey } from './demo/keys.ts';
import { DEMO_NUMBER } from './demo/make-list.ts';
import { ProgressBar } from './demo/progress-bar.ts';
import { readUserList } from './demo/read-list.ts';
import { Service } from './demo/service.ts';
import { blockAndUnblock, blockForSeconds, DEFERRED_USER, deferAndHear } from './demo/single-users.ts';
import { startSchema } from './graph-simulator/options.ts';
import { until } from './until.ts';

const FOLDER = join(import.meta.dirname, 'demo');
/** Smaller chunks and a Graph that takes its time, so that there is progress to see. */
const CONTEXT = { chunkSize: '250', 'schedules.expire': '1 minute' };
const LATENCY = { fixedMs: 300, perUserMs: 1, jitterMs: 100 };
const DEADLINE_MS = 180_000;

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

async function watch(service: Service, accepted: Job): Promise<Job> {
  const bar = new ProgressBar(accepted.users.total);
  const look = async () => {
    const now = await service.call({ method: 'GET', path: `/jobs/${accepted.id}` }, { status: 200, schema: job });
    bar.show(now.users.succeeded + now.users.failed, `${now.status}, chunks ${now.chunks.done}/${now.chunks.total}`);
    return now.status === 'queued' || now.status === 'running' ? undefined : now;
  };
  const ended = await until('the end of the job', look, DEADLINE_MS);
  bar.end();
  return ended;
}

function describeFailures(users: readonly JobUser[]): void {
  const groups = Map.groupBy(
    users.filter(({ outcome }) => outcome === 'failed'),
    ({ code, message }) => `${code}  ${message}`,
  );
  for (const [why, failed] of [...groups].sort(([, a], [, b]) => b.length - a.length)) {
    say(`  ${String(failed.length).padStart(5)}  ${why}`);
  }
}

async function demo(service: Service, info: StackInfo, startedMs: number): Promise<{ good: boolean; line: string }> {
  const { graphUrl } = info;
  const list = readUserList(join(FOLDER, 'users.csv'));
  const sent = distinct(list);
  const endOfBlock = await blockForSeconds(service, say);
  say(`\nBlocking ${list.length} entries of local/demo/users.csv (${sent.size} distinct)`);
  const { job: accepted } = await service.numberCall(
    {
      method: 'POST',
      body: {
        messaging_product: 'whatsapp',
        block_users: list.map((user) => ({ user })),
        reason: 'imported from the support list',
      },
      headers: { 'idempotency-key': 'demo-import' },
    },
    { status: 202, schema: acceptedAnswer },
  );
  say(`  accepted as job ${accepted.id}`);
  const ended = await watch(service, accepted);
  const users = await service.all(`/jobs/${ended.id}/users`, jobUsers);
  say(`  ${ended.status}: ${ended.users.succeeded} blocked, ${ended.users.failed} not`);
  describeFailures(users);

  const asExpected = [
    await blockAndUnblock(service, say),
    await deferAndHear(service, graphUrl, say),
    await useKey(service, info, say),
    await endOfBlock(),
  ].every(Boolean);
  say('\nChecking every outcome, the whole list and every history against the simulator');
  const found = await checkJob({ service, graphUrl }, sent, { id: ended.id, users });
  const line = [
    `demo users=${sent.size}`,
    `succeeded=${found.succeeded}`,
    `failed=${found.failed}`,
    `unaccounted=${found.unaccounted}`,
    `mirror_differs=${found.mirrorDiffers}`,
    `audited=${found.audited}`,
    `seconds=${((performance.now() - startedMs) / 1000).toFixed(1)}`,
  ].join(' ');
  const good =
    asExpected &&
    found.unaccounted === 0 &&
    found.mirrorDiffers === 0 &&
    found.audited === found.auditable &&
    found.succeeded === ended.users.succeeded &&
    found.failed === ended.users.failed;
  return { good, line };
}

async function main(): Promise<number> {
  const startedMs = performance.now();
  const signal = abortOnSignal();
  const world = startSchema.parse(JSON.parse(readFileSync(join(FOLDER, 'world.json'), 'utf8')));
  const stack = await startLocalStack({
    simulatorOptions: { ...world, latency: LATENCY },
    context: CONTEXT,
    log: say,
    signal,
  });
  const isWatched = process.stdout.isTTY === true && process.stdin.isTTY === true && !process.env.CI;
  let result: { good: boolean; line: string };
  try {
    const service = new Service(stack.info, DEMO_NUMBER);
    result = await Promise.race([demo(service, stack.info, startedMs), whenAborted(signal), stack.failed.then(fail)]);
    if (result.good) await (isWatched ? keepConsole(stack, signal, result.line) : pictureConsole(stack.info, signal));
  } finally {
    await stack.stop();
  }
  if (result.good && isWatched) say('Stopped; nothing is left running.');
  else {
    say(result.good ? 'Everything is as it should be; nothing is left running.' : 'DIFFERENCES were found, see above.');
    say(result.line);
  }
  return result.good ? 0 : 1;
}

/** For somebody who watches: the page of what the demo did, on the stack, until they end it. */
async function keepConsole({ info, failed }: LocalStack, signal: AbortSignal, line: string): Promise<void> {
  const { url, ended } = await serveLocalConsole({ stack: info, signal });
  say(`Everything is as it should be.\n${line}`);
  say(`\nThe console, with all that the demo did; search it for ${DEFERRED_USER}:\n  ${url}`);
  say('Ctrl-C ends it, and everything else.');
  await Promise.race([ended, failed.then(fail)]);
}

/** For a machine without a person at it: a picture of the same. */
async function pictureConsole(info: StackInfo, signal: AbortSignal): Promise<void> {
  const end = new AbortController();
  const { url, ended } = await serveLocalConsole({ stack: info, signal: AbortSignal.any([signal, end.signal]) });
  const file = join(LOCAL_DIRECTORY, 'demo-console.png');
  say(await takePicture({ url, file, hash: `#/user/${DEFERRED_USER}`, until: 'as they wrote' }));
  end.abort();
  await ended;
}

function fail(reason: string): never {
  throw new PlainError(reason);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

try {
  process.exit(await main());
} catch (error) {
  const stopped = error instanceof Stopped;
  process.stderr.write(stopped ? '\nStopped; nothing is left running.\n' : `\n${describeFailure(error)}\n`);
  process.exit(stopped ? 130 : 1);
}
