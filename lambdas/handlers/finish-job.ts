import { finishJob } from '../core/jobs/finish-job.ts';
import { passDeps } from '../runtime/composition/passes.ts';
import { readJobInput, task } from '../runtime/task.ts';

/** Ends a job by its chunks' results. */
export const handler = task('finish-job', async (event) => finishJob(passDeps(), readJobInput(event)));
