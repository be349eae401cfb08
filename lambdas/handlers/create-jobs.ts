import { createJobs } from '../core/jobs/create-jobs.ts';
import { createdJobsResponse, readCreateJobs } from '../http/create-jobs.ts';
import { handle } from '../http/handle.ts';
import { changeRules } from '../runtime/composition/change-rules.ts';
import { createJobsDeps } from '../runtime/composition/creating-jobs.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `POST /jobs` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readCreateJobs(request, changeRules());
  return createdJobsResponse(request, await createJobs(createJobsDeps(), asked));
});
