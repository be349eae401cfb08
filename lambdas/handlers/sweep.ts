import { sweep } from '../core/scheduled/sweep.ts';
import { sweepDeps } from '../runtime/composition/sweeping.ts';
import { scheduled } from '../runtime/task.ts';

/** Recovers, or ends, stalled jobs and operations. */
export const handler = scheduled('sweep', async () => sweep(sweepDeps()));
