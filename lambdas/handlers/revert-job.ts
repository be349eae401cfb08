import { listChunks } from '../core/jobs/chunks.ts';
import { revertJob } from '../core/jobs/revert-job.ts';
import { handle } from '../http/handle.ts';
import { readRevert, revertResponse } from '../http/revert-job.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { jobs } from '../runtime/composition/jobs.ts';
import { revertDeps } from '../runtime/composition/reverting.ts';

/** `POST /jobs/{id}/revert` */
export const handler = handle(httpOptions, async (request) => {
  const deps = revertDeps();
  const job = await revertJob(deps, readRevert(request, deps.clock.now()));
  return revertResponse(request, job, await listChunks(jobs(), job));
});
