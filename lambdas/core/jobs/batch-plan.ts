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
  /** Distinct; or all that are in use. */
  readonly phoneNumberIds: readonly string[] | 'all';
  readonly list: EntryList;
  readonly idempotencyKey?: string | undefined;
  /** Whether the caller only wants to know what would happen. */
  readonly dryRun?: boolean | undefined;
}

/**
 * The most chunks of one request: a whole list for 100 numbers at 500 users a chunk, or 12,000 users for 1,000 numbers.
 * Writing them takes seconds, not API Gateway's 29.
 */
export const LARGEST_BATCH_CHUNKS = 12_800;

/** What must be equal in a repeat of the request. */
export function batchHash({ hash }: Pick<PlanBatchDeps, 'hash'>, request: CreateJobsRequest): string {
  return request.idempotencyKey === undefined ? '' : hash(fingerprint(request, request.phoneNumberIds));
}

/**
 * Divides the list for each number into chunks that its provider accepts. Refuses a request that would take too many writes
 * while a caller waits.
 */
export async function planBatch(
  deps: PlanBatchDeps,
  request: CreateJobsRequest,
  phoneNumberIds: readonly string[],
): Promise<BatchRecord> {
  const { list } = request;
  const chunkSizes = await Promise.all(phoneNumberIds.map((phoneNumberId) => chunkSizeOf(deps, phoneNumberId)));
  const entries = list.distinct.length;
  const chunks = chunkSizes.reduce((sum, size) => sum + Math.ceil(entries / size), 0);
  if (chunks > LARGEST_BATCH_CHUNKS) {
    throw new InvalidRequestError(
      `block_users: ${entries} entries for ${phoneNumberIds.length} numbers make ${chunks} chunks, and the limit for one request is ${LARGEST_BATCH_CHUNKS}; send fewer entries, or fewer phone_number_ids, at a time`,
    );
  }
  const kept = request.phoneNumberIds === 'all' ? { phoneNumberIds } : {};
  return { bodyHash: batchHash(deps, request), batchId: deps.newId(deps.clock.now()), ...kept, chunkSizes };
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

export function toJobs(request: CreateJobsRequest, record: BatchRecord, createdAt: string): NewJob[] {
  const { batchId, chunkSizes } = record;
  const { distinct } = request.list;
  const cut = new Map([...new Set(chunkSizes)].map((size) => [size, toChunks(distinct, size)]));
  return numbersOfBatch(request, record).map((phoneNumberId, place) => {
    const size = chunkSizes[place];
    const chunks = size === undefined ? undefined : cut.get(size);
    if (!chunks) throw new MissingDataError(`The record of batch ${batchId} has no chunk size for each number`);
    const id = `${phoneNumberId}-${batchId}`;
    const sharedUsersKey = `${batchId}#${size}`;
    const counts = { total: distinct.length, chunkCount: chunks.length };
    return { job: newJob(request, { id, batchId, sharedUsersKey, phoneNumberId, ...counts, createdAt }), chunks };
  });
}

/** The numbers of a batch: those of the request, or those that were in use when it was first sent. */
export function numbersOfBatch(
  { phoneNumberIds: asked }: Pick<CreateJobsRequest, 'phoneNumberIds'>,
  { batchId, phoneNumberIds }: BatchRecord,
): readonly string[] {
  if (asked !== 'all') return asked;
  if (phoneNumberIds) return phoneNumberIds;
  throw new MissingDataError(`The record of batch ${batchId} does not have its numbers`);
}
