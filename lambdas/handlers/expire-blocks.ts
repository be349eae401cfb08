import { expireBlocks } from '../core/scheduled/expire-blocks.ts';
import { scheduledActionDeps } from '../runtime/composition/scheduled.ts';
import { scheduled } from '../runtime/task.ts';

/** Ends expired temporary blocks. */
export const handler = scheduled('expire-blocks', async () => expireBlocks(scheduledActionDeps()));
