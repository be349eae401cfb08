import type { ReconciliationAsked, StartedReconciliation } from '../core/reconciliation/start-reconciliation.ts';
import type { NumberSummary } from '../core/users/number-summary.ts';
import type { Blocklist, Reconciliation } from '../openapi/blocklist.ts';
import { type ApiRequest, readOnBehalfOf, readTarget } from './api-request.ts';
import { readNoParameters } from './body.ts';
import { type ApiResponse, json } from './respond.ts';

/** `POST …/blocklist/reconcile`: the number, the requester, and the time of the request. */
export function readReconciliation(request: ApiRequest): ReconciliationAsked {
  readNoParameters(request);
  const { phoneNumberId } = readTarget(request);
  return { phoneNumberId, actor: request.actor, onBehalfOf: readOnBehalfOf(request), receivedAt: request.receivedAt };
}

/**
 * `started`, or `running` if somebody requested it before; `GET …/blocklist` says who. `reconciled_at` is the time of the
 * last finished reconciliation, and changes when this one has finished.
 */
export function reconciliationResponse(
  { phoneNumberId }: Pick<ReconciliationAsked, 'phoneNumberId'>,
  { isOwn, summary }: StartedReconciliation,
): ApiResponse {
  return json<Reconciliation>(202, {
    phone_number_id: phoneNumberId,
    status: isOwn ? 'started' : 'running',
    reconciled_at: summary?.reconciledAt ?? null,
  });
}

/** Who last requested a reconciliation, and when. */
export function presentRequest(request: NumberSummary['reconcileRequest']): Blocklist['reconcile_requested'] {
  return request && { at: request.at, actor: request.actor, on_behalf_of: request.onBehalfOf };
}
