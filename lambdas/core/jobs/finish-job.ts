import type { Failure } from '../changes/outcome.ts';
import { MissingDataError } from '../errors.ts';
import { jobFinished } from '../events/job-finished.ts';
import { tellIfNearlyFull } from '../events/list-nearly-full.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { isoNow } from '../iso-time.ts';
import { cancelChunk } from './cancel-chunk.ts';
import { type ChunkDeps, failRemaining } from './chunk-attempt.ts';
import { listChunks, loadChunk } from './chunks.ts';
import { finalStatus, isChunkFinal, isFinal, type Job, progressOf } from './job.ts';

/** The worker died, or the state machine ended, before Graph's answer for these users was recorded. */
const CRASHED: Failure = {
  code: GRAPH_CODE.internal,
  message: 'The worker stopped before it recorded an answer',
  maybeApplied: true,
};

/** A step of an execution. A late execution of an earlier run must not touch the present one. */
export interface RunInput {
  readonly jobId: string;
  readonly run: number;
}

/** Fails the remaining users of a chunk that the workflow could not process in any attempt. */
export async function failChunk(deps: ChunkDeps, input: RunInput & { chunk: number }): Promise<void> {
  const job = await jobOf(deps, input);
  if (job) await failOpenChunk(deps, job, input.chunk);
}

async function failOpenChunk(deps: ChunkDeps, job: Job, index: number): Promise<void> {
  for (;;) {
    const loaded = await loadChunk(deps.jobs, job, index);
    if (isChunkFinal(loaded.chunk)) return;
    const open = { job, loaded };
    const { result } = job.cancelledAt ? await cancelChunk(deps, open) : await failRemaining(deps, open, CRASHED);
    if (result === 'done') return;
  }
}

/** Derives the job's end from its chunks. Chunks that never ended are failed first, so that every user has an outcome. */
export async function finishJob(deps: ChunkDeps, input: RunInput): Promise<void> {
  const job = await jobOf(deps, input);
  if (!job) return;
  for (const chunk of await listChunks(deps.jobs, job)) {
    if (!isChunkFinal(chunk)) await failOpenChunk(deps, job, chunk.index);
  }
  await endJob(deps, job);
}

type EndJobDeps = Pick<ChunkDeps, 'jobs' | 'clock' | 'listLimit' | 'newId' | 'store'>;

/** Ends a job if all of its chunks have ended. */
export async function endJob(deps: EndJobDeps, job: Job): Promise<void> {
  const chunks = await listChunks(deps.jobs, job);
  if (!chunks.every(isChunkFinal)) return;
  const progress = progressOf(job, chunks);
  const end = { status: finalStatus(progress, chunks), finishedAt: isoNow(deps.clock), progress };
  // First, so that a repeat after a crash does both.
  if (job.action === 'block') await tellFullness(deps, job.phoneNumberId);
  await deps.jobs.finishJob(job, end, jobFinished(deps, job, end));
}

async function tellFullness(deps: EndJobDeps, phoneNumberId: string): Promise<void> {
  const summary = await deps.store.getSummary(phoneNumberId, true);
  if (summary) await tellIfNearlyFull(deps, { ...summary, phoneNumberId, limit: deps.listLimit });
}

/** The job, if it is open and in that run. */
async function jobOf(deps: ChunkDeps, { jobId, run }: RunInput): Promise<Job | undefined> {
  const job = await deps.jobs.getJob(jobId);
  if (!job) throw new MissingDataError(`Job ${jobId} is missing`);
  return isFinal(job.status) || job.run !== run ? undefined : job;
}
