import { reconcileNumbers } from '../core/reconciliation/reconcile-numbers.ts';
import { reconcileDeps } from '../runtime/composition/reconciling.ts';
import { readNumbersInput, task } from '../runtime/task.ts';

/** One attempt at a group of numbers. The state machine waits and calls again as long as the result asks for it. */
export const handler = task('reconcile-numbers', async (event) =>
  reconcileNumbers(reconcileDeps(), readNumbersInput(event).numbers),
);
