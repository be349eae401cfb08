import { getJob } from '../core/jobs/get-job.ts';
import { readJobId } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { jobResponse } from '../http/job-response.ts';
import { httpOptions, jobs } from '../runtime/composition.ts';

/** `GET /jobs/{id}` */
export const handler = handle(httpOptions, async (request) => {
  const id = readJobId(request);
  const [job, chunks] = await Promise.all([getJob(jobs(), id), jobs().listChunks(id)]);
  return jobResponse(job, chunks);
});
