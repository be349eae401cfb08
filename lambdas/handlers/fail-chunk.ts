import { failLaneChunk } from '../core/jobs/process-lane.ts';
import { attemptDeps } from '../runtime/composition/attempts.ts';
import { readLaneInput, task } from '../runtime/task.ts';

/** Fails the remaining users of the chunk of a lane that the state machine could not process. */
export const handler = task('fail-chunk', async (event) => failLaneChunk(attemptDeps(), readLaneInput(event)));
