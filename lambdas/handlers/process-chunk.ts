import { processChunk } from '../core/jobs/process-chunk.ts';
import { chunkDeps } from '../runtime/composition/chunks.ts';
import { readChunkInput, task } from '../runtime/task.ts';

/** One attempt at a chunk. The state machine waits and calls again as long as the result asks for it. */
export const handler = task('process-chunk', async (event) => processChunk(chunkDeps(), readChunkInput(event)));
