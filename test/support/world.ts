import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import type { MetricName } from '../../lambdas/contract/metrics.ts';
import { createJob } from '../../lambdas/core/jobs/create-job.ts';
import { failChunk, finishJob } from '../../lambdas/core/jobs/finish-job.ts';
import type { Job } from '../../lambdas/core/jobs/job.ts';
import { processChunk } from '../../lambdas/core/jobs/process-chunk.ts';
import type { ChangeRequest } from '../../lambdas/core/jobs/submit-change.ts';
import type { Workflow } from '../../lambdas/core/ports/job-store.ts';
import { ProtectedIds } from '../../lambdas/core/protection/protected-ids.ts';
import { parseEntry, toEntryList } from '../../lambdas/core/users/entries.ts';
import type { Delivery, Notices } from '../../lambdas/core/webhook/notice.ts';
import type { Verdict } from '../../lambdas/core/webhook/verify-signature.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeGraph, FakeTokens } from './fake-graph.ts';
import { FakeBus } from './in-memory-outbox.ts';
import { codeOf, PairedBlocklistStore, PairedJobStore } from './paired-reasons.ts';

export const NUMBER = '106540352242922';
export const ACTOR = 'arn:aws:iam::111122223333:role/support';
/** Who forwards webhooks. */
export const RECEIVER = 'arn:aws:iam::111122223333:role/receiver';

/** Core with everything that it needs, in memory: the environment of its unit tests. */
export function createWorld(change: { chunkSize?: number; listLimit?: number } = {}) {
  const clock = new FakeClock();
  const store = new PairedBlocklistStore();
  const jobs = new PairedJobStore(store);
  const bus = new FakeBus();
  const graph = new FakeGraph();
  const tokens = new FakeTokens();
  const workflow = new FakeWorkflow();
  const reconciled: string[] = [];
  /** Reconciliations that were started, by the name of their execution. */
  const executions = new Map<string, 'running' | 'ended'>();
  const logged: string[] = [];
  /** Every value of every metric, in their order. */
  const measured: Partial<Record<MetricName, number[]>> = {};
  const deps = {
    clock,
    store,
    protectedIds: new ProtectedIds(store, clock),
    jobs,
    outbox: store.outbox,
    bus,
    eventUsers: false,
    graph,
    tokens,
    workflow,
    reconciliations: {
      start: async (numbers: readonly string[], execution = `#${executions.size}`) => {
        if (executions.has(execution)) return;
        executions.set(execution, 'running');
        reconciled.push(...numbers);
      },
      stateOf: async (execution: string) => executions.get(execution) ?? ('missing' as const),
    },
    reconciliationsPerHour: 60,
    openJobLimits: { perNumber: 10_000, perCaller: 10_000 },
    log: {
      info: (message: string) => void logged.push(message),
      error: (message: string) => void logged.push(message),
      fault: (message: string) => void logged.push(message),
    },
    metrics: {
      put: (name: MetricName, value: number) => {
        measured[name] = [...(measured[name] ?? []), value];
      },
    },
    budgetMs: 570_000,
    newId: ulid,
    hash: (text: string) => createHash('sha256').update(text).digest('hex'),
    listLimit: change.listLimit ?? 64_000,
    chunkSize: change.chunkSize ?? 1000,
    policy: { timeoutMs: 20_000, budgetMs: 24_000, attempts: 3 },
    graphTimeoutMs: 20_000,
    jobDeadlineMs: 6 * 60 * 60 * 1000,
    concurrency: 4,
    deferDays: 30,
    tombstoneDays: 30,
    trustUnsigned: false,
  };
  return {
    deps,
    clock,
    store,
    jobs,
    bus,
    graph,
    tokens,
    workflow,
    started: workflow.started,
    reconciled,
    executions,
    logged,
    measured,
  };
}

/** The bulk workflow as far as core sees it: which executions were started, and which of them a test let end. */
export class FakeWorkflow implements Workflow {
  readonly started: string[] = [];
  readonly ended = new Set<string>();
  /** Thrown by the next starts, one each. */
  readonly faults: Error[] = [];

  async start({ id, execution }: Pick<Job, 'id' | 'execution'>): Promise<void> {
    const fault = this.faults.shift();
    if (fault) throw fault;
    const name = `${id}/${execution}`;
    if (!this.started.includes(name)) this.started.push(name);
  }

  async stateOf({ id, execution }: Pick<Job, 'id' | 'execution'>): Promise<'running' | 'ended' | 'missing'> {
    const name = `${id}/${execution}`;
    if (this.ended.has(name)) return 'ended';
    return this.started.includes(name) ? 'running' : 'missing';
  }
}

export type World = ReturnType<typeof createWorld>;

/** A webhook that Meta signed, unless said otherwise, as a team's receiver forwards it. */
export function delivery(notices: Partial<Notices>, verdict: Verdict = 'verified'): Delivery {
  const { numbers = [], notFollowed = [] } = notices;
  const verdicts = new Map(numbers.map(({ phoneNumberId }) => [phoneNumberId, verdict]));
  return { numbers, notFollowed, verdicts, forwarder: { actor: RECEIVER, onBehalfOf: 'whatsapp' } };
}

export function changeRequest(users: readonly string[], change: Partial<ChangeRequest> = {}): ChangeRequest {
  return {
    action: 'block',
    phoneNumberId: NUMBER,
    list: toEntryList(users.map((user) => parseEntry({ user }))),
    respondAsync: false,
    actor: ACTOR,
    reasonCode: codeOf(change.reason),
    ...change,
  };
}

export function createTestJob(
  world: World,
  users: readonly string[],
  change: Partial<ChangeRequest> = {},
): Promise<Job> {
  return createJob(world.deps, { ...changeRequest(users, change), chunkSize: world.deps.chunkSize });
}

/** What the state machine does: every chunk until it is done, with the waits that it asks for, then the end of the job. */
export async function runJob(world: World, job: Job): Promise<Job | undefined> {
  for (let chunk = 0; chunk < job.chunkCount; chunk += 1) await runChunk(world, job, chunk);
  await finishJob(world.deps, { jobId: job.id, run: job.run });
  return world.jobs.getJob(job.id);
}

/** Gives the seconds that the chunk waited between its attempts. */
export async function runChunk(world: World, job: Job, chunk: number): Promise<number[]> {
  const waits: number[] = [];
  for (;;) {
    const result = await processChunk(world.deps, { jobId: job.id, run: job.run, chunk });
    if (result.result === 'done') return waits;
    waits.push(result.requeueAfterSeconds);
    world.clock.advance(result.requeueAfterSeconds * 1000);
    if (waits.length > 200) throw new Error('The chunk never ends');
  }
}

export { failChunk, finishJob };

/** Numbers that look like phone numbers, `count` of them. */
export function phones(count: number, first = 16_505_550_000): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

/** The history of a user, oldest first, in short. */
export function historyOf(world: World, user: string): string[] {
  return [...world.store.events.values()]
    .filter((event) => event.user === user)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map((event) => `${event.action} ${event.outcome}${event.code === undefined ? '' : ` ${event.code}`}`);
}
