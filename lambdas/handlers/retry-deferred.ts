import { carryOut } from '../core/due/carry-out.ts';
import { dueDeps } from '../runtime/composition.ts';
import { task } from '../runtime/task.ts';

/** Tries deferred blocks again, and gives up those that waited too long. */
export const handler = task('retry-deferred', async () => carryOut(dueDeps(), 'deferral'));
