import { MissingDataError } from '../errors.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Clock, Graph } from '../ports/services.ts';
import { settleAll } from '../settle-all.ts';
import { type ChunkDeps, type ChunkResult, DONE, REQUEUE_AT_ONCE } from './chunk-attempt.ts';
import { listChunks } from './chunks.ts';
import { failChunk, type RunInput } from './finish-job.ts';
import { type Chunk, isChunkFinal, isFinal } from './job.ts';
import { Turns } from './turns.ts';

/** Some chunks of a job, carried out one after the other: the chunk with this index, and every `lanes`-th after it. */
export interface LaneInput extends RunInput {
  readonly chunk: number;
  readonly lanes: number;
}

/** What an attempt at a chunk uses of Graph. */
export type GraphOfLane = Pick<Graph, 'changeUsers'>;

export interface LaneDeps {
  readonly jobs: Pick<JobStore, 'getJob' | 'listChunks'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly graph: GraphOfLane;
  /** Milliseconds after which no further attempt begins. */
  readonly laneBudgetMs: number;
  /** Makes one attempt at a chunk (`processChunk`), with the given access to Graph. */
  readonly attempt: (graph: GraphOfLane, input: RunInput & { readonly chunk: number }) => Promise<ChunkResult>;
}

/** What the chunks of one pass share. */
interface Pass {
  readonly until: number;
  readonly turns: Turns;
  /** Waits that chunks asked for. */
  readonly waits: number[];
  hasFailed: boolean;
}

/**
 * Carries out the open chunks of a lane, as many as its time allows. The next chunk is sent to Graph while the last one is being
 * recorded; but only one call to Graph is in progress at a time, and at most two chunks are. If Graph asks to wait, the whole lane
 * waits.
 *
 * If an attempt throws, this does so too once the other one has ended, and the workflow repeats the lane. A chunk whose last attempt
 * died is then carried out alone: if it cannot be processed, it takes no other with it.
 */
export async function processLane(deps: LaneDeps, input: LaneInput): Promise<ChunkResult> {
  const until = deps.clock.now() + deps.laneBudgetMs;
  const pass: Pass = { until, turns: new Turns(), waits: [], hasFailed: false };
  let inProgress: Promise<void>[] = [];
  for (const { index, current } of await openChunks(deps, input)) {
    if (pass.hasFailed || pass.waits.length > 0) break;
    if (deps.clock.now() >= until) {
      pass.waits.push(REQUEUE_AT_ONCE.requeueAfterSeconds);
      break;
    }
    const { answered, ended } = begin(deps, pass, { ...input, chunk: index });
    const before = inProgress;
    inProgress = [...before, ended];
    await (current === undefined ? answered : Promise.allSettled([ended]));
    await Promise.allSettled(before);
    if (!pass.hasFailed) inProgress = [ended];
  }
  await settleAll(inProgress);
  return pass.waits.length === 0 ? DONE : { result: 'requeue', requeueAfterSeconds: Math.max(...pass.waits) };
}

/** Fails the first open chunk of a lane, after the workflow could not process it in any attempt. */
export async function failLaneChunk(deps: ChunkDeps, input: LaneInput): Promise<void> {
  const [first] = await openChunks(deps, input);
  if (first) await failChunk(deps, { ...input, chunk: first.index });
}

async function openChunks({ jobs }: Pick<LaneDeps, 'jobs'>, input: LaneInput): Promise<Chunk[]> {
  const { jobId, run, chunk, lanes } = input;
  const job = await jobs.getJob(jobId);
  if (!job) throw new MissingDataError(`Job ${jobId} is missing`);
  if (isFinal(job.status) || job.run !== run) return [];
  const chunks = await listChunks(jobs, job);
  return chunks.filter((one) => one.index >= chunk && (one.index - chunk) % lanes === 0 && !isChunkFinal(one));
}

/** Makes attempts at a chunk until it is done, has to wait, or fails. */
function begin({ attempt, clock, graph }: LaneDeps, pass: Pass, { jobId, run, chunk }: LaneInput) {
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  const inTurn: GraphOfLane = {
    changeUsers: async (...args) => {
      const outcomes = await pass.turns.take(() => graph.changeUsers(...args));
      // Not after a refusal: whether the next chunk may be sent is known when this attempt has ended.
      resolve();
      return outcomes;
    },
  };
  const work = async (): Promise<void> => {
    for (;;) {
      const result = await attempt(inTurn, { jobId, run, chunk });
      if (result.result === 'done') return;
      const { requeueAfterSeconds } = result;
      if (requeueAfterSeconds > REQUEUE_AT_ONCE.requeueAfterSeconds || clock.now() >= pass.until) {
        pass.waits.push(requeueAfterSeconds);
        return;
      }
      await clock.sleep(requeueAfterSeconds * 1_000);
    }
  };
  const ended = work()
    .catch((error: unknown) => {
      pass.hasFailed = true;
      throw error;
    })
    .finally(resolve);
  // The pass looks at it later, and Node ends a process for a rejection that nobody looks at by then.
  ended.catch(() => undefined);
  return { answered, ended };
}
