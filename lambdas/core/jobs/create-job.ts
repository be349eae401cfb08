import type { Entry, EntryList } from '../blocklist/entries.ts';
import type { Requester } from '../blocklist/mirror.ts';
import type { Action } from '../blocklist/outcome.ts';
import { InvalidRequestError, MissingDataError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Job } from './job.ts';
import type { JobStore, Workflow } from './ports.ts';

export interface CreateJobDeps {
  readonly jobs: JobStore;
  readonly workflow: Workflow;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
  /** SHA-256 of a text, hexadecimal. */
  readonly hash: (text: string) => string;
}

export interface CreateJobRequest extends Requester {
  readonly action: Action;
  readonly phoneNumberId: string;
  readonly version?: string | undefined;
  readonly list: EntryList;
  /** Entries in one chunk: the provider's limit or the configured one, whichever is less. */
  readonly chunkSize: number;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Accepts a request as a job: once this returns, every distinct entry is stored and the workflow runs. A repeat with the
 * same key and body gives the same job, and starts it where an earlier try stored but did not start it.
 */
export async function createJob(deps: CreateJobDeps, request: CreateJobRequest): Promise<Job> {
  const { phoneNumberId, idempotencyKey: key } = request;
  const bodyHash = key === undefined ? '' : deps.hash(fingerprint(request));
  const earlier = key === undefined ? undefined : await deps.jobs.findIdempotent(phoneNumberId, key);
  if (earlier) return resume(deps, earlier, bodyHash);

  const now = deps.clock.now();
  const chunks = toChunks(request.list.distinct, request.chunkSize);
  const job: Job = {
    id: `${phoneNumberId}-${deps.newId(now)}`,
    phoneNumberId,
    version: request.version,
    action: request.action,
    status: 'queued',
    total: request.list.distinct.length,
    chunkCount: chunks.length,
    createdAt: new Date(now).toISOString(),
    actor: request.actor,
    onBehalfOf: request.onBehalfOf,
    reason: request.reason,
  };
  const other = await deps.jobs.createJob(job, chunks, key === undefined ? undefined : { key, bodyHash });
  if (other) return resume(deps, other, bodyHash);
  await deps.workflow.start(job.id, job.chunkCount);
  return job;
}

async function resume(
  deps: CreateJobDeps,
  earlier: { bodyHash: string; jobId: string },
  bodyHash: string,
): Promise<Job> {
  if (earlier.bodyHash !== bodyHash) {
    throw new InvalidRequestError(
      'Idempotency-Key: was used within 24 hours with another body; send the same body, or another key',
      409,
    );
  }
  const job = await deps.jobs.getJob(earlier.jobId);
  if (!job) throw new MissingDataError(`Job ${earlier.jobId} of an idempotency key is missing`);
  if (job.status === 'queued') await deps.workflow.start(job.id, job.chunkCount);
  return job;
}

/** What must be equal for a repeat to be the same request: what is asked, and of which users, in order and spelling. */
function fingerprint({ action, phoneNumberId, reason, list }: CreateJobRequest): string {
  return JSON.stringify([action, phoneNumberId, reason ?? null, list.entries.map(({ input }) => input)]);
}

function toChunks(entries: readonly Entry[], size: number): Entry[][] {
  const chunks: Entry[][] = [];
  for (let from = 0; from < entries.length; from += size) chunks.push(entries.slice(from, from + size));
  return chunks;
}
