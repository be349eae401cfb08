import { sweep } from '../core/sweep.ts';
import { sweepDeps } from '../runtime/composition.ts';
import { task } from '../runtime/task.ts';

/** Sets going again, or ends, what stopped moving. */
export const handler = task('sweep', async () => sweep(sweepDeps()));
