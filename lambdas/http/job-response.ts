import { InvalidRequestError } from '../core/errors.ts';
import { activityOf, type JobRequest } from '../core/jobs/activity.ts';
import { type Chunk, type Job, type JobProgress, progressOf } from '../core/jobs/job.ts';
import type { ListedJob } from '../core/jobs/job-progress.ts';
import type { JobPosition, JobUsersPage } from '../core/jobs/list-job-users.ts';
import type { Job as JobAnswer, JobUsers } from '../openapi/job.ts';
import { type ApiRequest, readJobId, readLimit, readOnBehalfOf, readQuery } from './api-request.ts';
import { readNoParameters } from './body.ts';
import { jobUsersCursor, readCursor, writeCursor } from './cursor.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';
import { shownInput } from './text.ts';

export function jobResponse(listed: ListedJob): ApiResponse {
  return json<JobAnswer>(200, presentListedJob(listed));
}

/** A job of a read, which says how long it still takes. */
export function presentListedJob({ job, progress, secondsLeft }: ListedJob): JobAnswer {
  return { ...presentJob(job, progress), estimated_seconds_left: secondsLeft };
}

/** A request about one job, and its caller. */
export function readJobChange(request: ApiRequest): JobRequest {
  readNoParameters(request);
  return { id: readJobId(request), actor: request.actor, onBehalfOf: readOnBehalfOf(request) };
}

/** The answer to a cancellation or a retry: the present state of the job. */
export function acceptedJobResponse(
  job: Job,
  chunks: readonly Chunk[],
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  return json<JobAnswer>(202, presentJob(job, progressOf(job, chunks)), headers);
}

/** A job and its progress. */
export function presentJob(job: Job, progress: JobProgress): JobAnswer {
  const isCancelled = job.cancelledAt !== undefined;
  return {
    id: job.id,
    batch_id: job.batchId,
    phone_number_id: job.phoneNumberId,
    action: job.action,
    status: job.status,
    users: progress.users,
    chunks: progress.chunks,
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    retried_at: job.retriedAt,
    cancelled_at: job.cancelledAt,
    cancelled_by: isCancelled ? job.activity?.findLast(({ verb }) => verb === 'cancelled')?.actor : undefined,
    requested_by: job.actor,
    on_behalf_of: job.onBehalfOf,
    reason: job.reason,
    reason_code: job.reasonCode,
    expires_at: job.expiresAt,
    defer: job.defer || undefined,
    reverts: job.reverts,
    reverted_by: job.revertedBy,
    error: job.error,
    activity: activityOf(job).map(({ at, verb, actor, onBehalfOf }) => ({ at, verb, actor, on_behalf_of: onBehalfOf })),
  };
}

const OUTCOMES = ['failed', 'deferred', 'succeeded'] as const;

/** `limit`, `after` and `outcome` of `GET /jobs/{id}/users`. */
export function readJobUsersPage(request: ApiRequest) {
  const query = readQuery(request, 'limit', 'after', 'outcome');
  const named = query.get('outcome');
  const outcome = OUTCOMES.find((known) => known === named);
  if (named !== undefined && !outcome) throw new InvalidRequestError(`outcome: must be one of ${OUTCOMES.join(', ')}`);
  const [chunk, place] = readCursor(jobUsersCursor, 'after', query.get('after')) ?? [];
  const after = chunk === undefined || place === undefined ? undefined : { chunk, place };
  return { limit: readLimit(request), outcome, after };
}

export function jobUsersResponse(request: ApiRequest, page: JobUsersPage): ApiResponse {
  const cursor = (user: JobPosition | undefined) => user && writeCursor([user.chunk, user.place]);
  const after = cursor(page.users.at(-1));
  return json<JobUsers>(200, {
    data: page.users.map((user) => ({
      input: shownInput(user.input),
      outcome: user.outcome,
      wa_id: user.waId,
      user_id: user.userId,
      code: user.code,
      message: user.message,
    })),
    paging: {
      cursors: { before: cursor(page.users[0]), after },
      next: page.more && after !== undefined ? pageUrl(request, { after }) : undefined,
    },
  });
}
