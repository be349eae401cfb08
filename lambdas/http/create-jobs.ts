import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import type { CreateJobsRequest } from '../core/jobs/batch-plan.ts';
import type { CreatedJobs } from '../core/jobs/create-jobs.ts';
import { toEntryList } from '../core/users/entries.ts';
import type { CreatedJobs as CreatedJobsAnswer } from '../openapi/job.ts';
import { type ApiRequest, readOnBehalfOf, readPhoneNumberIds } from './api-request.ts';
import { blockUsers, dryRun, productIfAny, readEntries, readIdempotencyKey, reason } from './block-request.ts';
import { readTerms, terms } from './block-terms.ts';
import { readParameters } from './body.ts';
import { requireNumbers } from './caller-numbers.ts';
import { presentJob } from './job-response.ts';
import { type ApiResponse, json } from './respond.ts';

const envelope = z.object({
  messaging_product: productIfAny,
  action: z.enum(['block', 'unblock'], 'must be block or unblock'),
  phone_number_ids: z
    .array(z.unknown(), 'must be a list of phone number ids')
    .check(
      z.minLength(1, 'must have at least one phone number id'),
      z.maxLength(LIMITS.numbersPerRequest, `must have at most ${LIMITS.numbersPerRequest} phone number ids`),
    ),
  block_users: blockUsers,
  reason,
  dry_run: dryRun,
  ...terms,
});

/** `POST /jobs`: the same change for several numbers, or an error that names the wrong field. */
export function readCreateJobs(request: ApiRequest, nowMs: number): CreateJobsRequest {
  const body = readParameters(request, envelope);
  const { action, phone_number_ids: ids, block_users: users } = body;
  const phoneNumberIds = readPhoneNumberIds(ids);
  requireNumbers(request, phoneNumberIds);
  return {
    ...readTerms(body, action, nowMs),
    action,
    phoneNumberIds,
    list: toEntryList(readEntries(users)),
    reason: body.reason || undefined,
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
    idempotencyKey: readIdempotencyKey(request),
    dryRun: body.dry_run || undefined,
  };
}

/** The jobs, in the order of the numbers, and the address at which they are listed from now on. */
export function createdJobsResponse(request: ApiRequest, { batchId, jobs }: CreatedJobs): ApiResponse {
  return json<CreatedJobsAnswer>(
    202,
    { batch_id: batchId, data: jobs.map(({ job, progress }) => presentJob(job, progress)) },
    { location: `${request.baseUrl}/jobs?batch_id=${batchId}` },
  );
}
