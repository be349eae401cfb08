import { carryOut } from '../core/due/carry-out.ts';
import { dueDeps } from '../runtime/composition/due.ts';
import { scheduled } from '../runtime/task.ts';

/** Tries deferred blocks again, and gives up those that waited too long. */
export const handler = scheduled('retry-deferred', async () => carryOut(dueDeps(), 'deferral'));
