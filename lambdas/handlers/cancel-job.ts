import { cancelJob } from '../core/jobs/cancel-job.ts';
import { listChunks } from '../core/jobs/chunks.ts';
import { handle } from '../http/handle.ts';
import { acceptedJobResponse, readJobChange } from '../http/job-response.ts';
import { attemptDeps } from '../runtime/composition/attempts.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { jobs } from '../runtime/composition/jobs.ts';

/** `POST /jobs/{id}/cancel` */
export const handler = handle(httpOptions, async (request) => {
  const job = await cancelJob(attemptDeps(), readJobChange(request));
  return acceptedJobResponse(job, await listChunks(jobs(), job));
});
