import { createJobs } from '../core/jobs/create-jobs.ts';
import { planJobs } from '../core/jobs/plan-jobs.ts';
import { createdJobsResponse, readCreateJobs } from '../http/create-jobs.ts';
import { dryRunResponse } from '../http/dry-run-response.ts';
import { handle } from '../http/handle.ts';
import { changeRules } from '../runtime/composition/change-rules.ts';
import { createJobsDeps } from '../runtime/composition/creating-jobs.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `POST /jobs` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readCreateJobs(request, changeRules());
  return asked.dryRun
    ? dryRunResponse(await planJobs(createJobsDeps(), asked))
    : createdJobsResponse(request, await createJobs(createJobsDeps(), asked));
});
