import { MissingDataError } from '../errors.ts';
import type { JobStore } from '../ports/job-store.ts';
import { settleAll } from '../settle-all.ts';
import { type BeginChunkDeps, type BegunChunk, beginChunk, type Pass } from './begin-chunk.ts';
import { type ChunkDeps, type ChunkResult, DONE, REQUEUE_AT_ONCE } from './chunk-attempt.ts';
import { listChunks } from './chunks.ts';
import { failChunk, type RunInput } from './finish-job.ts';
import { type Chunk, isChunkFinal, isFinal, type LoadedChunk } from './job.ts';
import { Turns } from './turns.ts';

/** Some chunks of a job, carried out one after the other: the chunk with this index, and every `lanes`-th after it. */
export interface LaneInput extends RunInput {
  readonly chunk: number;
  readonly lanes: number;
}

export interface LaneDeps extends BeginChunkDeps {
  readonly jobs: Pick<JobStore, 'getJob' | 'listChunks' | 'loadChunk'>;
  /** Milliseconds after which no further attempt begins. */
  readonly laneBudgetMs: number;
}

/**
 * Carries out the open chunks of a lane, as many as its time allows. As soon as Graph has answered for a chunk, the next one is
 * sent, and the last one is recorded meanwhile. Only one call to Graph is in progress at a time, and at most two chunks are. If
 * Graph asks to wait, the whole lane waits.
 *
 * If an attempt throws, this does so too once the other one has ended, and the workflow repeats the lane. A chunk whose last attempt
 * died is then carried out alone: if it cannot be processed, it takes no other with it.
 */
export async function processLane(deps: LaneDeps, input: LaneInput): Promise<ChunkResult> {
  const until = deps.clock.now() + deps.laneBudgetMs;
  const pass: Pass = { until, turns: new Turns(), waits: [], hasFailed: false };
  const { jobId, run } = input;
  const chunks = await openChunks(deps, input);
  let inProgress: BegunChunk[] = [];
  let loaded: Promise<LoadedChunk> | undefined;
  for (const [place, { index, current }] of chunks.entries()) {
    if (pass.hasFailed || pass.waits.length > 0) break;
    if (deps.clock.now() >= until) {
      pass.waits.push(REQUEUE_AT_ONCE.requeueAfterSeconds);
      break;
    }
    const next = beginChunk(deps, pass, { jobId, run, chunk: index, loaded });
    const before = inProgress;
    inProgress = [...before, next];
    const following = chunks[place + 1]?.index;
    loaded = following === undefined ? undefined : next.sent.then(() => deps.jobs.loadChunk(jobId, following));
    // If it fails, the next chunk does.
    loaded?.catch(() => undefined);
    void next.sent.then(() => recordAll(before));
    // A chunk whose last attempt died is not overlapped.
    if (current !== undefined) next.record();
    await (current === undefined ? next.answered : Promise.allSettled([next.ended]));
    // The next chunk must wait for these, so this one need not wait for the next.
    if (before.some((one) => !one.hasEnded())) next.record();
    await Promise.allSettled(before.map(({ ended }) => ended));
    if (!pass.hasFailed) inProgress = [next];
  }
  recordAll(inProgress);
  await settleAll(inProgress.map(({ ended }) => ended));
  return pass.waits.length === 0 ? DONE : { result: 'requeue', requeueAfterSeconds: Math.max(...pass.waits) };
}

function recordAll(chunks: readonly BegunChunk[]): void {
  for (const chunk of chunks) chunk.record();
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
