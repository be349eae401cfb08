import type { Action } from '../changes/outcome.ts';
import { InvalidRequestError, MissingDataError, TokenMissingError } from '../errors.ts';
import type { BatchRecord, NewJob } from '../ports/job-store.ts';
import type { Clock, TokenSource } from '../ports/services.ts';
import type { EntryList } from '../users/entries.ts';
import type { Requester } from '../users/mirror.ts';
import { type AskedTerms, type CreateJobDeps, fingerprint, newJob, toChunks } from './create-job.ts';

export interface PlanBatchDeps extends Pick<CreateJobDeps, 'hash' | 'newId'> {
  readonly clock: Pick<Clock, 'now'>;
  readonly tokens: Pick<TokenSource, 'credentials'>;
  readonly chunkSize: number;
}

export interface CreateJobsRequest extends Requester, AskedTerms {
  readonly action: Action;
  /** Distinct. */
  readonly phoneNumberIds: readonly string[];
  readonly list: EntryList;
  readonly idempotencyKey?: string | undefined;
  /** Whether the caller only wants to know what would happen. */
  readonly dryRun?: boolean | undefined;
}

/**
 * The most chunks of one request: a whole list for 100 numbers at 500 users a chunk. Writing them takes seconds, not API
 * Gateway's 29.
 */
export const LARGEST_BATCH_CHUNKS = 12_800;
/**
 * Divides the list for each number into chunks that its provider accepts. Refuses a request that would take too many writes
 * while a caller waits.
 */
export async function planBatch(deps: PlanBatchDeps, request: CreateJobsRequest): Promise<BatchRecord> {
  const { phoneNumberIds, list } = request;
  const chunkSizes = await Promise.all(phoneNumberIds.map((phoneNumberId) => chunkSizeOf(deps, phoneNumberId)));
  const entries = list.distinct.length;
  const chunks = chunkSizes.reduce((sum, size) => sum + Math.ceil(entries / size), 0);
  if (chunks > LARGEST_BATCH_CHUNKS) {
    throw new InvalidRequestError(
      `block_users: ${entries} entries for ${phoneNumberIds.length} numbers make ${chunks} chunks, and the limit for one request is ${LARGEST_BATCH_CHUNKS}; send fewer entries, or fewer phone_number_ids, at a time`,
    );
  }
  const bodyHash = request.idempotencyKey === undefined ? '' : deps.hash(fingerprint(request, phoneNumberIds));
  return { bodyHash, batchId: deps.newId(deps.clock.now()), chunkSizes };
}

/** A number without a token gets its job too. The job then fails by itself, and says what to do about it. */
async function chunkSizeOf({ tokens, chunkSize }: PlanBatchDeps, phoneNumberId: string): Promise<number> {
  try {
    const { batchLimit } = await tokens.credentials(phoneNumberId);
    return Math.min(batchLimit, chunkSize);
  } catch (error) {
    if (error instanceof TokenMissingError) return chunkSize;
    throw error;
  }
}

export function toJobs(request: CreateJobsRequest, { batchId, chunkSizes }: BatchRecord, createdAt: string): NewJob[] {
  const { distinct } = request.list;
  const cut = new Map([...new Set(chunkSizes)].map((size) => [size, toChunks(distinct, size)]));
  return request.phoneNumberIds.map((phoneNumberId, place) => {
    const size = chunkSizes[place];
    const chunks = size === undefined ? undefined : cut.get(size);
    if (!chunks) throw new MissingDataError(`The record of batch ${batchId} has no chunk size for each number`);
    const id = `${phoneNumberId}-${batchId}`;
    const sharedUsersKey = `${batchId}#${size}`;
    const counts = { total: distinct.length, chunkCount: chunks.length };
    return { job: newJob(request, { id, batchId, sharedUsersKey, phoneNumberId, ...counts, createdAt }), chunks };
  });
}
