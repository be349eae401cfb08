import { listChunks } from '../core/jobs/chunks.ts';
import { getJob } from '../core/jobs/get-job.ts';
import { readJobId, readQuery } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { jobResponse } from '../http/job-response.ts';
import { httpOptions, jobs } from '../runtime/composition.ts';

/** `GET /jobs/{id}` */
export const handler = handle(httpOptions, async (request) => {
  readQuery(request);
  const job = await getJob(jobs(), readJobId(request));
  return jobResponse(job, await listChunks(jobs(), job));
});
