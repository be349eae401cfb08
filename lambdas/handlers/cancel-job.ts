import { cancelJob } from '../core/jobs/cancel-job.ts';
import { listChunks } from '../core/jobs/chunks.ts';
import { readJobId } from '../http/api-request.ts';
import { readNoParameters } from '../http/body.ts';
import { handle } from '../http/handle.ts';
import { acceptedJobResponse } from '../http/job-response.ts';
import { httpOptions, jobs, passDeps } from '../runtime/composition.ts';

/** `POST /jobs/{id}/cancel` */
export const handler = handle(httpOptions, async (request) => {
  readNoParameters(request);
  const job = await cancelJob(passDeps(), { id: readJobId(request), actor: request.actor });
  return acceptedJobResponse(job, await listChunks(jobs(), job));
});
