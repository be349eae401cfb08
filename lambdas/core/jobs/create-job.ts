import { callerOf } from '../changes/attempt-context.ts';
import type { Action } from '../changes/outcome.ts';
import { type RequireKnownDeps, requireKnown } from '../changes/require-known.ts';
import { InvalidRequestError, MissingDataError } from '../errors.ts';
import { inBatches } from '../in-batches.ts';
import { isoTime } from '../iso-time.ts';
import type { NewJobStore, Workflow } from '../ports/job-store.ts';
import type { Log } from '../ports/services.ts';
import { whoAndWhy } from '../users/asked.ts';
import type { Entry, EntryList } from '../users/entries.ts';
import type { Requester, Terms } from '../users/mirror.ts';
import type { Job } from './job.ts';
import { type OpenJobLimitDeps, refuseTooManyJobs } from './open-job-limits.ts';

/** Terms with their end as a time, and as the caller sent them: in a repeat, `expires_in` is the same and the time is not. */
export interface AskedTerms extends Terms {
  readonly termsAsSent?: string | undefined;
}

export interface CreateJobDeps extends OpenJobLimitDeps, RequireKnownDeps {
  readonly jobs: NewJobStore;
  readonly workflow: Workflow;
  readonly newId: (now: number) => string;
  /** SHA-256 of a text, hexadecimal. */
  readonly hash: (text: string) => string;
  readonly log: Log;
}

export interface CreateJobRequest extends Requester, AskedTerms {
  readonly action: Action;
  readonly phoneNumberId: string;
  readonly version?: string | undefined;
  readonly list: EntryList;
  /** Entries in one chunk: the provider's limit or the configured one, whichever is less. */
  readonly chunkSize: number;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Accepts a request as a job. When this returns, every distinct entry is stored, and the workflow runs, or the sweep will
 * start it. A number that belongs to nobody is refused. A repeat of the same caller with the same key and body gives the same
 * job.
 */
export async function createJob(deps: CreateJobDeps, request: CreateJobRequest): Promise<Job> {
  const { phoneNumberId } = request;
  const key = ownKey(deps, request);
  const bodyHash = key === undefined ? '' : deps.hash(fingerprint(request, phoneNumberId));
  const earlier = key === undefined ? undefined : await deps.jobs.findIdempotent(phoneNumberId, key);
  if (earlier) return resume(deps, earlier, bodyHash);
  await requireKnown(deps, { phoneNumberId, field: 'phone_number_id', status: 404 });
  await refuseTooManyJobs(deps, request, [phoneNumberId]);

  const now = deps.clock.now();
  const chunks = toChunks(request.list.distinct, request.chunkSize);
  const job = newJob(request, {
    id: `${phoneNumberId}-${deps.newId(now)}`,
    phoneNumberId,
    total: request.list.distinct.length,
    chunkCount: chunks.length,
    createdAt: isoTime(now),
  });
  const other = await deps.jobs.createJob(job, chunks, key === undefined ? undefined : { key, bodyHash });
  if (other) return resume(deps, other, bodyHash);
  await startJob(deps, job);
  return job;
}

/** The only function that builds a job: queued, for its first run. Additional fields of `asked` are not stored. */
export function newJob(
  asked: Requester & Terms & Pick<Job, 'action' | 'version'>,
  as: Pick<
    Job,
    'id' | 'phoneNumberId' | 'total' | 'chunkCount' | 'createdAt' | 'batchId' | 'sharedUsersKey' | 'reverts'
  >,
): Job {
  const { action, version, expiresAt, defer } = asked;
  const terms = { ...whoAndWhy(asked), expiresAt, defer };
  return { ...as, version, action, ...terms, status: 'queued', run: 1, execution: 1 };
}

/** The job is stored, so a fault here loses nothing: the sweep starts the job. */
export async function startJob(deps: Pick<CreateJobDeps, 'workflow' | 'log'>, job: Job): Promise<void> {
  try {
    await deps.workflow.start(job);
    deps.log.info('job started', { job_id: job.id, run: job.run });
  } catch (error) {
    deps.log.fault('job not started; the sweep will start it', error, { job_id: job.id });
  }
}

async function resume(
  deps: CreateJobDeps,
  earlier: { bodyHash: string; jobId: string },
  bodyHash: string,
): Promise<Job> {
  refuseOtherBody(earlier, bodyHash);
  const job = await deps.jobs.getJob(earlier.jobId);
  if (!job) throw new MissingDataError(`Job ${earlier.jobId} of an idempotency key is missing`);
  if (job.status === 'queued') await startJob(deps, job);
  return job;
}

/**
 * The caller's `Idempotency-Key`, under a name that belongs to that caller and the person they act for. The same key of
 * others is another key. All sessions of a role are one caller.
 */
export function ownKey(
  { hash }: Pick<CreateJobDeps, 'hash'>,
  { idempotencyKey, actor, onBehalfOf }: Requester & Pick<CreateJobRequest, 'idempotencyKey'>,
): string | undefined {
  if (idempotencyKey === undefined) return undefined;
  return `${hash(JSON.stringify([callerOf(actor), onBehalfOf ?? null]))}#${idempotencyKey}`;
}

export function refuseOtherBody(earlier: { bodyHash: string }, bodyHash: string): void {
  if (earlier.bodyHash === bodyHash) return;
  throw new InvalidRequestError(
    'Idempotency-Key: was used with another body in the last 24 hours; send the same body, or another key',
    409,
  );
}

/** What must be equal in a repeat of a request: the action, its terms and its users, in order and spelling. */
export function fingerprint(
  request: Pick<CreateJobRequest, 'action' | 'reason' | 'reasonCode' | 'list' | 'termsAsSent'>,
  target: string | readonly string[],
): string {
  const { action, reason, reasonCode, list, termsAsSent } = request;
  const inputs = list.entries.map(({ input }) => input);
  return JSON.stringify([action, target, reason ?? null, reasonCode ?? null, inputs, termsAsSent ?? null]);
}

export function toChunks(entries: readonly Entry[], size: number): Entry[][] {
  return [...inBatches(entries, size)];
}
