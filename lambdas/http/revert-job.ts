import * as z from 'zod/mini';
import type { Chunk, Job } from '../core/jobs/job.ts';
import type { RevertJobRequest } from '../core/jobs/revert-job.ts';
import { type ApiRequest, readJobId, readOnBehalfOf } from './api-request.ts';
import { readTerms, terms } from './block-terms.ts';
import { readParameters } from './body.ts';
import { acceptedJobResponse } from './job-response.ts';
import { type ChangeRules, readReasons, reasons } from './reasons.ts';
import type { ApiResponse } from './respond.ts';

const { expires_at, expires_in } = terms;
const body = z.object({ ...reasons, expires_at, expires_in });

/** `POST /jobs/{id}/revert`: everything may be left out that this deployment does not require. */
export function readRevert(request: ApiRequest, rules: ChangeRules): RevertJobRequest {
  const isEmpty = !request.body && request.query.size === 0;
  const fields = isEmpty ? {} : readParameters(request, body);
  const { expiresAt } = readTerms(fields, 'block', rules.nowMs);
  // Whether the revert blocks, and can have an end, depends on the job.
  const field = fields.expires_at === undefined || fields.expires_at === null ? 'expires_in' : 'expires_at';
  return {
    id: readJobId(request),
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
    ...readReasons(fields, rules),
    end: expiresAt === undefined ? undefined : { at: expiresAt, field },
  };
}

/** The new job, and where it is from now on. */
export function revertResponse(request: ApiRequest, job: Job, chunks: readonly Chunk[]): ApiResponse {
  return acceptedJobResponse(job, chunks, { location: `${request.baseUrl}/jobs/${job.id}` });
}
