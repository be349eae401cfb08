import { carryOut } from '../core/due/carry-out.ts';
import { dueDeps } from '../runtime/composition/due.ts';
import { scheduled } from '../runtime/task.ts';

/** Ends temporary blocks whose time has come. */
export const handler = scheduled('expire-blocks', async () => carryOut(dueDeps(), 'expiry'));
