import { startReconciliation } from '../core/reconciliation/start-reconciliation.ts';
import { readTarget } from '../http/api-request.ts';
import { readNoParameters } from '../http/body.ts';
import { handle } from '../http/handle.ts';
import { reconciliationResponse } from '../http/reconciliation-response.ts';
import { httpOptions, startReconciliationDeps } from '../runtime/composition.ts';

/** `POST …/blocklist/reconcile` */
export const handler = handle(httpOptions, async (request) => {
  readNoParameters(request);
  const { phoneNumberId } = readTarget(request);
  return reconciliationResponse(phoneNumberId, await startReconciliation(startReconciliationDeps(), phoneNumberId));
});
