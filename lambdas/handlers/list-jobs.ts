import { listJobs } from '../core/jobs/list-jobs.ts';
import { handle } from '../http/handle.ts';
import { jobsResponse, readJobsPage } from '../http/job-list.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { readJobsDeps } from '../runtime/composition/jobs.ts';

/** `GET /jobs` */
export const handler = handle(httpOptions, async (request) =>
  jobsResponse(request, await listJobs(readJobsDeps(), readJobsPage(request))),
);
