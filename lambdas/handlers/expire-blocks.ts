import { expireBlocks } from '../core/scheduled/expire-blocks.ts';
import { scheduledActionDeps } from '../runtime/composition/scheduled.ts';
import { scheduled } from '../runtime/task.ts';

/** Ends temporary blocks whose time has come. */
export const handler = scheduled('expire-blocks', async () => expireBlocks(scheduledActionDeps()));
