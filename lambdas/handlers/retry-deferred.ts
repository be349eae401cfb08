import { retryDeferredBlocks } from '../core/scheduled/retry-deferred-blocks.ts';
import { scheduledActionDeps } from '../runtime/composition/scheduled.ts';
import { scheduled } from '../runtime/task.ts';

/** Tries deferred blocks again, and gives up those that waited too long. */
export const handler = scheduled('retry-deferred', async () => retryDeferredBlocks(scheduledActionDeps()));
