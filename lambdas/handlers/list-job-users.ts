import { getJob } from '../core/jobs/get-job.ts';
import { listJobUsers } from '../core/jobs/list-job-users.ts';
import { readJobId } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { jobUsersResponse, readJobUsersPage } from '../http/job-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { jobs } from '../runtime/composition/jobs.ts';

/** `GET /jobs/{id}/users` */
export const handler = handle(httpOptions, async (request) => {
  const page = readJobUsersPage(request);
  const job = await getJob(jobs(), readJobId(request));
  return jobUsersResponse(request, await listJobUsers(jobs(), job, page));
});
