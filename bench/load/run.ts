/**
 * `npm run load [-- --seconds 30 --concurrency 8]`: mixed calls against the whole service on this machine, for a bounded time. It
 * fails if any answer is wrong or any job loses a user. Only loopback: the stack is its own.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { accepted as acceptedAnswer } from '../../lambdas/openapi/change.ts';
import { job as jobAnswer } from '../../lambdas/openapi/job.ts';
import { runPlainly } from '../../lib/plain-error.ts';
import { callApi } from '../../local/api-client.ts';
import { startLocalStack } from '../../local/cloud/local-stack.ts';
import type { StackInfo } from '../../local/cloud/stack-info.ts';
import { until } from '../../local/until.ts';
import { MIX, pick, type Turn } from './mix.ts';
import { type LoadOptions, readOptions } from './options.ts';
import { probeTable } from './probe.ts';
import { loggedMs, type Made, report, three } from './report.ts';

/** Numbers among which the calls are spread. */
const NUMBERS = Array.from({ length: 10 }, (_, index) => String(106_540_352_250_000 + index));
/** Graph's own time for a call, as far as it is known to take some. */
const LATENCY = { fixedMs: 100, perUserMs: 0.2, jitterMs: 50 };
/** Milliseconds for the jobs that are left when the load ends. */
const JOBS_DEADLINE_MS = 300_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await runPlainly(async () => {
  const options = readOptions(process.argv.slice(2));
  const stack = await startLocalStack({
    simulatorOptions: { latency: LATENCY },
    context: { 'jobs.openPerNumber': '1000', 'jobs.openPerCaller': '1000' },
    log: say,
  });
  try {
    const problems = await load(stack.info, options);
    for (const problem of problems.slice(0, 20)) say(`error: ${problem}`);
    say(problems.length === 0 ? 'No call failed, and no user was lost.' : `${problems.length} errors`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    await stack.stop();
  }
});

async function load(info: StackInfo, { seconds, concurrency }: LoadOptions): Promise<string[]> {
  say(`${concurrency} callers for ${seconds} s; ${machine()}`);
  const made: Made[] = [];
  const jobs: { readonly id: string; readonly users: number }[] = [];
  const endMs = performance.now() + seconds * 1_000;
  let next = 0;
  const worker = async () => {
    while (performance.now() < endMs) {
      const kind = pick(MIX, Math.random());
      next += 1;
      const turn = turnOf(next, jobs.at(-1)?.id);
      const call = kind.call(turn);
      const startedMs = performance.now();
      try {
        const { status, headers, body } = await callApi(info, call);
        const isExpected = kind.expected.includes(status);
        const error = isExpected ? undefined : `${kind.name}: ${status} ${JSON.stringify(body).slice(0, 300)}`;
        made.push({
          kind: kind.name,
          status,
          ms: performance.now() - startedMs,
          requestId: headers.get('x-request-id') ?? '',
          error,
        });
        if (status === 202) {
          const { id, users } = acceptedAnswer.parse(body).job;
          jobs.push({ id, users: users.total });
        }
      } catch (error) {
        made.push({
          kind: kind.name,
          status: 0,
          ms: performance.now() - startedMs,
          requestId: '',
          error: `${kind.name}: ${error}`,
        });
      }
    }
  };
  const probe = probeTable(info, endMs);
  await Promise.all(Array.from({ length: concurrency }, worker));
  const tableMs = await probe;
  say(
    `${made.length} calls, ${(made.length / seconds).toFixed(1)} a second; waiting for the end of ${jobs.length} jobs`,
  );
  const lost = (await Promise.all(jobs.map((one) => endOf(info, one)))).flat();
  say(`\n${report(made, loggedMs(readFileSync(join(info.logs, 'functions.log'), 'utf8')))}`);
  say(`\nOne read of one item of the local table, meanwhile: ${three(tableMs)} ms\n`);
  return [...made.flatMap(({ error }) => error ?? []), ...lost];
}

/** Each turn has users of its own, so that no outcome depends on the order of calls. */
function turnOf(turn: number, jobId: string | undefined): Turn {
  const number = NUMBERS[turn % NUMBERS.length] ?? '';
  const first = 16_500_000_000 + turn * 2_000;
  return {
    number,
    jobId,
    users: (count) => Array.from({ length: count }, (_, index) => String(first + index)),
    anyone: () => String(16_500_000_000 + Math.floor(Math.random() * turn) * 2_000),
  };
}

/** Waits for a job; every user of it has an outcome, and none failed. */
async function endOf(
  info: StackInfo,
  { id, users }: { readonly id: string; readonly users: number },
): Promise<string[]> {
  const ended = await until(
    `the end of ${id}`,
    async () => {
      const now = jobAnswer.parse((await callApi(info, { method: 'GET', path: `/jobs/${id}` })).body);
      return now.status === 'queued' || now.status === 'running' ? undefined : now;
    },
    JOBS_DEADLINE_MS,
  );
  return ended.users.succeeded === users
    ? []
    : [`job ${id}: ${ended.status}, ${ended.users.succeeded} of ${users} succeeded`];
}

function machine(): string {
  const [{ model } = { model: 'unknown' }] = cpus();
  return `${availableParallelism()} cores (${model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node.js ${process.version}`;
}
