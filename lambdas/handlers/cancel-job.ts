import { cancelJob } from '../core/jobs/cancel-job.ts';
import { listChunks } from '../core/jobs/chunks.ts';
import { handle } from '../http/handle.ts';
import { acceptedJobResponse, readJobChange } from '../http/job-response.ts';
import { httpOptions, jobs, passDeps } from '../runtime/composition.ts';

/** `POST /jobs/{id}/cancel` */
export const handler = handle(httpOptions, async (request) => {
  const job = await cancelJob(passDeps(), readJobChange(request));
  return acceptedJobResponse(job, await listChunks(jobs(), job));
});
