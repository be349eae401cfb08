import { finishJob } from '../core/jobs/finish-job.ts';
import { attemptDeps } from '../runtime/composition/attempts.ts';
import { readJobInput, task } from '../runtime/task.ts';

/** Ends a job according to its chunks' results. */
export const handler = task('finish-job', async (event) => finishJob(attemptDeps(), readJobInput(event)));
