import { carryOut } from '../core/due/carry-out.ts';
import { dueDeps } from '../runtime/composition.ts';
import { task } from '../runtime/task.ts';

/** Ends temporary blocks whose time has come. */
export const handler = task('expire-blocks', async () => carryOut(dueDeps(), 'expiry'));
