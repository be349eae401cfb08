import { allEnded } from '../all-ended.ts';
import type { Identity } from '../blocklist/identity.ts';
import { insist } from '../blocklist/insist.ts';
import type { Stored } from '../blocklist/mirror.ts';
import { type Failure, failAll, inDoubt, type UserOutcome } from '../blocklist/outcome.ts';
import { refuseIfFull } from '../blocklist/room.ts';
import { type CallPolicy, callGraph } from '../call-graph.ts';
import { GraphError, MissingDataError, TokenMissingError } from '../errors.ts';
import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import type { Credentials, Graph, TokenSource } from '../ports.ts';
import { cancelChunk } from './cancel-chunk.ts';
import {
  type Begun,
  begin,
  type ChunkPassDeps,
  type ChunkResult,
  DONE,
  finish,
  giveUp,
  pause,
  record,
  SOON,
  settle,
} from './chunk-pass.ts';
import { backoffSeconds, judge, MAX_ATTEMPTS } from './chunk-policy.ts';
import { loadedInRun } from './chunks.ts';
import type { RunInput } from './finish-job.ts';
import { isChunkFinal, isFinal, type Job } from './job.ts';
import { pendingPlaces } from './outcomes.ts';

export interface ProcessChunkDeps extends ChunkPassDeps {
  readonly graph: Graph;
  readonly tokens: TokenSource;
  readonly listLimit: number;
  /** Milliseconds that one call to Graph may take. */
  readonly graphTimeoutMs: number;
  /** Milliseconds after a run's beginning at which what is left of it is given up. */
  readonly jobDeadlineMs: number;
}

/**
 * One pass over a chunk: at most one batch to Graph, then history, mirror and outcomes. Safe to repeat at any point: users
 * that have an outcome are never sent again, and a pass that crashed goes on under the same operation.
 */
export async function processChunk(deps: ProcessChunkDeps, input: RunInput & { chunk: number }): Promise<ChunkResult> {
  const { jobs, clock } = deps;
  const [job, stored] = await Promise.all([jobs.getJob(input.jobId), jobs.loadChunk(input.jobId, input.chunk)]);
  if (!job) throw new MissingDataError(`Job ${input.jobId} is missing`);
  if (isFinal(job.status) || job.run !== input.run) return DONE;
  const loaded = loadedInRun(stored, job.run);
  if (isChunkFinal(loaded.chunk)) return DONE;
  if (job.status === 'queued') await jobs.markRunning(job.id, new Date(clock.now()).toISOString());

  if (pendingPlaces(loaded).length === 0) return finish(deps, job, loaded, 'done');
  if (job.cancelledAt !== undefined) return cancelChunk(deps, job, loaded);
  if (job.error) return giveUp(deps, job, loaded, job.error);
  if (clock.now() > deadlineOf(deps, job)) {
    return giveUp(deps, job, loaded, {
      code: loaded.chunk.lastCode ?? GRAPH_CODE.internal,
      message: 'The deadline of the job passed before this user could be sent',
    });
  }
  if (job.expiresAt !== undefined && job.expiresAt <= new Date(clock.now()).toISOString()) {
    return giveUp(deps, job, loaded, {
      code: GRAPH_CODE.invalidParameter,
      message: 'The end of the temporary block passed before this user could be blocked',
    });
  }
  let credentials: Credentials;
  try {
    credentials = await deps.tokens.credentials(job.phoneNumberId);
  } catch (error) {
    if (!(error instanceof TokenMissingError)) throw error;
    const missing = { code: GRAPH_CODE.accessTokenInvalid, message: error.message };
    await jobs.stopJob(job, missing);
    return giveUp(deps, job, loaded, missing);
  }
  const [begun, summary] = await allEnded([
    begin(deps, job, loaded, credentials.batchLimit),
    deps.store.getSummary(job.phoneNumberId),
  ]);
  if (!begun) return SOON;
  try {
    const sent = await send(deps, job, begun, credentials, summary?.size ?? 0);
    return await answered(deps, job, begun, sent, credentials);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return refused(deps, job, begun, error);
  }
}

/** Graph's word on each user, and what the mirror knew of them. */
interface Sent {
  readonly outcomes: readonly UserOutcome[];
  readonly known: ReadonlyMap<string, Stored>;
}

async function send(
  deps: ProcessChunkDeps,
  job: Job,
  { identities, inherited }: Begun,
  credentials: Credentials,
  size: number,
): Promise<Sent> {
  const { phoneNumberId, version, action } = job;
  const ids = identities.map(({ id }) => id);
  if (action === 'block' && size >= deps.listLimit) {
    refuseIfFull(size, deps.listLimit, identities, await deps.store.getUsers(phoneNumberId, ids));
  }
  // What is known of the users is wanted when Graph has answered, and read until then.
  const [outcomes, known] = await allEnded([
    callGraph(deps, policyOf(deps), { phoneNumberId, version, credentials }, (call) =>
      deps.graph.changeUsers(call, action, identities),
    ),
    deps.store.getUsers(phoneNumberId, ids, inherited),
  ]);
  return { outcomes, known };
}

/** The waits are the workflow's. */
function policyOf({ graphTimeoutMs }: ProcessChunkDeps): CallPolicy {
  return { timeoutMs: graphTimeoutMs, budgetMs: graphTimeoutMs * 2, attempts: 1 };
}

/** Graph took the request: record its word on every user; who failed for the moment only is sent again. */
async function answered(
  deps: ProcessChunkDeps,
  job: Job,
  begun: Begun,
  { outcomes: answers, known }: Sent,
  credentials: Credentials,
): Promise<ChunkResult> {
  const { chunk } = begun.loaded;
  // Whom Graph refuses now, a dead pass may have changed all the same.
  const outcomes = begun.inherited ? answers.map(inDoubt) : answers;
  const full = outcomes.find(({ failure }) => failure?.code === GRAPH_CODE.listFull)?.failure;
  if (full) await deps.jobs.stopJob(job, { code: full.code, message: full.message });

  const lastAttempt = chunk.attempts + 1 >= MAX_ATTEMPTS;
  const retry = ({ failure }: UserOutcome) => !lastAttempt && failure !== undefined && isRetryableForUser(failure.code);
  const request = { ...begun.operation, version: job.version, credentials };
  const onceMore = (outdone: readonly Identity[]) => insist({ ...deps, policy: policyOf(deps) }, request, outdone);
  const [settled] = await allEnded([
    record(deps, begun, outcomes, {}, { known, retry, insist: onceMore }),
    // Only now: a mistyped number that Graph does not know must not be asked about every hour.
    deps.store.registerNumber(job.phoneNumberId, job.createdAt),
  ]);
  if (pendingPlaces(settled).length === 0) return finish(deps, job, settled, 'done');

  const retried = outcomes.filter(retry);
  const attempts = retried.length === outcomes.length ? chunk.attempts + 1 : 0;
  await pause(deps, job, settled, { attempts, lastCode: retried[0]?.failure?.code });
  if (retried.length === 0) return SOON;
  return again(deps, job, backoffSeconds(attempts + 1, deps.clock.random()));
}

/** Graph refused the whole request: wait, perhaps go on in halves, give these users up, or stop the job. */
async function refused(deps: ProcessChunkDeps, job: Job, begun: Begun, error: GraphError): Promise<ChunkResult> {
  const { chunk } = begun.loaded;
  const verdict = judge(error, chunk, begun.identities.length, deps.clock.random());
  // Whatever becomes of the job: Graph may have carried out this request, or a dead pass's, and a reconciliation is to look.
  const maybeApplied = error.maybeApplied || begun.inherited;
  const failure: Failure = { code: error.code, message: error.message, details: error.details, maybeApplied };
  if (verdict.next === 'stop-job') await deps.jobs.stopJob(job, { code: error.code, message: error.message });
  if (verdict.next !== 'again') return giveUp(deps, job, begun.loaded, failure, error.fbtraceId);
  const batchSize = verdict.batchSize ?? chunk.batchSize;
  const change = { attempts: chunk.attempts + 1, batchSize, lastCode: error.code };
  if (begun.inherited) {
    // What the crashed pass recorded belongs to this operation; it is kept until an answer can be recorded under it.
    await pause(deps, job, begun.loaded, { ...change, current: chunk.current });
    return again(deps, job, verdict.seconds);
  }
  // The chunk first: a repeat under an operation that is settled already would no longer add to the size of the list.
  if (await pause(deps, job, begun.loaded, change)) {
    const none = failAll(begun.identities, failure);
    await settle(deps, begun, none, { certain: 'failed', code: error.code, fbtraceId: error.fbtraceId });
  }
  return again(deps, job, verdict.seconds);
}

/**
 * However long Graph wants to be left alone, the chunk comes back right after the deadline, to give its users an outcome; and
 * at once where the job was called off, or stopped, while the request was under way, since whoever did so left it alone.
 */
async function again(deps: ProcessChunkDeps, job: Job, seconds: number): Promise<ChunkResult> {
  const now = await deps.jobs.getJob(job.id);
  if (now?.cancelledAt !== undefined || now?.error !== undefined) return SOON;
  const untilDeadline = Math.ceil((deadlineOf(deps, job) - deps.clock.now()) / 1000) + 1;
  return { result: 'again', seconds: Math.max(1, Math.min(seconds, untilDeadline)) };
}

function deadlineOf(deps: ProcessChunkDeps, job: Job): number {
  return Date.parse(job.retriedAt ?? job.createdAt) + deps.jobDeadlineMs;
}
