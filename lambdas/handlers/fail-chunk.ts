import { failChunk } from '../core/jobs/finish-job.ts';
import { attemptDeps } from '../runtime/composition/attempts.ts';
import { readChunkInput, task } from '../runtime/task.ts';

/** Fails the remaining users of a chunk that the state machine could not process. */
export const handler = task('fail-chunk', async (event) => failChunk(attemptDeps(), readChunkInput(event)));
