import { sweep } from '../core/sweep.ts';
import { sweepDeps } from '../runtime/composition/going-on.ts';
import { scheduled } from '../runtime/task.ts';

/** Sets going again, or ends, what stopped moving. */
export const handler = scheduled('sweep', async () => sweep(sweepDeps()));
