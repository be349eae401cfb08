import { failChunk } from '../core/jobs/finish-job.ts';
import { passDeps } from '../runtime/composition/passes.ts';
import { readChunkInput, task } from '../runtime/task.ts';

/** Gives up a chunk that the state machine could not process. */
export const handler = task('fail-chunk', async (event) => failChunk(passDeps(), readChunkInput(event)));
