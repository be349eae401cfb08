import { listChunks } from '../core/jobs/chunks.ts';
import { retryJob } from '../core/jobs/retry-job.ts';
import { handle } from '../http/handle.ts';
import { acceptedJobResponse, readJobChange } from '../http/job-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { jobs } from '../runtime/composition/jobs.ts';
import { retryDeps } from '../runtime/composition/recovering.ts';

/** `POST /jobs/{id}/retry` */
export const handler = handle(httpOptions, async (request) => {
  const job = await retryJob(retryDeps(), readJobChange(request));
  return acceptedJobResponse(job, await listChunks(jobs(), job));
});
