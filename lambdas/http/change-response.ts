import { type Action, detailsOf, type Failure, traceOf } from '../core/changes/outcome.ts';
import { GRAPH_CODE } from '../core/graph-codes.ts';
import { progressOf } from '../core/jobs/job.ts';
import type { EntryOutcome, SubmittedChange } from '../core/jobs/submit-change.ts';
import type { Accepted, Changed, ChangedUser, FailedUser, SomeNotChanged } from '../openapi/change.ts';
import type { ApiRequest } from './api-request.ts';
import { prefersAsync } from './block-request.ts';
import { presentJob } from './job-response.ts';
import { type ApiResponse, json } from './respond.ts';

/** Graph's 200, Graph's 400 with results of users, or our 202 with the job. */
export function changeResponse(request: ApiRequest, action: Action, change: SubmittedChange): ApiResponse {
  if (change.kind === 'job') {
    const { job, chunks } = change;
    return json<Accepted>(
      202,
      { messaging_product: 'whatsapp', job: presentJob(job, progressOf(job, chunks)) },
      {
        location: `${request.baseUrl}/jobs/${job.id}`,
        ...(prefersAsync(request) ? { 'preference-applied': 'respond-async' } : {}),
      },
    );
  }
  const done = change.results.filter(({ failure, deferral }) => !failure && !deferral).map(presentEntry);
  const failed = change.results.flatMap((result) => (result.failure ? [presentFailed(result, result.failure)] : []));
  const deferred = change.results.filter(({ deferral }) => deferral).map(presentEntry);
  const list = {
    ...(action === 'block' ? { added_users: done } : { removed_users: done }),
    ...(deferred.length === 0 ? {} : { deferred_users: deferred }),
  };
  const product = { messaging_product: 'whatsapp' } as const;
  if (failed.length === 0) return json<Changed>(200, { ...product, block_users: list });
  return json<SomeNotChanged>(400, {
    ...product,
    block_users: { ...list, failed_users: failed },
    error: {
      message: `(#${GRAPH_CODE.someUsersFailed}) Failed to block/unblock users`,
      type: 'OAuthException',
      code: GRAPH_CODE.someUsersFailed,
      error_data: { details: `Failed to ${action} some users, see block_users.failed_users for each of them` },
      fbtrace_id: traceOf(change.results) ?? request.requestId,
    },
  });
}

function presentEntry({ entry, waId, userId, failure, deferral }: EntryOutcome): ChangedUser {
  const { identity, input } = entry;
  const succeededAs = failure || deferral || identity?.kind !== 'phone' ? undefined : identity.id;
  return {
    input,
    wa_id: waId ?? succeededAs,
    user_id: userId ?? (identity?.kind === 'bsuid' ? identity.id : undefined),
  };
}

function presentFailed(result: EntryOutcome, failure: Failure): FailedUser {
  const { message, code, blocklistCode } = failure;
  const error_data = { details: detailsOf(failure), blocklist_code: blocklistCode };
  return { ...presentEntry(result), errors: [{ message, code, error_data }] };
}
