import { listChunks } from '../core/jobs/chunks.ts';
import { revertJob } from '../core/jobs/revert-job.ts';
import { handle } from '../http/handle.ts';
import { readRevert, revertResponse } from '../http/revert-job.ts';
import { changeRules } from '../runtime/composition/change-rules.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { jobs } from '../runtime/composition/jobs.ts';
import { revertDeps } from '../runtime/composition/reverting.ts';

/** `POST /jobs/{id}/revert` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readRevert(request, changeRules());
  const job = await revertJob(revertDeps(), asked);
  return revertResponse(request, job, await listChunks(jobs(), job));
});
