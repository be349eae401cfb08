import { startReconciliation } from '../core/reconciliation/start-reconciliation.ts';
import { handle } from '../http/handle.ts';
import { readReconciliation, reconciliationResponse } from '../http/reconciliation-response.ts';
import { httpOptions, startReconciliationDeps } from '../runtime/composition.ts';

/** `POST …/blocklist/reconcile` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readReconciliation(request);
  return reconciliationResponse(asked, await startReconciliation(startReconciliationDeps(), asked));
});
