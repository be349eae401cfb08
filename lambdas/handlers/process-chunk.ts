import { processChunk } from '../core/jobs/process-chunk.ts';
import { chunkDeps } from '../runtime/composition/chunks.ts';
import { readChunkInput, task } from '../runtime/task.ts';

/** One attempt at a chunk; the state machine waits and comes again as long as it says so. */
export const handler = task('process-chunk', async (event) => processChunk(chunkDeps(), readChunkInput(event)));
