import { InvalidRequestError } from '../core/errors.ts';
import { ULID } from '../core/ids.ts';
import type { JobStatus } from '../core/jobs/job.ts';
import type { JobList } from '../core/jobs/list-jobs.ts';
import type { Jobs } from '../openapi/job.ts';
import { type ApiRequest, isPhoneNumberId, readLimit, readQuery } from './api-request.ts';
import { jobsCursor, readCursor, writeCursor } from './cursor.ts';
import { presentListedJob } from './job-response.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';

const STATUSES: readonly JobStatus[] = ['queued', 'running', 'succeeded', 'partially_failed', 'failed', 'cancelled'];

/** `phone_number_id`, `batch_id`, `status`, `after` and `limit` of `GET /jobs`, all optional. */
export function readJobsPage(request: ApiRequest) {
  const query = readQuery(request, 'phone_number_id', 'batch_id', 'status', 'after', 'limit');
  const phoneNumberId = query.get('phone_number_id');
  if (phoneNumberId !== undefined && !isPhoneNumberId(phoneNumberId)) {
    throw new InvalidRequestError('phone_number_id: must be 1 to 32 digits');
  }
  const batchId = query.get('batch_id');
  if (batchId !== undefined && !ULID.test(batchId)) {
    throw new InvalidRequestError('batch_id: must be 26 letters and digits, as POST /jobs gave it');
  }
  const named = query.get('status');
  const status = STATUSES.find((known) => known === named);
  if (named !== undefined && !status) throw new InvalidRequestError(`status: must be one of ${STATUSES.join(', ')}`);
  const [after] = readCursor(jobsCursor, 'after', query.get('after')) ?? [];
  if (after !== undefined && batchId !== undefined && !after.endsWith(`-${batchId}`)) {
    throw new InvalidRequestError('after: is not a cursor of this list');
  }
  return { phoneNumberId, batchId, status, after, limit: readLimit(request), within: request.numbers };
}

/**
 * Newest first. The jobs of one batch, which the answer names, are in descending order of the number. If few jobs have the
 * requested status, a page may be short or empty and still have a `next`.
 */
export function jobsResponse(request: ApiRequest, { jobs, end }: JobList): ApiResponse {
  const after = end === undefined ? undefined : writeCursor([end]);
  return json<Jobs>(200, {
    batch_id: request.query.get('batch_id'),
    data: jobs.map(presentListedJob),
    paging: {
      cursors: { after },
      next: after === undefined ? undefined : pageUrl(request, { after }),
    },
  });
}
