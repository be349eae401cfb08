import { requeueSeconds } from '../backoff.ts';
import { callGraph } from '../call-graph.ts';
import { sizeBefore } from '../changes/capacity.ts';
import { completeRefused } from '../changes/complete.ts';
import type { Ask } from '../changes/converge.ts';
import type { GuardDeps } from '../changes/guard.ts';
import { runChange } from '../changes/run-change.ts';
import { GraphError, MissingDataError, TokenMissingError } from '../errors.ts';
import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import { isoNow } from '../iso-time.ts';
import type { Credentials, Graph, TokenSource } from '../ports/services.ts';
import { settleAll } from '../settle-all.ts';
import type { ChunkInput } from './begin-chunk.ts';
import { cancelChunk } from './cancel-chunk.ts';
import {
  type ChunkAttempt,
  type ChunkDeps,
  type ChunkResult,
  DONE,
  endChunk,
  failRemaining,
  nextAttempt,
  REQUEUE_AT_ONCE,
  saveProgress,
  withEnded,
} from './chunk-attempt.ts';
import { type Deadlines, judge, MAX_ATTEMPTS, overdueFailure } from './chunk-policy.ts';
import { loadedInRun } from './chunks.ts';
import { isChunkFinal, isFinal } from './job.ts';
import { pendingPlaces } from './outcomes.ts';
import { requeue } from './requeue.ts';

export interface ProcessChunkDeps extends ChunkDeps, Deadlines, Pick<GuardDeps, 'protectedIds'> {
  readonly graph: Pick<Graph, 'changeUsers'>;
  readonly tokens: TokenSource;
  readonly listLimit: number;
  /** Milliseconds that one call to Graph may take. */
  readonly graphTimeoutMs: number;
}

/**
 * Makes one attempt on a chunk: sends at most one batch to Graph, then writes history, mirror and outcomes. It is safe to repeat
 * at any point. A user who has an outcome is never sent again. If an attempt dies, the next one resumes it under the same
 * operation.
 */
export async function processChunk(deps: ProcessChunkDeps, input: ChunkInput): Promise<ChunkResult> {
  const { jobs, clock } = deps;
  const [job, stored] = await Promise.all([
    jobs.getJob(input.jobId),
    input.loaded ?? jobs.loadChunk(input.jobId, input.chunk),
  ]);
  if (!job) throw new MissingDataError(`Job ${input.jobId} is missing`);
  if (isFinal(job.status) || job.run !== input.run) return DONE;
  const open = { job, loaded: loadedInRun(stored, job.run) };
  if (isChunkFinal(open.loaded.chunk)) return DONE;
  if (job.status === 'queued') await jobs.markRunning(job.id, isoNow(clock));

  if (pendingPlaces(open.loaded).length === 0) return endChunk(deps, open, 'done');
  if (job.cancelledAt !== undefined) return cancelChunk(deps, open);
  const ending = job.error ?? overdueFailure(open, deps, clock.now());
  if (ending) return failRemaining(deps, open, ending);
  let credentials: Credentials;
  try {
    credentials = await deps.tokens.credentials(job.phoneNumberId);
  } catch (error) {
    if (!(error instanceof TokenMissingError)) throw error;
    const missing = { code: GRAPH_CODE.accessTokenInvalid, message: error.message };
    await jobs.stopJob(job, missing);
    return failRemaining(deps, open, missing);
  }

  const [named, listSize] = await settleAll([
    nextAttempt(deps, open, credentials.batchLimit),
    sizeBefore(deps.store, job),
  ]);
  if (!named) return REQUEUE_AT_ONCE;
  const isLast = named.loaded.chunk.attempts + 1 >= MAX_ATTEMPTS;
  const attempt: ChunkAttempt = {
    ...named,
    listSize,
    isRetried: ({ failure }) => !isLast && failure !== undefined && isRetryableForUser(failure.code),
  };
  try {
    return await run(deps, attempt, credentials);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return refused(deps, attempt, error);
  }
}

/** Sends a batch, records Graph's answer for every user, and saves the chunk. A user whose failure is temporary is sent again. */
async function run(deps: ProcessChunkDeps, attempt: ChunkAttempt, credentials: Credentials): Promise<ChunkResult> {
  const { job, loaded, isRetried = () => false } = attempt;
  const { phoneNumberId, version } = job;
  const { operationId } = attempt.operation;
  // One call to Graph; the workflow does the waiting.
  const policy = { timeoutMs: deps.graphTimeoutMs, budgetMs: deps.graphTimeoutMs * 2, attempts: 1 };
  const ask: Ask = async (action, identities) => {
    const outcomes = await callGraph(
      { ...deps, policy },
      { phoneNumberId, version, credentials, operationId },
      (call) => deps.graph.changeUsers(call, action, identities),
    );
    const full = outcomes.find(({ failure }) => failure?.code === GRAPH_CODE.listFull)?.failure;
    if (full) await deps.jobs.stopJob(job, { code: full.code, message: full.message });
    return outcomes;
  };
  const ended = await runChange(deps, attempt, ask);
  const next = withEnded(attempt, ended);
  if (pendingPlaces(next.loaded).length === 0) return endChunk(deps, next, 'done');

  const retried = ended.outcomes.filter(isRetried);
  const attempts = retried.length === ended.outcomes.length ? loaded.chunk.attempts + 1 : 0;
  await saveProgress(deps, next, { attempts, lastCode: retried[0]?.failure?.code });
  return retried.length === 0 ? REQUEUE_AT_ONCE : requeue(deps, job, requeueSeconds(attempts + 1, deps.clock.random()));
}

/** Graph refused the whole request. So this waits, halves the batch, fails the users, or stops the job. */
async function refused(deps: ProcessChunkDeps, attempt: ChunkAttempt, error: GraphError): Promise<ChunkResult> {
  const { job, loaded, identities, resumed } = attempt;
  const { chunk } = loaded;
  const { code, message, details, fbtraceId } = error;
  const verdict = judge(error, { chunk, sent: identities.length }, deps.clock.random());
  if (verdict.next === 'stop-job') await deps.jobs.stopJob(job, { code, message });
  if (verdict.next !== 'requeue') {
    // Graph may have carried out this request, or the request of the attempt that was resumed, even if it now refuses all.
    const maybeApplied = error.maybeApplied || resumed;
    // An attempt that was resumed may have sent users whom somebody has changed since.
    const notSent = resumed ? undefined : error.notSent;
    return failRemaining(deps, { job, loaded, notSent }, { code, message, details, fbtraceId, maybeApplied });
  }
  const { batchSize = chunk.batchSize, requeueAfterSeconds } = verdict;
  // A resumed attempt may have left records under its operation, so the chunk keeps the operation until Graph's answer is recorded
  // under it. Otherwise the chunk lets go of the operation first, and the operation is completed afterwards: if the chunk repeated
  // a completed operation, its changes would not be added to the size of the list. As long as it keeps the operation, it sends all
  // of its users: each of them may have been changed under it.
  const current = resumed ? chunk.current : undefined;
  const isSaved = await saveProgress(deps, attempt, {
    attempts: chunk.attempts + 1,
    batchSize: resumed ? chunk.batchSize : batchSize,
    lastCode: code,
    current,
  });
  if (isSaved && !resumed) await completeRefused(deps, attempt, error);
  return requeue(deps, job, requeueAfterSeconds);
}
