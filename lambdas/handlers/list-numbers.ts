import { listNumbers } from '../core/reconciliation/list-numbers.ts';
import { store } from '../runtime/composition/store.ts';
import { readPageInput, task } from '../runtime/task.ts';

/** A page of the numbers in use, in groups that are reconciled at the same time. */
export const handler = task(
  'list-numbers',
  async (event) => listNumbers(store(), readPageInput(event).after),
  ({ groups }) => ({ groups: groups.length }),
);
