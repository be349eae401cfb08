import { listChunks } from '../core/jobs/chunks.ts';
import { retryJob } from '../core/jobs/retry-job.ts';
import { readJobId } from '../http/api-request.ts';
import { readNoParameters } from '../http/body.ts';
import { handle } from '../http/handle.ts';
import { acceptedJobResponse } from '../http/job-response.ts';
import { httpOptions, jobs, retryDeps } from '../runtime/composition.ts';

/** `POST /jobs/{id}/retry` */
export const handler = handle(httpOptions, async (request) => {
  readNoParameters(request);
  const job = await retryJob(retryDeps(), readJobId(request));
  return acceptedJobResponse(job, await listChunks(jobs(), job));
});
