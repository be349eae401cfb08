import { retryDeferredBlocks } from '../core/scheduled/retry-deferred-blocks.ts';
import { scheduledActionDeps } from '../runtime/composition/scheduled.ts';
import { scheduled } from '../runtime/task.ts';

/** Retries deferred blocks, and gives up those that have waited too long. */
export const handler = scheduled('retry-deferred', async () => retryDeferredBlocks(scheduledActionDeps()));
