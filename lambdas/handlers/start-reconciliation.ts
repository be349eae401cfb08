import { startReconciliation } from '../core/reconciliation/start-reconciliation.ts';
import { handle } from '../http/handle.ts';
import { readReconciliation, reconciliationResponse } from '../http/reconciliation-response.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { startReconciliationDeps } from '../runtime/composition/starting-reconciliation.ts';

/** `POST …/blocklist/reconcile` */
export const handler = handle(httpOptions, async (request) => {
  const asked = readReconciliation(request);
  return reconciliationResponse(asked, await startReconciliation(startReconciliationDeps(), asked));
});
