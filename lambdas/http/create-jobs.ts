import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import { InvalidRequestError, NotPermittedError } from '../core/errors.ts';
import type { CreateJobsRequest } from '../core/jobs/batch-plan.ts';
import type { CreatedJobs } from '../core/jobs/create-jobs.ts';
import { toEntryList } from '../core/users/entries.ts';
import type { CreatedJobs as CreatedJobsAnswer } from '../openapi/job.ts';
import { type ApiRequest, readOnBehalfOf, readPhoneNumberIds } from './api-request.ts';
import { blockUsers, dryRun, productIfAny, readEntries, readIdempotencyKey } from './block-request.ts';
import { readTerms, terms } from './block-terms.ts';
import { readParameters } from './body.ts';
import { requireNumbers } from './caller-numbers.ts';
import { presentListedJob } from './job-response.ts';
import { type ChangeRules, readReasons, reasons } from './reasons.ts';
import { type ApiResponse, json } from './respond.ts';

const envelope = z.object({
  messaging_product: productIfAny,
  action: z.enum(['block', 'unblock'], 'must be block or unblock'),
  phone_number_ids: z.nullish(
    z
      .array(z.unknown(), 'must be a list of phone number ids')
      .check(
        z.minLength(1, 'must have at least one phone number id'),
        z.maxLength(LIMITS.numbersPerRequest, `must have at most ${LIMITS.numbersPerRequest} phone number ids`),
      ),
  ),
  all_numbers: z.nullish(z.boolean('must be true, or left out')),
  block_users: blockUsers,
  ...reasons,
  dry_run: dryRun,
  ...terms,
});

/** `POST /jobs`: the same change for several numbers, or an error that names the wrong field. */
export function readCreateJobs(request: ApiRequest, rules: ChangeRules): CreateJobsRequest {
  const body = readParameters(request, envelope);
  const { action, block_users: users } = body;
  return {
    ...readTerms(body, action, rules.nowMs),
    ...readReasons(body, rules),
    action,
    phoneNumberIds: readNumbers(request, body),
    list: toEntryList(readEntries(users)),
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
    idempotencyKey: readIdempotencyKey(request),
    dryRun: body.dry_run || undefined,
  };
}

/** The numbers of a request, which are the caller's own if it may use only some. */
function readNumbers(
  request: ApiRequest,
  { phone_number_ids: ids, all_numbers: isForAll }: z.output<typeof envelope>,
): CreateJobsRequest['phoneNumberIds'] {
  if (!isForAll) {
    if (!ids) {
      throw new InvalidRequestError('phone_number_ids: must be a list of phone number ids; or send all_numbers: true');
    }
    const phoneNumberIds = readPhoneNumberIds(ids);
    requireNumbers(request, phoneNumberIds);
    return phoneNumberIds;
  }
  if (ids) throw new InvalidRequestError('all_numbers: cannot be combined with phone_number_ids; send one of them');
  if (request.numbers) {
    throw new NotPermittedError('This caller may use only some numbers; send them as phone_number_ids');
  }
  return 'all';
}

/** The jobs, in the order of the numbers, and the address at which they are listed from now on. */
export function createdJobsResponse(request: ApiRequest, { batchId, jobs }: CreatedJobs): ApiResponse {
  return json<CreatedJobsAnswer>(
    202,
    { batch_id: batchId, data: jobs.map(presentListedJob) },
    { location: `${request.baseUrl}/jobs?batch_id=${batchId}` },
  );
}
