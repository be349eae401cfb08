import { getJobWithProgress } from '../core/jobs/get-job.ts';
import { readJobId, readQuery } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { jobResponse } from '../http/job-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { readJobsDeps } from '../runtime/composition/jobs.ts';

/** `GET /jobs/{id}` */
export const handler = handle(httpOptions, async (request) => {
  readQuery(request);
  return jobResponse(await getJobWithProgress(readJobsDeps(), readJobId(request)));
});
