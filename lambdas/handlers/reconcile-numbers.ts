import { reconcileNumbers } from '../core/reconciliation/reconcile-numbers.ts';
import { reconcileDeps } from '../runtime/composition/reconciling.ts';
import { readNumbersInput, task } from '../runtime/task.ts';

/** One attempt at a group of numbers; the state machine waits and comes again as long as it says so. */
export const handler = task('reconcile-numbers', async (event) =>
  reconcileNumbers(reconcileDeps(), readNumbersInput(event).numbers),
);
