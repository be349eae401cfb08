import { createBatch } from '../core/jobs/create-batch.ts';
import { createdJobsResponse, readCreateJobs } from '../http/create-jobs.ts';
import { handle } from '../http/handle.ts';
import { batchDeps } from '../runtime/composition/changing.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `POST /jobs` */
export const handler = handle(httpOptions, async (request) => {
  const deps = batchDeps();
  return createdJobsResponse(request, await createBatch(deps, readCreateJobs(request, deps.clock.now())));
});
