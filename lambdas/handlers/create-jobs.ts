import { createJobs } from '../core/jobs/create-jobs.ts';
import { planJobs } from '../core/jobs/plan-jobs.ts';
import { createdJobsResponse, readCreateJobs } from '../http/create-jobs.ts';
import { dryRunResponse } from '../http/dry-run-response.ts';
import { handle } from '../http/handle.ts';
import { createJobsDeps } from '../runtime/composition/creating-jobs.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `POST /jobs` */
export const handler = handle(httpOptions, async (request) => {
  const deps = createJobsDeps();
  const wanted = readCreateJobs(request, deps.clock.now());
  return wanted.dryRun
    ? dryRunResponse(await planJobs(deps, wanted))
    : createdJobsResponse(request, await createJobs(deps, wanted));
});
