import { processChunk } from '../core/jobs/process-chunk.ts';
import { processLane } from '../core/jobs/process-lane.ts';
import { laneDeps } from '../runtime/composition/chunks.ts';
import { readLaneInput, task } from '../runtime/task.ts';

/** Carries out the chunks of a lane. The state machine waits and calls again as long as the result asks for it. */
export const handler = task('process-lane', async (event) => {
  const deps = laneDeps();
  return processLane(
    {
      ...deps,
      // Each chunk has a line in the log.
      attempt: (graph, input) => task('process-chunk', () => processChunk({ ...deps, graph }, input))(input),
    },
    readLaneInput(event),
  );
});
